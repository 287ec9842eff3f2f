-- needs: levelled
-- key: order_id
-- The rows behind a finding: the first 50,000, and how many there are.
SELECT order_id, user_id, strftime(date_trunc('month', "at"), '%Y-%m') AS month, list_fen, discount AS discount_fen,
       earned AS earned_fen, with_bonus - earned AS excess_fen, count(*) OVER () AS total
FROM levelled
WHERE with_bonus > earned AND fits
ORDER BY excess_fen DESC, order_id
LIMIT 50000
