-- A custom protocol and a custom format (seed/protocols/): each segment appends its rows to customers.demo in its data
-- directory, as binary records, and reads them back. The format supports double precision and text types.
--
--   INSERT INTO customers_w VALUES (1, 'Jack', 'London'), (2, 'Vera', 'Vologda');
--   SELECT * FROM customers_r ORDER BY id;
--
-- gp-supervisor: when changed

SET client_min_messages = warning;

DROP EXTERNAL TABLE IF EXISTS public.customers_w;
CREATE WRITABLE EXTERNAL TABLE public.customers_w (
  id   double precision,
  name varchar(20),
  city text
)
LOCATION ('demoprot://customers.demo')
FORMAT 'CUSTOM' (FORMATTER = formatter_export)
DISTRIBUTED BY (id);

DROP EXTERNAL TABLE IF EXISTS public.customers_r;
CREATE EXTERNAL TABLE public.customers_r (
  id   double precision,
  name varchar(20),
  city text
)
LOCATION ('demoprot://customers.demo')
FORMAT 'CUSTOM' (FORMATTER = formatter_import);
