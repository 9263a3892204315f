-- Staging: one external table over each table of the airline, stg.<table>_ext, read through PXF on every query.
-- Applied at a start when it has changed (see README.md here), and by `make ddl-gp`, in one transaction each time.
--
-- Columns are matched by name. Types that PXF lacks (jsonb, point, tstzrange, time, interval, arrays) are text here,
-- and so are the keys, which the loads handle as text. Timestamps arrive in the time zone of the container.
--
-- gp-supervisor: needs pxf
-- gp-supervisor: when changed

SET client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS stg;

DROP EXTERNAL TABLE IF EXISTS stg.airplanes_ext;
CREATE EXTERNAL TABLE stg.airplanes_ext (
  airplane_code text,
  model         text,
  range         text,
  speed         text
)
LOCATION ('pxf://bookings.airplanes_data?PROFILE=JDBC&SERVER=bookings-db')
FORMAT 'CUSTOM' (formatter = 'pxfwritable_import');

DROP EXTERNAL TABLE IF EXISTS stg.airports_ext;
CREATE EXTERNAL TABLE stg.airports_ext (
  airport_code text,
  airport_name text,
  city         text,
  country      text,
  coordinates  text,
  timezone     text
)
LOCATION ('pxf://bookings.airports_data?PROFILE=JDBC&SERVER=bookings-db')
FORMAT 'CUSTOM' (formatter = 'pxfwritable_import');

DROP EXTERNAL TABLE IF EXISTS stg.seats_ext;
CREATE EXTERNAL TABLE stg.seats_ext (
  airplane_code   text,
  seat_no         text,
  fare_conditions text
)
LOCATION ('pxf://bookings.seats?PROFILE=JDBC&SERVER=bookings-db')
FORMAT 'CUSTOM' (formatter = 'pxfwritable_import');

DROP EXTERNAL TABLE IF EXISTS stg.routes_ext;
CREATE EXTERNAL TABLE stg.routes_ext (
  route_no          text,
  validity          text,
  departure_airport text,
  arrival_airport   text,
  airplane_code     text,
  days_of_week      text,
  scheduled_time    text,
  duration          text
)
LOCATION ('pxf://bookings.routes?PROFILE=JDBC&SERVER=bookings-db')
FORMAT 'CUSTOM' (formatter = 'pxfwritable_import');

DROP EXTERNAL TABLE IF EXISTS stg.flights_ext;
CREATE EXTERNAL TABLE stg.flights_ext (
  flight_id           text,
  route_no            text,
  status              text,
  scheduled_departure timestamp,
  scheduled_arrival   timestamp,
  actual_departure    timestamp,
  actual_arrival      timestamp
)
LOCATION ('pxf://bookings.flights?PROFILE=JDBC&SERVER=bookings-db')
FORMAT 'CUSTOM' (formatter = 'pxfwritable_import');

DROP EXTERNAL TABLE IF EXISTS stg.bookings_ext;
CREATE EXTERNAL TABLE stg.bookings_ext (
  book_ref     char(6),
  book_date    timestamp,
  total_amount numeric(10, 2)
)
LOCATION ('pxf://bookings.bookings?PROFILE=JDBC&SERVER=bookings-db')
FORMAT 'CUSTOM' (formatter = 'pxfwritable_import');

DROP EXTERNAL TABLE IF EXISTS stg.tickets_ext;
CREATE EXTERNAL TABLE stg.tickets_ext (
  ticket_no      text,
  book_ref       text,
  passenger_id   text,
  passenger_name text,
  outbound       text
)
LOCATION ('pxf://bookings.tickets?PROFILE=JDBC&SERVER=bookings-db')
FORMAT 'CUSTOM' (formatter = 'pxfwritable_import');

DROP EXTERNAL TABLE IF EXISTS stg.segments_ext;
CREATE EXTERNAL TABLE stg.segments_ext (
  ticket_no       text,
  flight_id       text,
  fare_conditions text,
  price           numeric(10, 2)
)
LOCATION ('pxf://bookings.segments?PROFILE=JDBC&SERVER=bookings-db')
FORMAT 'CUSTOM' (formatter = 'pxfwritable_import');

DROP EXTERNAL TABLE IF EXISTS stg.boarding_passes_ext;
CREATE EXTERNAL TABLE stg.boarding_passes_ext (
  ticket_no     text,
  flight_id     text,
  seat_no       text,
  boarding_no   integer,
  boarding_time timestamp
)
LOCATION ('pxf://bookings.boarding_passes?PROFILE=JDBC&SERVER=bookings-db')
FORMAT 'CUSTOM' (formatter = 'pxfwritable_import');
