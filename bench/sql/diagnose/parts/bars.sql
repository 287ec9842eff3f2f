-- needs: costed
-- The top fifth's least margin in the 90 days before each month, of those who ordered in them.
starts AS (
    SELECT unnest(range(date_trunc('month', min("at"))::TIMESTAMP, max("at") + INTERVAL 90 DAY, INTERVAL 1 MONTH)) AS month
    FROM costed
),
bars AS (
    SELECT month, quantile_cont(margin, 0.8)::BIGINT AS bar
    FROM (SELECT s.month, o.person, sum(o.value - o.bonus)::BIGINT AS margin
          FROM starts s JOIN costed o ON o.at < s.month AND o.at >= s.month - INTERVAL 90 DAY
          WHERE NOT o.abuser
          GROUP BY ALL)
    GROUP BY month
)
