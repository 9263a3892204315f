-- Each column has to be true.
SELECT
  count(*) > 0 AS has_rows,
  count(*) = (SELECT count(*) FROM stg.{{ params.table }}_ext) AS has_all_of_the_source,
  count(*) = (SELECT count(*) FROM (SELECT DISTINCT {{ params.key }} FROM stg.{{ params.table }}) AS keys) AS has_each_once,
  count(*) = count(({{ params.key.split(', ') | join(' || ') }})) AS has_no_empty_key
FROM stg.{{ params.table }}
