-- needs: results, grant_states
-- key: segment
WITH recent AS (
    SELECT o.person, count(*) AS orders_90, sum(o.value - o.bonus)::BIGINT AS margin_90
    FROM costed o, span s WHERE NOT o.abuser AND o.at >= s.end_at - INTERVAL 90 DAY GROUP BY o.person
), now AS (
    SELECT segment_at(s.end_at, s.first_day, p.first_at, p.last_at, coalesce(r.orders_90, 0), coalesce(r.margin_90, 0),
                      b.bar, p.is_old) AS segment, count(*) AS users
    FROM people p
    CROSS JOIN span s
    LEFT JOIN recent r ON r.person = p.person
    CROSS JOIN (SELECT quantile_cont(margin_90, 0.8)::BIGINT AS bar FROM recent) b
    GROUP BY 1
), granted AS (
    SELECT t.segment, sum(r.fen) AS granted_fen, sum(r.spent) AS spent_fen,
           sum(CASE WHEN r.abuser THEN 0 ELSE r.attributed END) AS attributed_value_fen
    FROM results r JOIN grant_states t ON t.grant_id = r.grant_id
    GROUP BY t.segment
)
SELECT segment, coalesce(n.users, 0) AS users, coalesce(g.granted_fen, 0) AS granted_fen,
       coalesce(g.spent_fen, 0) AS spent_fen, coalesce(g.attributed_value_fen, 0) AS attributed_value_fen
FROM now n FULL JOIN granted g USING (segment)
