-- needs: people
-- key: month
SELECT strftime(m.month, '%Y-%m') AS month, sum(m.orders) AS orders, count(*) AS buyers,
       count(*) FILTER (WHERE m.month = p.first_month AND NOT p.is_old) AS new_buyers,
       count(*) FILTER (WHERE m.orders > 1 OR m.month > p.first_month OR p.is_old) AS repeat_buyers,
       sum(m.price) AS price_fen, sum(m.value) AS value_fen
FROM months m JOIN people p ON p.person = m.person
GROUP BY m.month
