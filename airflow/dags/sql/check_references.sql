-- Each column has to be true.
SELECT
  NOT EXISTS (SELECT 1 FROM stg.tickets LEFT JOIN stg.bookings USING (book_ref) WHERE bookings.run_id IS NULL)
    AS tickets_have_bookings,
  NOT EXISTS (SELECT 1 FROM stg.segments LEFT JOIN stg.tickets USING (ticket_no) WHERE tickets.run_id IS NULL)
    AS segments_have_tickets,
  NOT EXISTS (SELECT 1 FROM stg.segments LEFT JOIN stg.flights USING (flight_id) WHERE flights.run_id IS NULL)
    AS segments_have_flights,
  NOT EXISTS (
    SELECT 1 FROM stg.boarding_passes LEFT JOIN stg.segments USING (ticket_no, flight_id) WHERE segments.run_id IS NULL
  ) AS passes_have_segments,
  (SELECT sum(total_amount) FROM stg.bookings) = (SELECT sum(price) FROM stg.segments) AS amounts_add_up
