-- needs: sold
-- key:
SELECT min("at")::DATE AS first_day, max("at")::DATE AS last_day, count(*) AS orders, count(DISTINCT person) AS users,
       bool_or(starts_with(order_id, 'SIM-')) AS simulated
FROM sold
