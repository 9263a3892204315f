-- How time passes for the airline: timetable, flights, bookings, boarding. Chance is an md5 of names and numbers, and
-- every choice has an order of its own: so the rows are the same on every machine, and the same whether time passes
-- in one step or in many.
--
--   CALL generate(from, to)      everything anew; bookings.now() is "to" then
--   CALL continue(to)            goes on from bookings.now()
--
-- Names and arguments are those of the generator of the public demo database, so that what was written for it runs.

SET search_path = bookings, gen, public;

-- Of that generator's installation: its clients wait for its workers over dblink, and clear its queue.
CREATE EXTENSION IF NOT EXISTS dblink WITH SCHEMA public;

CREATE TABLE gen.events (
  at       timestamptz PRIMARY KEY,
  type     text        NOT NULL,
  bookings bigint      NOT NULL
);
COMMENT ON TABLE gen.events IS 'The steps in which time has passed; the first one is the beginning';
COMMENT ON COLUMN gen.events.at IS 'What bookings.now() was after the step';
COMMENT ON COLUMN gen.events.bookings IS 'How many bookings there were by then, which is the number of the last one';

-- Flights with what their route says of them.
CREATE TABLE gen.legs (
  flight_id         integer     PRIMARY KEY REFERENCES bookings.flights ON DELETE CASCADE,
  departure_airport char(3)     NOT NULL,
  arrival_airport   char(3)     NOT NULL,
  airplane_code     char(3)     NOT NULL,
  duration          interval    NOT NULL,
  departs           timestamptz NOT NULL,
  arrives           timestamptz NOT NULL
);
CREATE INDEX ON gen.legs (departure_airport, departs);
CREATE INDEX ON gen.legs (departs);
CREATE INDEX ON bookings.flights (scheduled_departure);

-- A number from 0 to below "sides", always the same for the same name and number.
CREATE FUNCTION gen.roll(name text, number bigint, sides integer) RETURNS integer
  LANGUAGE sql IMMUTABLE
  RETURN ('x' || substr(md5(name || number), 1, 7))::bit(28)::integer % sides;

-- Six letters and digits; 1234567891 and 36^6 have no common factor, so that no two numbers give the same six.
CREATE FUNCTION gen.book_ref(number bigint) RETURNS text
  LANGUAGE sql IMMUTABLE
  RETURN (
    SELECT string_agg(
      substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', (code / (36 ^ place)::bigint % 36)::integer + 1, 1),
      '' ORDER BY place DESC)
    FROM (SELECT number * 1234567891 % 2176782336 AS code) AS c, generate_series(0, 5) AS place
  );

-- When a flight leaves, unless it is cancelled: one in twenty is late.
CREATE FUNCTION gen.leaves(flight_id integer, scheduled timestamptz) RETURNS timestamptz
  LANGUAGE sql STABLE
  RETURN scheduled + interval '1 minute' * CASE
    WHEN gen.roll('delayed', flight_id, 20) = 0 THEN 40 + gen.roll('delay', flight_id, 140)
    ELSE gen.roll('delay', flight_id, 10)
  END;

-- The present is a function without parameters, as in the public demo database; each step makes it anew.
CREATE PROCEDURE gen.set_now(moment timestamptz)
  LANGUAGE plpgsql SET TimeZone = 'UTC' AS
$$
BEGIN
  EXECUTE format(
    'CREATE OR REPLACE FUNCTION bookings.now() RETURNS timestamptz LANGUAGE sql IMMUTABLE RETURN timestamptz %L',
    moment);
  COMMENT ON FUNCTION bookings.now() IS
    'The moment at which the data stands still: earlier flights have arrived, later ones are planned.';
END
$$;

-- --- the timetable of a month, and its flights ----------------------------------------------------------------------

CREATE PROCEDURE gen.plan(month timestamp)
  LANGUAGE plpgsql SET search_path = bookings, gen, public SET TimeZone = 'UTC' SET jit = off AS
