-- needs: results, people
-- key: grant_id
SELECT r.user_id, r.grant_id, r.kind, r.campaign_id, r.at::VARCHAR AS "at", r.spent AS spent_fen,
       p.last_at::VARCHAR AS last_order, count(*) OVER () AS total
FROM results r JOIN people p ON p.person = r.user_id
WHERE r.spent > 0 AND p.last_at <= r.last_draw
ORDER BY spent_fen DESC, r.grant_id
LIMIT 50000
