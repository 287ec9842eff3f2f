-- needs: sold
-- The first day with a sold order, and the first instant after the last.
span AS (SELECT min("at")::DATE AS first_day, max("at")::DATE + INTERVAL 1 DAY AS end_at FROM sold)
