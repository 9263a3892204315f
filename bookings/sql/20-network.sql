-- The airline: its fleet, the airports it serves, the seats. The same rows on every run.

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

ANALYZE airplanes_data, airports_data, seats;
