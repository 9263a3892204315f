-- The table of the tutorial: bookings of the demo database, read through PXF on every query.
-- Applied at a start when it has changed (see README.md here), and by `make ddl-gp`, in one transaction each time.
--
-- gp-supervisor: needs pxf
-- gp-supervisor: when changed

SET client_min_messages = warning;

DO $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'pxf') THEN
    RAISE EXCEPTION 'extension "pxf" is missing in database "%"', current_database()
      USING HINT = 'gp-supervisor creates it in GP_DB and in PXF_EXTENSION_DATABASES at every start: see "make status".';
  END IF;
END
$$;

DROP EXTERNAL TABLE IF EXISTS public.ext_bookings_bookings;
CREATE EXTERNAL TABLE public.ext_bookings_bookings (
  book_ref     char(6),
  book_date    timestamp,
  total_amount numeric(10, 2)
)
LOCATION ('pxf://bookings.bookings?PROFILE=JDBC&SERVER=bookings-db')
FORMAT 'CUSTOM' (formatter = 'pxfwritable_import');
