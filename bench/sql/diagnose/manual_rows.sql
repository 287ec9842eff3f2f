-- needs: given
-- key: grant_id
SELECT grant_id, user_id, "at"::VARCHAR AS "at", fen AS issued_fen, count(*) OVER () AS total
FROM given
WHERE kind = 'adjust' AND campaign_id IS NULL
ORDER BY issued_fen DESC, grant_id
LIMIT 50000
