-- Orders that were paid for, with who bought, when, and at what price.
sold AS (
    SELECT o.order_id, o.user_id, coalesce(o.user_id, 'guest:' || o.guest_key, 'order:' || o.order_id) AS person,
           coalesce(o.paid_at, o.created_at) AS "at", o.status, o.source, o.agent_id, o.product_id, o.qty,
           o.payment_channel, o.paid, o.balance_paid AS principal, o.bonus_paid AS bonus,
           o.paid + o.balance_paid + o.bonus_paid AS price, o.cost_of_goods, o.payment_fee, o.site_fee,
           o.agent_commission, u.user_id IS NOT NULL AS abuser
    FROM orders o
    LEFT JOIN (SELECT user_id FROM users WHERE status = 'abuser') u ON u.user_id = o.user_id
    WHERE o.status IN ('paid', 'delivered', 'partly_refunded', 'refunded')
)
