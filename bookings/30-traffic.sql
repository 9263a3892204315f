-- What happens on the network: flights, and the bookings of 60 days. The same rows on every run: chance is an md5
-- of names and numbers, and every choice has an order of its own.

SET search_path = bookings, public;
SET TimeZone = 'UTC';
SET jit = off;

-- A number from 0 to below "sides", always the same for the same name and number.
CREATE FUNCTION pg_temp.roll(name text, number bigint, sides integer) RETURNS integer
  LANGUAGE sql IMMUTABLE
  RETURN ('x' || substr(md5(name || number), 1, 7))::bit(28)::integer % sides;

-- --- flights ------------------------------------------------------------------------------------------------------

INSERT INTO flights
  (route_no, status, scheduled_departure, scheduled_arrival, actual_departure, actual_arrival)
WITH planned AS (
  SELECT route_no, duration, departure,
    row_number() OVER (ORDER BY departure, route_no) AS no
  FROM routes
  JOIN airports_data ON airport_code = departure_airport
  CROSS JOIN LATERAL generate_series(
    lower(validity)::date - 1, upper(validity)::date, interval '1 day') AS local_day
  CROSS JOIN LATERAL (SELECT (local_day::date + scheduled_time) AT TIME ZONE timezone AS departure) AS d
  WHERE validity @> departure AND extract(isodow FROM local_day) = ANY (days_of_week)
), flown AS (
  SELECT *,
    pg_temp.roll('cancelled', no, 100) = 0 AND departure < bookings.now() + interval '1 day' AS cancelled,
    departure + interval '1 minute' * CASE
      WHEN pg_temp.roll('delayed', no, 20) = 0 THEN 40 + pg_temp.roll('delay', no, 140)
      ELSE pg_temp.roll('delay', no, 10)
    END AS departs,
    interval '1 minute' * (pg_temp.roll('flight time', no, 16) - 5) AS drift
  FROM planned
)
SELECT route_no,
  CASE
    WHEN cancelled THEN 'Cancelled'
    WHEN departs + duration + drift <= bookings.now() THEN 'Arrived'
    WHEN departs <= bookings.now() THEN 'Departed'
    WHEN departs <= bookings.now() + interval '40 minutes' THEN 'Boarding'
    WHEN departure > bookings.now() + interval '1 day' THEN 'Scheduled'
    WHEN departs > departure + interval '30 minutes' THEN 'Delayed'
    ELSE 'On Time'
  END,
  departure,
  departure + duration,
  CASE WHEN NOT cancelled AND departs <= bookings.now() THEN departs END,
  CASE WHEN NOT cancelled AND departs + duration + drift <= bookings.now() THEN departs + duration + drift END
FROM flown
ORDER BY no;

CREATE INDEX ON flights (scheduled_departure);
ANALYZE flights;

-- Flights with what the route says of them.
CREATE TEMP TABLE leg AS
SELECT flight_id, departure_airport, arrival_airport, airplane_code, duration,
  scheduled_departure AS departs, scheduled_arrival AS arrives
FROM flights
JOIN routes ON routes.route_no = flights.route_no AND validity @> scheduled_departure;
CREATE INDEX ON leg (departure_airport, departs);
ANALYZE leg;

-- --- journeys: a booking and its flights ----------------------------------------------------------------------------

-- Six letters and digits; 1234567891 and 36^6 have no common factor, so that no two numbers give the same six.
CREATE FUNCTION pg_temp.book_ref(number bigint) RETURNS text
  LANGUAGE sql IMMUTABLE
  RETURN (
    SELECT string_agg(
      substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', (code / (36 ^ place)::bigint % 36)::integer + 1, 1),
      '' ORDER BY place DESC)
    FROM (SELECT number * 1234567891 % 2176782336 AS code) AS c, generate_series(0, 5) AS place
  );

CREATE TEMP TABLE journey AS
WITH booked AS (
  SELECT no, pg_temp.book_ref(no) AS book_ref,
    -- 5000 bookings, evenly from 1 January to bookings.now(): one about every 17 minutes.
    timestamptz '2017-01-01 00:00:00+00'
      + (bookings.now() - timestamptz '2017-01-01 00:00:00+00') * (no - 1) / 5000
      + interval '1 second' * pg_temp.roll('second', no, 900) AS book_date,
    (ARRAY[1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 4])[1 + pg_temp.roll('passengers', no, 11)] AS passengers,
    pg_temp.roll('connection', no, 10) < 3 AS wants_connection,
    pg_temp.roll('return', no, 10) < 7 AS wants_return
  FROM generate_series(1::bigint, 5000) AS no
)
SELECT no, book_ref, book_date, passengers,
  there1.flight_id AS there1, there2.flight_id AS there2,
  CASE WHEN back_is_whole THEN back1.flight_id END AS back1,
  CASE WHEN back_is_whole THEN back2.flight_id END AS back2
