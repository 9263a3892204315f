-- The tables of the staging layer: the columns of the external table of the same name, when a row was loaded, and by
-- which run. They are append-optimized, and lie on the segments by the column over which most is joined.

CREATE TABLE IF NOT EXISTS stg.airplanes (LIKE stg.airplanes_ext, loaded_at timestamptz, run_id text)
WITH (appendonly = true, compresstype = zlib)
DISTRIBUTED BY (airplane_code);

CREATE TABLE IF NOT EXISTS stg.airports (LIKE stg.airports_ext, loaded_at timestamptz, run_id text)
WITH (appendonly = true, compresstype = zlib)
DISTRIBUTED BY (airport_code);

CREATE TABLE IF NOT EXISTS stg.seats (LIKE stg.seats_ext, loaded_at timestamptz, run_id text)
WITH (appendonly = true, compresstype = zlib)
DISTRIBUTED BY (airplane_code);

CREATE TABLE IF NOT EXISTS stg.routes (LIKE stg.routes_ext, loaded_at timestamptz, run_id text)
WITH (appendonly = true, compresstype = zlib)
DISTRIBUTED BY (route_no);

CREATE TABLE IF NOT EXISTS stg.flights (LIKE stg.flights_ext, loaded_at timestamptz, run_id text)
WITH (appendonly = true, compresstype = zlib)
DISTRIBUTED BY (flight_id);

CREATE TABLE IF NOT EXISTS stg.bookings (LIKE stg.bookings_ext, loaded_at timestamptz, run_id text)
WITH (appendonly = true, compresstype = zlib)
DISTRIBUTED BY (book_ref);

CREATE TABLE IF NOT EXISTS stg.tickets (LIKE stg.tickets_ext, loaded_at timestamptz, run_id text)
WITH (appendonly = true, compresstype = zlib)
DISTRIBUTED BY (book_ref);

CREATE TABLE IF NOT EXISTS stg.segments (LIKE stg.segments_ext, loaded_at timestamptz, run_id text)
WITH (appendonly = true, compresstype = zlib)
DISTRIBUTED BY (ticket_no);

CREATE TABLE IF NOT EXISTS stg.boarding_passes (LIKE stg.boarding_passes_ext, loaded_at timestamptz, run_id text)
WITH (appendonly = true, compresstype = zlib)
DISTRIBUTED BY (ticket_no);
