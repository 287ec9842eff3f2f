-- needs: sold
-- Sold orders with the commission on them and the price gap above the first layer's price.
agented AS (
    SELECT s.*, coalesce(c.amount, s.agent_commission, 0) AS commission,
           CASE WHEN s.agent_id IS NULL OR s.source IN ('promoter', 'ad', 'direct') THEN 0
                ELSE coalesce(greatest(s.price - pieces_fen(f.price, s.qty), 0), 0) END AS whole_gap,
           CASE WHEN abs(coalesce(c.amount, s.agent_commission, 0) - whole_gap) <= 1 THEN 0
                ELSE whole_gap END AS gap
    FROM sold s
    LEFT JOIN (SELECT order_id, sum(amount)::BIGINT AS amount FROM commissions
               WHERE status <> 'rejected' GROUP BY order_id) c ON c.order_id = s.order_id
    LEFT JOIN (SELECT product_id, min(price) AS price FROM agent_prices
               WHERE level = (SELECT min(level) FROM agent_prices) GROUP BY product_id) f
        ON f.product_id = s.product_id
)
