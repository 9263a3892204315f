-- One table of the staging layer, from its external table, in one transaction.
{% if not params.only_new %}
TRUNCATE stg.{{ params.table }};
{% endif %}
INSERT INTO stg.{{ params.table }}
SELECT source.*, now(), %(run)s
FROM stg.{{ params.table }}_ext AS source
{% if params.only_new %}
LEFT JOIN (SELECT {{ params.key }}, true AS loaded FROM stg.{{ params.table }}) AS target USING ({{ params.key }})
WHERE loaded IS NULL
{% endif %}
