-- needs: costed
-- Buyers by month, abusers left out.
months AS (
    SELECT person, date_trunc('month', "at") AS month, count(*) AS orders, sum(price)::BIGINT AS price,
           sum(value)::BIGINT AS value, min("at") AS first_at, max("at") AS last_at
    FROM costed WHERE NOT abuser GROUP BY ALL
)
