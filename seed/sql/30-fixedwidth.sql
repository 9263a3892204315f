-- Lines of fixed width: a table over a file of the image, and two that write such lines and read them back.
-- Each column has its number of bytes in the line; blanks at the end of a value are removed.
--
-- The file is part of the image, so it is on every host, whatever the host's name; one segment reads it with a command.
-- For a file on one known host, the table would have, instead of EXECUTE … ON SEGMENT 0 (and without WEB):
--   LOCATION ('file://gpdbsne/opt/gp-seed/data/customers.txt')
--
-- gp-supervisor: when changed

SET client_min_messages = warning;

DROP EXTERNAL TABLE IF EXISTS public.customers_fixedwidth;
CREATE EXTERNAL WEB TABLE public.customers_fixedwidth (
  id   integer,
  name varchar(20),
  city varchar(20)
)
EXECUTE 'cat /opt/gp-seed/data/customers.txt' ON SEGMENT 0
FORMAT 'CUSTOM' (formatter = 'fixedwidth_in', id = '4', name = '12', city = '13');

-- Each segment appends its rows to a file in its own data directory. Beware of NULL: it is written as blanks, and
-- read back as an empty text, which is no integer. preserve_blanks = 'on' with null = '…' keeps it apart.
DROP EXTERNAL TABLE IF EXISTS public.customers_fixedwidth_w;
CREATE WRITABLE EXTERNAL WEB TABLE public.customers_fixedwidth_w (
  id   integer,
  name varchar(20),
  city varchar(20)
)
EXECUTE 'cat >> "$GP_SEG_DATADIR/customers_fixedwidth.txt"'
FORMAT 'CUSTOM' (formatter = 'fixedwidth_out', id = '4', name = '12', city = '13')
DISTRIBUTED BY (id);

-- Every segment reads its own file; before the first INSERT there is none, so there are no rows.
DROP EXTERNAL TABLE IF EXISTS public.customers_fixedwidth_r;
CREATE EXTERNAL WEB TABLE public.customers_fixedwidth_r (
  id   integer,
  name varchar(20),
  city varchar(20)
)
EXECUTE 'cat "$GP_SEG_DATADIR/customers_fixedwidth.txt" 2>/dev/null || true' ON ALL
FORMAT 'CUSTOM' (formatter = 'fixedwidth_in', id = '4', name = '12', city = '13');
