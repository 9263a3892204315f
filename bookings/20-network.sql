-- The airline: its fleet, the airports it serves, the seats, the timetable. The same rows on every run.

SET search_path = bookings, public;
SET jit = off;

INSERT INTO airplanes_data (airplane_code, model, range, speed) VALUES
  ('CR7', '{"en": "Bombardier CRJ700",   "ru": "Бомбардье CRJ700"}',    2600, 780),
  ('E70', '{"en": "Embraer E170",        "ru": "Эмбраер E170"}',        3900, 800),
  ('SU9', '{"en": "Sukhoi Superjet 100", "ru": "Сухой Суперджет-100"}', 3000, 830),
  ('32N', '{"en": "Airbus A320neo",      "ru": "Аэробус A320neo"}',     6300, 830),
  ('789', '{"en": "Boeing 787-9",        "ru": "Боинг 787-9"}',        14000, 900),
  ('77W', '{"en": "Boeing 777-300ER",    "ru": "Боинг 777-300ER"}',    13600, 900);

INSERT INTO airports_data (airport_code, airport_name, city, country, coordinates, timezone) VALUES
  ('SVO', '{"en": "Sheremetyevo", "ru": "Шереметьево"}', '{"en": "Moscow", "ru": "Москва"}', '{"en": "Russia", "ru": "Россия"}', '(37.41,55.97)', 'Europe/Moscow'),
  ('LED', '{"en": "Pulkovo", "ru": "Пулково"}', '{"en": "St. Petersburg", "ru": "Санкт-Петербург"}', '{"en": "Russia", "ru": "Россия"}', '(30.26,59.80)', 'Europe/Moscow'),
  ('KZN', '{"en": "Kazan", "ru": "Казань"}', '{"en": "Kazan", "ru": "Казань"}', '{"en": "Russia", "ru": "Россия"}', '(49.28,55.61)', 'Europe/Moscow'),
  ('SVX', '{"en": "Koltsovo", "ru": "Кольцово"}', '{"en": "Yekaterinburg", "ru": "Екатеринбург"}', '{"en": "Russia", "ru": "Россия"}', '(60.80,56.74)', 'Asia/Yekaterinburg'),
  ('OVB', '{"en": "Tolmachevo", "ru": "Толмачёво"}', '{"en": "Novosibirsk", "ru": "Новосибирск"}', '{"en": "Russia", "ru": "Россия"}', '(82.65,55.01)', 'Asia/Novosibirsk'),
  ('VVO', '{"en": "Vladivostok", "ru": "Владивосток"}', '{"en": "Vladivostok", "ru": "Владивосток"}', '{"en": "Russia", "ru": "Россия"}', '(132.15,43.40)', 'Asia/Vladivostok'),
  ('HEL', '{"en": "Helsinki-Vantaa", "ru": "Хельсинки-Вантаа"}', '{"en": "Helsinki", "ru": "Хельсинки"}', '{"en": "Finland", "ru": "Финляндия"}', '(24.96,60.32)', 'Europe/Helsinki'),
  ('ARN', '{"en": "Arlanda", "ru": "Арланда"}', '{"en": "Stockholm", "ru": "Стокгольм"}', '{"en": "Sweden", "ru": "Швеция"}', '(17.92,59.65)', 'Europe/Stockholm'),
  ('FRA', '{"en": "Frankfurt", "ru": "Франкфурт"}', '{"en": "Frankfurt", "ru": "Франкфурт-на-Майне"}', '{"en": "Germany", "ru": "Германия"}', '(8.57,50.03)', 'Europe/Berlin'),
  ('VIE', '{"en": "Vienna", "ru": "Вена"}', '{"en": "Vienna", "ru": "Вена"}', '{"en": "Austria", "ru": "Австрия"}', '(16.57,48.11)', 'Europe/Vienna'),
  ('PRG', '{"en": "Vaclav Havel", "ru": "Вацлав Гавел"}', '{"en": "Prague", "ru": "Прага"}', '{"en": "Czech Republic", "ru": "Чехия"}', '(14.26,50.10)', 'Europe/Prague'),
  ('CDG', '{"en": "Charles de Gaulle", "ru": "Шарль-де-Голль"}', '{"en": "Paris", "ru": "Париж"}', '{"en": "France", "ru": "Франция"}', '(2.55,49.01)', 'Europe/Paris'),
  ('LHR', '{"en": "Heathrow", "ru": "Хитроу"}', '{"en": "London", "ru": "Лондон"}', '{"en": "United Kingdom", "ru": "Великобритания"}', '(-0.45,51.47)', 'Europe/London'),
  ('FCO', '{"en": "Fiumicino", "ru": "Фьюмичино"}', '{"en": "Rome", "ru": "Рим"}', '{"en": "Italy", "ru": "Италия"}', '(12.24,41.80)', 'Europe/Rome'),
  ('IST', '{"en": "Istanbul", "ru": "Стамбул"}', '{"en": "Istanbul", "ru": "Стамбул"}', '{"en": "Turkey", "ru": "Турция"}', '(28.75,41.28)', 'Europe/Istanbul'),
  ('DXB', '{"en": "Dubai", "ru": "Дубай"}', '{"en": "Dubai", "ru": "Дубай"}', '{"en": "United Arab Emirates", "ru": "ОАЭ"}', '(55.36,25.25)', 'Asia/Dubai'),
  ('DEL', '{"en": "Indira Gandhi", "ru": "Индира Ганди"}', '{"en": "Delhi", "ru": "Дели"}', '{"en": "India", "ru": "Индия"}', '(77.10,28.57)', 'Asia/Kolkata'),
  ('KTM', '{"en": "Tribhuvan", "ru": "Трибхуван"}', '{"en": "Kathmandu", "ru": "Катманду"}', '{"en": "Nepal", "ru": "Непал"}', '(85.36,27.70)', 'Asia/Kathmandu'),
  ('PEK', '{"en": "Beijing Capital", "ru": "Пекин Столичный"}', '{"en": "Beijing", "ru": "Пекин"}', '{"en": "China", "ru": "Китай"}', '(116.58,40.08)', 'Asia/Shanghai'),
  ('HND', '{"en": "Haneda", "ru": "Ханэда"}', '{"en": "Tokyo", "ru": "Токио"}', '{"en": "Japan", "ru": "Япония"}', '(139.78,35.55)', 'Asia/Tokyo'),
  ('JFK', '{"en": "John F. Kennedy", "ru": "Джон Кеннеди"}', '{"en": "New York", "ru": "Нью-Йорк"}', '{"en": "USA", "ru": "США"}', '(-73.78,40.64)', 'America/New_York');

