-- needs: months
-- The top fifth's least value in the three months before each month.
bars AS (
    SELECT month, quantile_cont(value, 0.8)::BIGINT AS bar
    FROM (SELECT m.month + to_months(s.shift::INTEGER) AS month, m.person, sum(m.value)::BIGINT AS value
          FROM months m, (VALUES (1), (2), (3)) s(shift) GROUP BY ALL)
    GROUP BY month
)
