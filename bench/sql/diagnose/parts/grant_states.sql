-- needs: given, people, bars, span
-- Each grant's user as of the grant: their segment, and what they did after. Who spent and has no order in the files
-- spent it before them.
grants_around AS (
    SELECT g.grant_id, max(o.at) FILTER (WHERE o.at < g.at) AS last_before,
           min(o.at) FILTER (WHERE o.at >= g.at) AS next_after,
           count(*) FILTER (WHERE o.at < g.at AND o.at >= g.at - INTERVAL 90 DAY) AS orders_90,
           coalesce(sum(o.value - o.bonus) FILTER (WHERE o.at < g.at AND o.at >= g.at - INTERVAL 90 DAY), 0) AS margin_90
    FROM given g JOIN costed o ON o.user_id = g.user_id
    GROUP BY g.grant_id
),
grant_states AS (
    SELECT g.grant_id, a.last_before, a.next_after, p.last_at,
           coalesce(p.is_old, a.grant_id IS NULL AND u.cum_spend > 100, FALSE) AS is_old,
           segment_at(g.at, s.first_day, p.first_at, a.last_before, coalesce(a.orders_90, 0), coalesce(a.margin_90, 0),
                      b.bar, coalesce(p.is_old, a.grant_id IS NULL AND u.cum_spend > 100, FALSE)) AS segment
    FROM given g
    LEFT JOIN grants_around a ON a.grant_id = g.grant_id
    LEFT JOIN people p ON p.person = g.user_id
    LEFT JOIN users u ON u.user_id = g.user_id
    LEFT JOIN bars b ON b.month = date_trunc('month', g.at)
    CROSS JOIN span s
)