FROM booked
-- Flights are numbered by departure, so the window from 1 to 31 days ahead is a range of numbers.
CROSS JOIN LATERAL (
  SELECT
    (SELECT flight_id FROM flights WHERE scheduled_departure >= book_date + interval '1 day'
      ORDER BY scheduled_departure, flight_id LIMIT 1) AS first,
    (SELECT flight_id FROM flights WHERE scheduled_departure <= book_date + interval '31 days'
      ORDER BY scheduled_departure DESC, flight_id DESC LIMIT 1) AS last
) AS ahead
JOIN leg AS there1 ON there1.flight_id = first + pg_temp.roll('flight', no, last - first + 1)
LEFT JOIN LATERAL (
  SELECT * FROM leg
  WHERE wants_connection
    AND departure_airport = there1.arrival_airport AND arrival_airport <> there1.departure_airport
    AND departs BETWEEN there1.arrives + interval '2 hours' AND there1.arrives + interval '1 day'
  ORDER BY pg_temp.roll('onward', no + flight_id, 1000), flight_id
  LIMIT 1
) AS there2 ON true
CROSS JOIN LATERAL (
  SELECT coalesce(there2.arrives, there1.arrives)
    + interval '1 day' * (2 + pg_temp.roll('stay', no, 12)) AS earliest
) AS stay
-- The way back is the way there, reversed; each leg takes the first flight that it can reach.
LEFT JOIN LATERAL (
  SELECT * FROM leg
  WHERE wants_return AND departs >= earliest
    AND departure_airport = coalesce(there2.arrival_airport, there1.arrival_airport)
    AND arrival_airport = coalesce(there2.departure_airport, there1.departure_airport)
  ORDER BY departs
  LIMIT 1
) AS back1 ON true
LEFT JOIN LATERAL (
  SELECT * FROM leg
  WHERE there2.flight_id IS NOT NULL AND departs >= back1.arrives + interval '2 hours'
    AND departure_airport = there1.arrival_airport AND arrival_airport = there1.departure_airport
  ORDER BY departs
  LIMIT 1
) AS back2 ON true
CROSS JOIN LATERAL (
  SELECT there2.flight_id IS NULL OR back2.flight_id IS NOT NULL AS back_is_whole
) AS b;

-- --- tickets and segments -------------------------------------------------------------------------------------------

CREATE TEMP TABLE ticket AS
SELECT '0005432' || lpad(row_number() OVER (ORDER BY no, traveller, NOT outbound)::text, 6, '0') AS ticket_no,
  no, book_ref, outbound, flights,
  -- 4000 people; those of one booking are different ones.
  (pg_temp.roll('person', no, 4000) + 977 * traveller) % 4000 AS person
FROM journey
CROSS JOIN LATERAL generate_series(1, passengers) AS traveller
CROSS JOIN LATERAL (VALUES
  (true, array_remove(ARRAY[there1, there2], NULL)),
  (false, array_remove(ARRAY[back1, back2], NULL))
) AS direction (outbound, flights)
WHERE cardinality(flights) > 0;

CREATE TEMP TABLE segment AS
SELECT ticket_no, no, leg.flight_id, fare_conditions,
  -- By the minute, by the class, and a tenth up or down from flight to flight.
  round((extract(epoch FROM duration) / 60 * 50
    * CASE fare_conditions WHEN 'Business' THEN 3.0 WHEN 'Comfort' THEN 1.6 ELSE 1.0 END
    * (0.9 + pg_temp.roll('price', leg.flight_id, 21) / 100.0))::numeric, -1)::numeric(10, 2) AS price
FROM ticket
CROSS JOIN LATERAL unnest(flights) AS taken (flight_id)
JOIN leg ON leg.flight_id = taken.flight_id
CROSS JOIN LATERAL (
  SELECT CASE
    WHEN pg_temp.roll('class', no, 100) < 6 THEN 'Business'
    WHEN pg_temp.roll('class', no, 100) < 16 AND airplane_code IN ('789', '77W') THEN 'Comfort'
    ELSE 'Economy'
  END AS fare_conditions
) AS class;

INSERT INTO bookings (book_ref, book_date, total_amount)
SELECT book_ref, book_date, sum(price)
FROM journey JOIN segment USING (no)
GROUP BY no, book_ref, book_date
ORDER BY no;

