-- needs: sold, counted
-- key:
-- Commission beyond the rate that the taker's principal had earned; what a level is paid is read off undisputed takers.
WITH steps AS (SELECT row_number() OVER (ORDER BY threshold) AS place, threshold FROM levels),
promoted AS (
    SELECT c.amount, c.rate::DOUBLE AS rate, coalesce(e.place, 0) AS earned, coalesce(h.place, 0) AS held
    FROM (SELECT m.agent_id, m.amount, m.rate, s.at FROM commissions m JOIN sold s ON s.order_id = m.order_id
          WHERE m.status <> 'rejected' AND m.rate > 0) c
    ASOF JOIN counted t ON t.user_id = c.agent_id AND c.at >= t.at
    LEFT JOIN openings o ON o.user_id = c.agent_id
    ASOF LEFT JOIN steps e ON t.principal + coalesce(o.opening, 0) >= e.threshold
    ASOF LEFT JOIN steps h ON t.principal + t.bonus + coalesce(o.opening, 0) >= h.threshold
    WHERE t.bonus > 0
), rates AS (SELECT earned AS place, quantile_cont(rate, 0.5) AS rate FROM promoted WHERE earned = held GROUP BY earned)
SELECT coalesce(sum(round(p.amount * (1.0 - e.rate / h.rate))::BIGINT)
                FILTER (WHERE abs(p.rate - h.rate) < abs(p.rate - e.rate)), 0) AS excess_commission_fen
FROM promoted p JOIN rates e ON e.place = p.earned JOIN rates h ON h.place = p.held
WHERE p.held > p.earned AND h.rate > e.rate
