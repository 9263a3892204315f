-- The demo database of an airline: tables only. They have the shapes of the public "bookings" demo database (2025
-- edition), so that courses and queries made for it work here; names, types and keys are the contract, the data in
-- the next files is the stand's own.
--
-- Run by bookings-db on an empty volume, and by `make bookings-init`: everything in schemas "bookings" and "gen" is
-- made anew.

SET client_min_messages = warning;

DROP SCHEMA IF EXISTS bookings, gen CASCADE;
CREATE SCHEMA bookings;
CREATE SCHEMA gen;
CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;

DO $$
BEGIN
  EXECUTE format('ALTER DATABASE %I SET search_path = bookings, gen, public', current_database());
END
$$;

SET search_path = bookings, public;

CREATE TABLE airplanes_data (
  airplane_code char(3) PRIMARY KEY,
  model         jsonb   NOT NULL,
  range         integer NOT NULL CHECK (range > 0),
  speed         integer NOT NULL CHECK (speed > 0)
);
COMMENT ON TABLE airplanes_data IS 'Airplane models, with names in English and Russian';
COMMENT ON COLUMN airplanes_data.range IS 'Longest flight, km';
COMMENT ON COLUMN airplanes_data.speed IS 'Cruise speed, km/h';

CREATE TABLE airports_data (
  airport_code char(3) PRIMARY KEY,
  airport_name jsonb   NOT NULL,
  city         jsonb   NOT NULL,
  country      jsonb   NOT NULL,
  coordinates  point   NOT NULL,
  timezone     text    NOT NULL
);
COMMENT ON TABLE airports_data IS 'Airports, with names in English and Russian';
COMMENT ON COLUMN airports_data.coordinates IS 'Longitude and latitude, degrees';

CREATE TABLE seats (
  airplane_code   char(3) NOT NULL REFERENCES airplanes_data ON DELETE CASCADE,
  seat_no         text    NOT NULL,
  fare_conditions text    NOT NULL CHECK (fare_conditions IN ('Economy', 'Comfort', 'Business')),
  PRIMARY KEY (airplane_code, seat_no)
);
COMMENT ON TABLE seats IS 'Seats of each airplane model';

CREATE TABLE routes (
  route_no          text      NOT NULL,
  validity          tstzrange NOT NULL,
  departure_airport char(3)   NOT NULL REFERENCES airports_data,
  arrival_airport   char(3)   NOT NULL REFERENCES airports_data,
  airplane_code     char(3)   NOT NULL REFERENCES airplanes_data,
  days_of_week      integer[] NOT NULL,
  scheduled_time    time      NOT NULL,
  duration          interval  NOT NULL,
  EXCLUDE USING gist (route_no WITH =, validity WITH &&)
);
COMMENT ON TABLE routes IS 'Routes; the timetable changes with each period of validity';
COMMENT ON COLUMN routes.days_of_week IS '1 is Monday, 7 is Sunday, in the time zone of the departure';
COMMENT ON COLUMN routes.scheduled_time IS 'Departure, local time';

CREATE TABLE flights (
  flight_id           integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  route_no            text        NOT NULL,
  status              text        NOT NULL CHECK (status IN
    ('Scheduled', 'On Time', 'Delayed', 'Boarding', 'Departed', 'Arrived', 'Cancelled')),
  scheduled_departure timestamptz NOT NULL,
  scheduled_arrival   timestamptz NOT NULL CHECK (scheduled_arrival > scheduled_departure),
  actual_departure    timestamptz,
  actual_arrival      timestamptz CHECK (actual_arrival IS NULL OR actual_arrival > actual_departure),
  UNIQUE (route_no, scheduled_departure)
);
COMMENT ON TABLE flights IS 'Flights; the route is the one whose validity holds the scheduled departure';

CREATE TABLE bookings (
  book_ref     char(6)        PRIMARY KEY,
  book_date    timestamptz    NOT NULL,
  total_amount numeric(10, 2) NOT NULL
);
COMMENT ON TABLE bookings IS 'Bookings; the amount is the sum of the prices of all segments';

CREATE TABLE tickets (
  ticket_no      text    PRIMARY KEY,
  book_ref       char(6) NOT NULL REFERENCES bookings,
  passenger_id   text    NOT NULL,
  passenger_name text    NOT NULL,
  outbound       boolean NOT NULL,
  UNIQUE (book_ref, passenger_id, outbound)
);
COMMENT ON TABLE tickets IS 'Tickets: one for each passenger of a booking and direction';

CREATE TABLE segments (
  ticket_no       text           NOT NULL REFERENCES tickets,
  flight_id       integer        NOT NULL REFERENCES flights,
  fare_conditions text           NOT NULL CHECK (fare_conditions IN ('Economy', 'Comfort', 'Business')),
  price           numeric(10, 2) NOT NULL CHECK (price >= 0),
  PRIMARY KEY (ticket_no, flight_id)
);
CREATE INDEX ON segments (flight_id);
COMMENT ON TABLE segments IS 'The flights of a ticket';

CREATE TABLE boarding_passes (
  ticket_no     text    NOT NULL,
  flight_id     integer NOT NULL,
  seat_no       text    NOT NULL,
  boarding_no   integer,
  boarding_time timestamptz,
  PRIMARY KEY (ticket_no, flight_id),
  FOREIGN KEY (ticket_no, flight_id) REFERENCES segments,
  UNIQUE (flight_id, seat_no),
  UNIQUE (flight_id, boarding_no)
);
COMMENT ON TABLE boarding_passes IS 'Seats given out for flights that board, fly or have arrived';