-- Cabins: rows from .. to, with the letters of each row.
INSERT INTO seats (airplane_code, seat_no, fare_conditions)
SELECT airplane_code, row_no || letter, fare_conditions
FROM (VALUES
  ('CR7', 'Business',  1,  2, 'ACD'),
  ('CR7', 'Economy',   3, 18, 'ABCD'),
  ('E70', 'Business',  1,  3, 'ACD'),
  ('E70', 'Economy',   4, 20, 'ABCD'),
  ('SU9', 'Business',  1,  3, 'ACDF'),
  ('SU9', 'Economy',   4, 20, 'ACDEF'),
  ('32N', 'Business',  1,  4, 'ACDF'),
  ('32N', 'Economy',   5, 28, 'ABCDEF'),
  ('789', 'Business',  1,  7, 'ADGK'),
  ('789', 'Comfort',  11, 13, 'ABCDEGHK'),
  ('789', 'Economy',  14, 38, 'ABCDEFGHK'),
  ('77W', 'Business',  1,  6, 'ACDFHK'),
  ('77W', 'Comfort',  11, 16, 'ACDEFHK'),
  ('77W', 'Economy',  17, 48, 'ABCDEFGHJK')
) AS cabin (airplane_code, fare_conditions, first_row, last_row, letters)
CROSS JOIN LATERAL generate_series(first_row, last_row) AS row_no
CROSS JOIN LATERAL regexp_split_to_table(letters, '') AS letter;

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
), period AS (
  SELECT month_no,
    (timestamp '2017-01-01' + (month_no - 1) * interval '1 month') AT TIME ZONE 'UTC' AS starts,
    (timestamp '2017-01-01' + month_no * interval '1 month') AT TIME ZONE 'UTC' AS ends
  FROM generate_series(1, 5) AS month_no
), planned AS (
  SELECT no, month_no, starts, ends, origin, destination, km,
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
  FROM measured CROSS JOIN period
)
SELECT 'PG' || lpad(no::text, 4, '0'), tstzrange(starts, ends), origin, destination, airplane_code, days_of_week,
  scheduled_time,
  -- Half an hour on the ground and for the climb; rounded up to five minutes.
  ceil((30 + km / speed * 60) / 5) * interval '5 minutes'
FROM planned JOIN airplanes_data USING (airplane_code)
ORDER BY no, month_no;

ANALYZE airplanes_data, airports_data, seats, routes;
