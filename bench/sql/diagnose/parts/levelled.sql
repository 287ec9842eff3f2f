-- needs: sold, counted
-- Orders whose user's level with top-up bonus counted lies above the one their principal alone had earned.
standing AS (
    SELECT s.order_id, s.user_id, s.at, s.price, c.principal + coalesce(p.opening, 0) AS own,
           c.principal + c.bonus + coalesce(p.opening, 0) AS own_and_bonus
    FROM sold s
    ASOF JOIN counted c ON c.user_id = s.user_id AND s.at >= c.at
    LEFT JOIN openings p ON p.user_id = s.user_id
    WHERE NOT s.abuser AND c.bonus > 0
),
levelled AS (
    SELECT s.order_id, s.user_id, s.at, o.level_discount AS discount,
           coalesce(pieces_fen(o.list_price, o.qty),
                    s.price + coalesce(o.coupon, 0) + coalesce(o.level_discount, 0) + coalesce(o.promo_discount, 0))
               AS list_fen,
           at_rate(list_fen, coalesce(l.discount, 0)) AS earned,
           at_rate(list_fen, coalesce(b.discount, 0)) AS with_bonus,
           abs(o.level_discount - with_bonus) < abs(o.level_discount - earned) AS fits
    FROM standing s
    JOIN orders o ON o.order_id = s.order_id
    ASOF LEFT JOIN levels l ON s.own >= l.threshold
    ASOF LEFT JOIN levels b ON s.own_and_bonus >= b.threshold
    WHERE coalesce(b.discount, 0) > coalesce(l.discount, 0)
)
