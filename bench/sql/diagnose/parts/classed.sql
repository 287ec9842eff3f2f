-- needs: results, grant_states
-- Grants by what they were for: to win (CAC), to keep (CRC) or to convert (CCV), and whether that happened.
signs AS (
    SELECT user_id, "at" FROM events
    WHERE type IN ('product.viewed', 'browse', 'view', 'cart', 'cart.added', 'top_up', 'recharge', 'topup_intent')
    UNION ALL
    SELECT user_id, created_at FROM recharges
),
intents AS (
    SELECT DISTINCT g.grant_id
    FROM given g
    JOIN signs e ON e.user_id = g.user_id AND e.at <= g.at AND e.at >= g.at - INTERVAL 7 DAY
    WHERE (g.purpose IS NULL OR g.purpose = 'convert') AND g.kind <> 'recharge_bonus'
),
sources AS (SELECT person, arg_min(source, row("at", hash(order_id))) AS source FROM costed WHERE NOT abuser GROUP BY person),
classed AS (
    SELECT r.*, t.segment, t.next_after, date_trunc('month', r.at) AS month, coalesce(s.source, 'none') AS source,
           (r.kind = 'recharge_bonus' OR i.grant_id IS NOT NULL)
               AND (t.last_before IS NULL OR t.last_before < r.at - INTERVAL 7 DAY) AS hesitant,
           CASE WHEN r.purpose = 'acquire' THEN 'CAC'
                WHEN r.purpose = 'convert' THEN 'CCV'
                WHEN r.purpose IN ('retain', 'reactivate') THEN 'CRC'
                WHEN t.last_before IS NULL AND NOT coalesce(t.is_old, FALSE) THEN 'CAC'
                WHEN hesitant THEN 'CCV'
                ELSE 'CRC' END AS unit_kind,
           NOT r.abuser AND CASE unit_kind
               WHEN 'CRC' THEN (t.last_before IS NOT NULL OR coalesce(t.is_old, FALSE))
                               AND coalesce(t.next_after < r.at + INTERVAL 30 DAY, FALSE)
               WHEN 'CCV' THEN hesitant AND coalesce(t.next_after < r.at + to_days(r.window_days::INTEGER), FALSE)
               ELSE FALSE END AS acted
    FROM results r
    JOIN grant_states t ON t.grant_id = r.grant_id
    LEFT JOIN intents i ON i.grant_id = r.grant_id
    LEFT JOIN sources s ON s.person = r.user_id
)
