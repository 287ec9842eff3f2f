-- What had been topped up by each instant, and what from before the files counts toward a level.
topped AS (
    SELECT user_id, coalesce(paid_at, created_at) AS "at", amount, coalesce(bonus, 0) AS bonus
    FROM recharges WHERE status = 'paid'
),
counted AS (
    SELECT user_id, "at", (sum(amount) OVER so_far)::BIGINT AS principal, (sum(bonus) OVER so_far)::BIGINT AS bonus
    FROM topped WINDOW so_far AS (PARTITION BY user_id ORDER BY "at")
),
openings AS (
    SELECT u.user_id, greatest(u.cum_recharge - coalesce(t.counted, 0), 0)::BIGINT AS opening
    FROM users u
    LEFT JOIN (SELECT user_id, sum(amount + bonus) AS counted FROM topped GROUP BY user_id) t ON t.user_id = u.user_id
)
