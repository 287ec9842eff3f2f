-- needs: months
-- Buyers, abusers left out; old: had bought before the files begin.
people AS (
    SELECT b.*, coalesce(u.cum_spend > b.price + 100, FALSE) AS is_old
    FROM (SELECT person, min(month) AS first_month, min(first_at) AS first_at, max(last_at) AS last_at,
                 sum(orders)::BIGINT AS orders, sum(price)::BIGINT AS price, sum(value)::BIGINT AS value
          FROM months GROUP BY person) b
    LEFT JOIN users u ON u.user_id = b.person
)