$$
DECLARE
  month_no integer := (extract(year FROM month) - 2017) * 12 + extract(month FROM month);
  period   tstzrange := tstzrange(month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
  last_no  integer := coalesce((SELECT max(flight_id) FROM flights), 0);
BEGIN
  -- Four hubs, each with its spokes, flown in both directions. The timetable is made anew for each month; arithmetic
  -- upon the number of the route and of the month stands in for chance.
  INSERT INTO routes
    (route_no, validity, departure_airport, arrival_airport, airplane_code, days_of_week, scheduled_time, duration)
  WITH pair AS (
    SELECT row_number() OVER (ORDER BY hub_order, spoke_order) AS pair_no, hub, spoke
    FROM (VALUES
      (1, 'SVO', 'LED KZN SVX OVB VVO HEL ARN FRA VIE PRG CDG LHR FCO IST DXB DEL KTM PEK HND JFK'),
      (2, 'LED', 'KZN SVX OVB HEL ARN FRA CDG IST'),
      (3, 'FRA', 'VIE PRG CDG LHR FCO ARN DXB DEL JFK'),
      (4, 'IST', 'DXB DEL KTM FCO VIE')
    ) AS network (hub_order, hub, spokes)
    CROSS JOIN LATERAL string_to_table(spokes, ' ') WITH ORDINALITY AS s (spoke, spoke_order)
  ), directed AS (
    SELECT 2 * pair_no - 1 AS no, hub AS origin, spoke AS destination FROM pair
    UNION ALL
    SELECT 2 * pair_no, spoke, hub FROM pair
  ), measured AS (
    -- Great circle on a sphere of 6371 km.
    SELECT no, origin, destination,
      6371 * acos(least(1,
        sind(a.coordinates[1]) * sind(b.coordinates[1])
        + cosd(a.coordinates[1]) * cosd(b.coordinates[1]) * cosd(a.coordinates[0] - b.coordinates[0]))) AS km
    FROM directed
    JOIN airports_data AS a ON a.airport_code = origin
    JOIN airports_data AS b ON b.airport_code = destination
  ), planned AS (
    SELECT no, origin, destination, km,
      CASE
        WHEN km < 2000 THEN (ARRAY['CR7', 'E70', 'SU9', '32N'])[1 + (no / 2 + month_no / 2) % 4]
        WHEN km < 5000 THEN '32N'
        ELSE (ARRAY['789', '77W'])[1 + no / 2 % 2]
      END AS airplane_code,
      CASE (no * 5 + month_no) % 4
        WHEN 0 THEN ARRAY[1, 2, 3, 4, 5, 6, 7]
        WHEN 1 THEN ARRAY[1, 3, 5, 7]
        WHEN 2 THEN ARRAY[2, 4, 6]
        ELSE ARRAY[1, 2, 4, 5, 6]
      END AS days_of_week,
      -- 06:00 to 22:55, in steps of five minutes.
      time '06:00' + (no * 79 + month_no * 3) % 204 * interval '5 minutes' AS scheduled_time
    FROM measured
  )
  SELECT 'PG' || lpad(no::text, 4, '0'), period, origin, destination, airplane_code, days_of_week, scheduled_time,
    -- Half an hour on the ground and for the climb; rounded up to five minutes.
    ceil((30 + km / speed * 60) / 5) * interval '5 minutes'
  FROM planned JOIN airplanes_data USING (airplane_code)
  ORDER BY no;

  -- Flights are numbered by departure, over all months.
  WITH planned AS (
    SELECT route_no, routes.departure_airport, arrival_airport, airplane_code, duration, departs,
      last_no + row_number() OVER (ORDER BY departs, route_no) AS no
    FROM routes
    JOIN airports_data ON airport_code = departure_airport
    CROSS JOIN LATERAL generate_series(
      lower(validity)::date - 1, upper(validity)::date, interval '1 day') AS local_day
    CROSS JOIN LATERAL (SELECT (local_day::date + scheduled_time) AT TIME ZONE timezone AS departs) AS d
    WHERE validity = period AND validity @> departs AND extract(isodow FROM local_day) = ANY (days_of_week)
  ), flight AS (
    INSERT INTO flights (flight_id, route_no, status, scheduled_departure, scheduled_arrival)
      OVERRIDING SYSTEM VALUE
    SELECT no, route_no, 'Scheduled', departs, departs + duration FROM planned ORDER BY no
  )
  INSERT INTO legs SELECT no, departure_airport, arrival_airport, airplane_code, duration, departs, departs + duration
  FROM planned ORDER BY no;

  PERFORM setval(pg_get_serial_sequence('bookings.flights', 'flight_id'), max(flight_id)) FROM flights;
END
$$;

-- --- bookings: each with its tickets and their segments --------------------------------------------------------------

-- Those that are made until "moment". @returns the number of the last one
CREATE FUNCTION gen.book(moment timestamptz) RETURNS bigint
  LANGUAGE plpgsql SET search_path = bookings, gen, public SET TimeZone = 'UTC' SET jit = off AS
$$
DECLARE
  beginning   timestamptz := (SELECT min(at) FROM events);
  last_no     bigint := (SELECT max(events.bookings) FROM events);
  last_ticket bigint := coalesce((SELECT max(ticket_no)::bigint FROM tickets), 5432000000);
BEGIN
  CREATE TEMP TABLE journey ON COMMIT DROP AS
  WITH booked AS (
    SELECT no, gen.book_ref(no) AS book_ref, at AS book_date,
      (ARRAY[1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 4])[1 + roll('passengers', no, 11)] AS passengers,
      roll('connection', no, 10) < 3 AS wants_connection,
      roll('return', no, 10) < 7 AS wants_return
    -- 5000 bookings in 59 days and a half: one about every 17 minutes.
    FROM generate_series(last_no + 1, (extract(epoch FROM moment - beginning) / 1028.16)::bigint + 1) AS no
    CROSS JOIN LATERAL (
      SELECT beginning + interval '59 days 12 hours' * (no - 1) / 5000 + interval '1 second' * roll('second', no, 900) AS at
    ) AS a
    WHERE at < moment
  )
  SELECT no, book_ref, book_date, passengers,
    there1.flight_id AS there1, there2.flight_id AS there2,
    CASE WHEN back_is_whole THEN back1.flight_id END AS back1,
    CASE WHEN back_is_whole THEN back2.flight_id END AS back2
  FROM booked
  -- Flights are numbered by departure, so the window from 1 to 31 days ahead is a range of numbers.
  CROSS JOIN LATERAL (
    SELECT
      (SELECT flight_id FROM legs WHERE departs >= book_date + interval '1 day'
        ORDER BY departs, flight_id LIMIT 1) AS first,
      (SELECT flight_id FROM legs WHERE departs <= book_date + interval '31 days'
        ORDER BY departs DESC, flight_id DESC LIMIT 1) AS last
  ) AS ahead
  JOIN legs AS there1 ON there1.flight_id = first + roll('flight', no, last - first + 1)
  LEFT JOIN LATERAL (
    SELECT * FROM legs
    WHERE wants_connection
      AND departure_airport = there1.arrival_airport AND arrival_airport <> there1.departure_airport
      AND departs BETWEEN there1.arrives + interval '2 hours' AND there1.arrives + interval '1 day'
    ORDER BY roll('onward', no + flight_id, 1000), flight_id
    LIMIT 1
  ) AS there2 ON true
  CROSS JOIN LATERAL (
    SELECT coalesce(there2.arrives, there1.arrives)
      + interval '1 day' * (2 + roll('stay', no, 12)) AS earliest
  ) AS stay
  -- The way back is the way there, reversed; each leg takes the first flight that it can reach.
  LEFT JOIN LATERAL (
    SELECT * FROM legs
    WHERE wants_return AND departs >= earliest
      AND departure_airport = coalesce(there2.arrival_airport, there1.arrival_airport)
      AND arrival_airport = coalesce(there2.departure_airport, there1.departure_airport)
    ORDER BY departs
    LIMIT 1
  ) AS back1 ON true
  LEFT JOIN LATERAL (
    SELECT * FROM legs
    WHERE there2.flight_id IS NOT NULL AND departs >= back1.arrives + interval '2 hours'
      AND departure_airport = there1.arrival_airport AND arrival_airport = there1.departure_airport
    ORDER BY departs
    LIMIT 1
  ) AS back2 ON true
  CROSS JOIN LATERAL (
    SELECT there2.flight_id IS NULL OR back2.flight_id IS NOT NULL AS back_is_whole
  ) AS b;

  CREATE TEMP TABLE ticket ON COMMIT DROP AS
  SELECT lpad((last_ticket + row_number() OVER (ORDER BY no, traveller, NOT outbound))::text, 13, '0') AS ticket_no,
    no, book_ref, outbound, flights,
    -- 4000 people; those of one booking are different ones.
    (roll('person', no, 4000) + 977 * traveller) % 4000 AS person
  FROM journey
  CROSS JOIN LATERAL generate_series(1, passengers) AS traveller
  CROSS JOIN LATERAL (VALUES
    (true, array_remove(ARRAY[there1, there2], NULL)),
    (false, array_remove(ARRAY[back1, back2], NULL))
  ) AS direction (outbound, flights)
  WHERE cardinality(flights) > 0;

  CREATE TEMP TABLE segment ON COMMIT DROP AS
  SELECT ticket_no, no, legs.flight_id, fare_conditions,
    -- By the minute, by the class, and a tenth up or down from flight to flight.
    round((extract(epoch FROM duration) / 60 * 50
      * CASE fare_conditions WHEN 'Business' THEN 3.0 WHEN 'Comfort' THEN 1.6 ELSE 1.0 END
      * (0.9 + roll('price', legs.flight_id, 21) / 100.0))::numeric, -1)::numeric(10, 2) AS price
  FROM ticket
  CROSS JOIN LATERAL unnest(flights) AS taken (flight_id)
  JOIN legs ON legs.flight_id = taken.flight_id
  CROSS JOIN LATERAL (
    SELECT CASE
      WHEN roll('class', no, 100) < 6 THEN 'Business'
      WHEN roll('class', no, 100) < 16 AND airplane_code IN ('789', '77W') THEN 'Comfort'
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
    (ARRAY['Adler', 'Bauer', 'Chen', 'Dvorak', 'Egorov', 'Ferrari', 'Gupta', 'Holm', 'Ito', 'Jansson', 'Kaya',
      'Larsen', 'Moreau', 'Novak', 'Orlova', 'Petrov', 'Rai', 'Sato', 'Taylor', 'Ursin', 'Virtanen', 'Wang', 'Yilmaz'])
      [1 + person % 23],
    outbound
  FROM ticket
  ORDER BY ticket_no;

  INSERT INTO segments (ticket_no, flight_id, fare_conditions, price)
  SELECT ticket_no, flight_id, fare_conditions, price FROM segment ORDER BY ticket_no, flight_id;

  last_no := last_no + (SELECT count(*) FROM journey);
  DROP TABLE journey, ticket, segment;
  RETURN last_no;
END
$$;

-- --- flights leave and arrive ------------------------------------------------------------------------------------------

CREATE PROCEDURE gen.fly(moment timestamptz)
  LANGUAGE plpgsql SET search_path = bookings, gen, public SET TimeZone = 'UTC' SET jit = off AS
$$
BEGIN
  -- What is more than a day away is scheduled, as it was made.
  UPDATE flights
  SET status = CASE
      WHEN cancelled THEN 'Cancelled'
      WHEN lands <= moment THEN 'Arrived'
      WHEN leaves <= moment THEN 'Departed'
      WHEN leaves <= moment + interval '40 minutes' THEN 'Boarding'
      WHEN leaves > scheduled_departure + interval '30 minutes' THEN 'Delayed'
      ELSE 'On Time'
    END,
    actual_departure = CASE WHEN NOT cancelled AND leaves <= moment THEN leaves END,
    actual_arrival = CASE WHEN NOT cancelled AND lands <= moment THEN lands END
  FROM (
    SELECT flight_id, leaves, roll('cancelled', flight_id, 100) = 0 AS cancelled,
      leaves + duration + interval '1 minute' * (roll('flight time', flight_id, 16) - 5) AS lands
    FROM legs
    CROSS JOIN LATERAL (SELECT gen.leaves(flight_id, departs) AS leaves) AS l
  ) AS flown
  WHERE flown.flight_id = flights.flight_id
    AND status NOT IN ('Arrived', 'Cancelled') AND scheduled_departure <= moment + interval '1 day';

  INSERT INTO boarding_passes (ticket_no, flight_id, seat_no, boarding_no, boarding_time)
  WITH seat AS (
    SELECT airplane_code, fare_conditions, seat_no,
      row_number() OVER cabin - 1 AS place,
      count(*) OVER (PARTITION BY airplane_code, fare_conditions) AS places
    FROM seats
    WINDOW cabin AS (PARTITION BY airplane_code, fare_conditions ORDER BY length(seat_no), seat_no)
  ), boarded AS (
    SELECT ticket_no, fare_conditions, flight_id, airplane_code, gen.leaves(flight_id, departs) AS leaves,
      row_number() OVER (PARTITION BY flight_id, fare_conditions ORDER BY ticket_no) AS cabin_no,
      row_number() OVER (PARTITION BY flight_id ORDER BY roll(ticket_no, flight_id, 100000), ticket_no) AS boarding_no
    FROM segments
    JOIN legs USING (flight_id)
    JOIN flights USING (flight_id)
    WHERE status IN ('Boarding', 'Departed', 'Arrived')
      AND NOT EXISTS (SELECT FROM boarding_passes AS given WHERE given.flight_id = flights.flight_id)
  )
  SELECT ticket_no, flight_id, seat_no, boarding_no,
    leaves - interval '40 minutes' + boarding_no * interval '9 seconds'
  FROM boarded
  -- Whoever comes after the last seat of the cabin is left behind.
  -- 37 divides no cabin's number of places, so the steps of 37 scatter the passengers and meet no seat twice.
  JOIN seat ON seat.airplane_code = boarded.airplane_code AND seat.fare_conditions = boarded.fare_conditions
    AND place = (flight_id + cabin_no * 37) % places
  WHERE cabin_no <= places
  ORDER BY flight_id, boarding_no;
END
$$;

-- --- the data proves itself --------------------------------------------------------------------------------------------

CREATE PROCEDURE gen.verify()
  LANGUAGE plpgsql SET search_path = bookings, gen, public AS
$$
DECLARE
  faults text;
BEGIN
  SELECT string_agg(format('%s (%s)', fault, cases), '; ') INTO faults
  FROM (VALUES
    ('bookings that found no flight', (
      SELECT (SELECT max(events.bookings) FROM events) - count(*) FROM bookings)),
    ('amounts that are not the sum of their segments', (
      SELECT count(*) FROM (
        SELECT FROM bookings JOIN tickets USING (book_ref) JOIN segments USING (ticket_no)
        GROUP BY book_ref, total_amount HAVING sum(price) <> total_amount
      ) AS wrong)),
    ('passengers without a seat where one is free, or with one too early', (
      SELECT count(*) FROM (
        SELECT status, seat_no, places, count(*) OVER (PARTITION BY flight_id, fare_conditions) AS passengers
        FROM segments LEFT JOIN boarding_passes USING (ticket_no, flight_id)
        JOIN flights USING (flight_id) JOIN legs USING (flight_id)
        JOIN (SELECT airplane_code, fare_conditions, count(*) AS places FROM seats GROUP BY 1, 2) AS cabin
          USING (airplane_code, fare_conditions)
      ) AS seated
      WHERE CASE WHEN status IN ('Boarding', 'Departed', 'Arrived')
        THEN seat_no IS NULL AND passengers <= places ELSE seat_no IS NOT NULL END)),
    ('flights of a ticket that do not meet', (
      SELECT count(*) FROM (
        SELECT departure_airport, lag(arrival_airport) OVER w AS came_to, departs, lag(arrives) OVER w AS came_at
        FROM segments JOIN legs USING (flight_id)
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

-- --- what is called -----------------------------------------------------------------------------------------------------

-- @param jobs how many workers the public generator uses; here there is one, and the argument has no effect
CREATE PROCEDURE gen.continue(end_date timestamptz, jobs integer DEFAULT 1)
  LANGUAGE plpgsql SET search_path = bookings, gen, public SET TimeZone = 'UTC' AS
$$
DECLARE
  began    bigint;
  last_no  bigint;
  -- The way back of somebody who flies in a month begins in two months at the latest.
  horizon  timestamp := date_trunc('month', end_date AT TIME ZONE 'UTC') + interval '3 months';
  next     timestamp;
BEGIN
  -- One at a time.
  LOCK TABLE gen.events IN SHARE ROW EXCLUSIVE MODE;
  SELECT max(events.bookings) INTO began FROM events;
  IF began IS NULL THEN
    RAISE EXCEPTION 'there is nothing to continue: gen.events is empty'
      USING HINT = 'CALL generate(from, to) makes everything anew, and so does "make bookings-init".';
  END IF;
  IF end_date <= bookings.now() THEN
    RAISE EXCEPTION 'the data goes until % already', bookings.now()
      USING HINT = 'CALL continue(bookings.now() + interval ''1 day'') makes the next day.';
  END IF;
  LOOP
    next := coalesce(
      (SELECT max(upper(validity)) AT TIME ZONE 'UTC' FROM routes),
      (SELECT date_trunc('month', min(at) AT TIME ZONE 'UTC') FROM events));
    EXIT WHEN next >= horizon;
    CALL gen.plan(next);
    ANALYZE flights, legs;
  END LOOP;
  last_no := gen.book(end_date);
  CALL gen.fly(end_date);
  CALL gen.set_now(end_date);
  INSERT INTO events VALUES (end_date, 'CONTINUE', last_no);
  ANALYZE bookings, tickets, segments, boarding_passes;
  CALL gen.verify();
  RAISE NOTICE '% bookings more; bookings.now() is %', last_no - began, end_date;
END
$$;

CREATE PROCEDURE gen.generate(start_date timestamptz, end_date timestamptz, jobs integer DEFAULT 1)
  LANGUAGE plpgsql SET search_path = bookings, gen, public SET TimeZone = 'UTC' AS
$$
BEGIN
  TRUNCATE routes, flights, bookings, tickets, segments, boarding_passes, legs, events;
  INSERT INTO events VALUES (start_date, 'GENERATE', 0);
  CALL gen.set_now(start_date);
  CALL gen.continue(end_date, jobs);
END
$$;
