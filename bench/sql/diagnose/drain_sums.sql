-- needs: levelled
-- key:
SELECT count(DISTINCT user_id) FILTER (WHERE fits) AS users, count(*) FILTER (WHERE fits) AS orders,
       count(*) FILTER (WHERE fits) AS fits_with_bonus, count(*) FILTER (WHERE NOT fits) AS fits_without,
       coalesce(sum(with_bonus - earned) FILTER (WHERE fits), 0) AS excess_discount_fen,
       coalesce(sum(discount), 0) AS discount_fen
FROM levelled WHERE with_bonus > earned
