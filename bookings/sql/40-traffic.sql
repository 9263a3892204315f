-- Two months of the airline's life: flights until the end of May 2017, and 5000 bookings. The present is noon on
-- 1 March 2017; `make bookings-generate-day` makes the next day.

SET search_path = bookings, gen, public;

CALL generate('2017-01-01 00:00:00+00', '2017-03-01 12:00:00+00');
