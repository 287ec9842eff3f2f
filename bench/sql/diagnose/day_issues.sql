-- needs: sold, given
-- key: day
WITH first_orders AS (SELECT user_id, min("at") AS "at" FROM sold WHERE user_id IS NOT NULL GROUP BY user_id),
old_users AS (
    SELECT s.person FROM (SELECT person, sum(price) AS price FROM sold WHERE NOT abuser GROUP BY person) s
    JOIN users u ON u.user_id = s.person WHERE u.cum_spend > s.price + 100
    UNION ALL
    SELECT u.user_id FROM users u ANTI JOIN first_orders f ON f.user_id = u.user_id WHERE u.cum_spend > 100
),
issued AS (
    SELECT g.at::DATE AS day, sum(g.fen) AS issued_fen,
           sum(CASE WHEN g.campaign_id IS NULL THEN 0 ELSE g.fen END) AS campaign_issued_fen,
           sum(CASE WHEN g.purpose = 'acquire'
                      OR g.purpose IS NULL AND (f.at IS NULL OR f.at >= g.at) AND o.person IS NULL
                    THEN g.fen ELSE 0 END) AS newcomer_fen
    FROM given g
    LEFT JOIN first_orders f ON f.user_id = g.user_id
    LEFT JOIN old_users o ON o.person = g.user_id
    GROUP BY g.at::DATE
)
SELECT strftime(day, '%Y-%m-%d') AS day, coalesce(i.issued_fen, 0) AS issued_fen,
       coalesce(i.campaign_issued_fen, 0) AS campaign_issued_fen, coalesce(i.newcomer_fen, 0) AS newcomer_fen,
       coalesce(o.price_fen, 0) AS price_fen
FROM (SELECT "at"::DATE AS day, sum(price) AS price_fen FROM sold GROUP BY "at"::DATE) o FULL JOIN issued i USING (day)
