-- needs: results
-- key: user_id
SELECT user_id, count(*) AS grants, sum(fen) AS issued_fen, sum(spent) AS spent_fen, count(*) OVER () AS total
FROM results
WHERE abuser
GROUP BY user_id
ORDER BY spent_fen DESC, user_id
LIMIT 50000
