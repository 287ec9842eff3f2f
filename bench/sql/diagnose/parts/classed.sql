-- needs: results, grant_states
-- Grants by what they were for: to win (CAC), to keep (CRC) or to convert (CCV), and whether that happened.
intents AS (
    SELECT DISTINCT g.grant_id
    FROM given g
    JOIN events e ON e.user_id = g.user_id AND e.at <= g.at AND e.at >= g.at - INTERVAL 7 DAY
    WHERE g.purpose IS NULL AND g.kind <> 'recharge_bonus'
      AND e.type IN ('product.viewed', 'browse', 'view', 'cart', 'cart.added', 'top_up', 'recharge', 'topup_intent')
),
sources AS (SELECT person, arg_min(source, row("at", order_id)) AS source FROM costed WHERE NOT abuser GROUP BY person),
classed AS (
    SELECT r.*, t.segment, date_trunc('month', r.at) AS month, coalesce(s.source, 'none') AS source,
           CASE WHEN r.purpose = 'acquire' THEN 'CAC'
                WHEN r.purpose = 'convert' THEN 'CCV'
                WHEN r.purpose IN ('retain', 'reactivate') THEN 'CRC'
                WHEN t.last_before IS NULL AND NOT coalesce(t.is_old, FALSE) THEN 'CAC'
                WHEN (r.kind = 'recharge_bonus' OR i.grant_id IS NOT NULL)
                     AND (t.last_before IS NULL OR t.last_before < r.at - INTERVAL 7 DAY) THEN 'CCV'
                ELSE 'CRC' END AS unit_kind,
           CASE unit_kind
               WHEN 'CRC' THEN (t.last_before IS NOT NULL OR coalesce(t.is_old, FALSE))
                               AND coalesce(t.next_after < r.at + INTERVAL 30 DAY, FALSE)
               WHEN 'CCV' THEN coalesce(t.next_after < r.at + to_days(r.window_days::INTEGER), FALSE)
               ELSE FALSE END AS acted
    FROM results r
    JOIN grant_states t ON t.grant_id = r.grant_id
    LEFT JOIN intents i ON i.grant_id = r.grant_id
    LEFT JOIN sources s ON s.person = r.user_id
)
