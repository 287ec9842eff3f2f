-- needs: results, grant_states
-- key: campaign_id, month, segment
-- All campaigns in one query, where ours asks for each.
SELECT r.campaign_id, strftime(date_trunc('month', r.at), '%Y-%m') AS month, t.segment,
       count(DISTINCT r.user_id) AS users, sum(r.fen) AS issued_fen, sum(r.spent) AS spent_fen,
       sum(r.expired) AS expired_fen, sum(r.attributed) AS attributed_value_fen
FROM results r JOIN grant_states t ON t.grant_id = r.grant_id
WHERE r.campaign_id IS NOT NULL
GROUP BY r.campaign_id, date_trunc('month', r.at), t.segment