INSERT INTO tickets (ticket_no, book_ref, passenger_id, passenger_name, outbound)
SELECT ticket_no, book_ref,
  (ARRAY['AT', 'CN', 'CZ', 'DE', 'FI', 'FR', 'GB', 'IN', 'IT', 'JP', 'NP', 'RU', 'SE', 'US'])[1 + person % 14]
    || ' ' || lpad((1000003::bigint * (person + 17) % 10000000000)::text, 10, '0'),
  (ARRAY['Alma', 'Anton', 'Bruno', 'Chiara', 'Daria', 'Elif', 'Emil', 'Fatima', 'Greta', 'Hiro', 'Ines', 'Ivan',
    'Jana', 'Kiran', 'Lena', 'Luca', 'Maja', 'Mei', 'Nikhil', 'Olga', 'Pavel', 'Rosa', 'Sofia', 'Tomas', 'Vera',
    'William', 'Yuki'])[1 + person % 27]
    || ' ' ||
  (ARRAY['Adler', 'Bauer', 'Chen', 'Dvorak', 'Egorov', 'Ferrari', 'Gupta', 'Holm', 'Ito', 'Jansson', 'Kaya', 'Larsen',
    'Moreau', 'Novak', 'Orlova', 'Petrov', 'Rai', 'Sato', 'Taylor', 'Ursin', 'Virtanen', 'Wang', 'Yilmaz'])
    [1 + person % 23],
  outbound
FROM ticket
ORDER BY ticket_no;

INSERT INTO segments (ticket_no, flight_id, fare_conditions, price)
SELECT ticket_no, flight_id, fare_conditions, price FROM segment ORDER BY ticket_no, flight_id;

-- --- boarding passes ------------------------------------------------------------------------------------------------

INSERT INTO boarding_passes (ticket_no, flight_id, seat_no, boarding_no, boarding_time)
WITH seat AS (
  SELECT airplane_code, fare_conditions, seat_no,
    row_number() OVER cabin - 1 AS place,
    count(*) OVER (PARTITION BY airplane_code, fare_conditions) AS places
  FROM seats
  WINDOW cabin AS (PARTITION BY airplane_code, fare_conditions ORDER BY length(seat_no), seat_no)
), boarded AS (
  SELECT segment.ticket_no, segment.fare_conditions, leg.flight_id, airplane_code,
    coalesce(actual_departure, scheduled_departure) AS departs,
    row_number() OVER (PARTITION BY leg.flight_id, segment.fare_conditions ORDER BY ticket_no) AS cabin_no,
    row_number() OVER (PARTITION BY leg.flight_id
      ORDER BY pg_temp.roll(ticket_no, leg.flight_id, 100000), ticket_no) AS boarding_no
  FROM segment
  JOIN leg USING (flight_id)
  JOIN flights USING (flight_id)
  WHERE status IN ('Boarding', 'Departed', 'Arrived')
)
SELECT ticket_no, flight_id, seat_no, boarding_no,
  departs - interval '40 minutes' + boarding_no * interval '9 seconds'
FROM boarded
-- 37 divides no cabin's number of places, so the steps of 37 scatter the passengers and meet no seat twice.
JOIN seat ON seat.airplane_code = boarded.airplane_code AND seat.fare_conditions = boarded.fare_conditions
  AND place = (flight_id + cabin_no * 37) % places
WHERE cabin_no <= places
ORDER BY flight_id, boarding_no;

ANALYZE bookings, tickets, segments, boarding_passes;

-- --- the data proves itself -----------------------------------------------------------------------------------------

DO $$
DECLARE
  faults text;
BEGIN
  SELECT string_agg(format('%s (%s)', fault, cases), '; ') INTO faults
  FROM (VALUES
    ('bookings that found no flight', (
      SELECT 5000 - count(*) FROM bookings)),
    ('amounts that are not the sum of their segments', (
      SELECT count(*) FROM (
        SELECT FROM bookings JOIN tickets USING (book_ref) JOIN segments USING (ticket_no)
        GROUP BY book_ref, total_amount HAVING sum(price) <> total_amount
      ) AS wrong)),
    ('passengers without a seat, or with one too early', (
      SELECT count(*)
      FROM segments LEFT JOIN boarding_passes USING (ticket_no, flight_id) JOIN flights USING (flight_id)
      WHERE (seat_no IS NOT NULL) <> (status IN ('Boarding', 'Departed', 'Arrived')))),
    ('flights of a ticket that do not meet', (
      SELECT count(*) FROM (
        SELECT departure_airport, lag(arrival_airport) OVER w AS came_to, departs, lag(arrives) OVER w AS came_at
        FROM segments JOIN leg USING (flight_id)
        WINDOW w AS (PARTITION BY ticket_no ORDER BY departs)
      ) AS hop WHERE departure_airport <> came_to OR departs < came_at)),
    ('flights booked too late', (
      SELECT count(*)
      FROM bookings JOIN tickets USING (book_ref) JOIN segments USING (ticket_no) JOIN flights USING (flight_id)
      WHERE book_date >= scheduled_departure OR book_date > bookings.now()))
  ) AS checks (fault, cases)
  WHERE cases <> 0;
  IF faults IS NOT NULL THEN
    RAISE EXCEPTION 'the demo data is not consistent: %', faults;
  END IF;
END
$$;
