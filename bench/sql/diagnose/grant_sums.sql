-- needs: results, people, span
-- key: month, kind, campaign_id, abuser
SELECT strftime(date_trunc('month', r.at), '%Y-%m') AS month, r.kind, r.campaign_id, r.abuser, count(*) AS grants,
       count(DISTINCT r.user_id) AS users, sum(r.fen) AS issued_fen, sum(r.spent) AS spent_fen,
       sum(r.expired) AS expired_fen, sum(r.open) AS open_fen,
       sum(CASE WHEN r.frozen THEN r.open ELSE 0 END) AS frozen_fen,
       sum(CASE WHEN r.last_draw + INTERVAL 60 DAY <= s.end_at AND p.last_at <= r.last_draw THEN r.spent ELSE 0 END)
           AS never_back_fen,
       sum(CASE WHEN r.last_draw + INTERVAL 60 DAY <= s.end_at THEN r.spent ELSE 0 END) AS never_back_known_fen,
       sum(CASE WHEN r.abuser THEN 0 ELSE r.attributed END) AS attributed_value_fen
FROM results r
LEFT JOIN people p ON p.person = r.user_id
CROSS JOIN span s
GROUP BY date_trunc('month', r.at), r.kind, r.campaign_id, r.abuser
