-- needs: agented
-- key: source, layer, agent_id
WITH chain AS (
    SELECT a.agent_id AS seller, a.agent_id AS taker, a.upline_id AS up, 0 AS distance, a.level AS seller_layer
    FROM agents a
    UNION ALL
    SELECT c.seller, a.agent_id, a.upline_id, c.distance + 1, c.seller_layer
    FROM chain c JOIN agents a ON a.agent_id = c.up WHERE c.distance < 31
), prices AS (
    SELECT product_id, level, min(price) AS price FROM agent_prices GROUP BY ALL
), takes AS (
    SELECT o.source, c.level AS layer, c.agent_id, o.price, o.bonus, c.amount, 0 AS gap
    FROM agented o JOIN commissions c ON c.order_id = o.order_id
    WHERE NOT o.abuser AND c.status <> 'rejected'
    UNION ALL
    SELECT o.source, a.level, o.agent_id, o.price, o.bonus, o.commission, 0
    FROM agented o LEFT JOIN agents a ON a.agent_id = o.agent_id
    WHERE NOT o.abuser AND o.commission > 0 AND NOT EXISTS (FROM commissions c WHERE c.order_id = o.order_id)
    UNION ALL
    SELECT o.source, c.seller_layer - c.distance, c.taker, o.price, o.bonus, g.gap, g.gap
    FROM agented o
    JOIN chain c ON c.seller = o.agent_id
    JOIN prices own ON own.product_id = o.product_id AND own.level = c.seller_layer - c.distance
    LEFT JOIN prices below ON below.product_id = o.product_id AND below.level = c.seller_layer - c.distance + 1
                          AND c.distance > 0,
    LATERAL (SELECT greatest(coalesce(pieces_fen(below.price, o.qty), o.price) - pieces_fen(own.price, o.qty), 0)
                 AS gap) g
    WHERE NOT o.abuser AND o.gap > 0
)
SELECT source, layer, agent_id, count(*) AS orders, sum(price) AS price_fen, sum(amount) AS take_fen,
       sum(gap) AS gap_fen, sum(share(bonus, amount, price)) AS bonus_take_fen
FROM takes
GROUP BY ALL
