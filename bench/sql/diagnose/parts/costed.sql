-- needs: agented
-- Sold orders with every cost on them, in fen; value is the price less everything known.
costed AS (
    SELECT s.*, s.commission + s.gap AS agent,
           least(coalesce(r.amount, CASE WHEN s.status = 'refunded' THEN s.price ELSE 0 END), s.price) AS refund,
           coalesce(s.cost_of_goods, pieces_fen(p.cost, s.qty)) AS known_goods,
           coalesce(known_goods, 0) AS goods,
           CASE WHEN known_goods IS NULL THEN s.price ELSE 0 END AS unknown_goods,
           at_rate(s.principal, t.rate) AS carried_fee,
           coalesce(s.payment_fee,
                    CASE WHEN s.paid > 0 THEN at_rate(s.paid, h.fee_rate) + coalesce(h.fee_fixed, 0) ELSE 0 END, 0)
               AS charged_fee,
           charged_fee + carried_fee AS fee,
           coalesce(s.site_fee, 0) AS site_cost,
           CASE WHEN k.rate IS NULL THEN 0 ELSE at_rate(s.price, k.rate) END AS platform_cut,
           s.price - refund - goods - fee - site_cost - platform_cut - agent AS value
    FROM agented s
    LEFT JOIN (SELECT order_id, sum(amount)::BIGINT AS amount FROM refunds GROUP BY order_id) r
        ON r.order_id = s.order_id
    LEFT JOIN products p ON p.product_id = s.product_id
    LEFT JOIN payment_channels h ON h.payment_channel = s.payment_channel
    LEFT JOIN (SELECT * FROM costs WHERE part = 'platform_cut' AND base = 'order_price' AND scope = 'source') k
        ON k.scope_id = s.source AND s.at::DATE BETWEEN k.from::DATE AND k.to::DATE
    CROSS JOIN (SELECT (sum(fee) / sum(amount))::DECIMAL(12, 8) AS rate FROM recharges WHERE status = 'paid') t
)
