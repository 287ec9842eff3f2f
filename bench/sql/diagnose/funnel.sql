-- needs: sold, span
-- key:
-- One query for the five steps.
SELECT (SELECT count(*) FROM users WHERE created_at >= (SELECT first_day FROM span)) AS registered,
       e.browsed, e.carted, p.ordered, p.ordered_again
FROM (SELECT count(DISTINCT coalesce(user_id, visitor)) FILTER (WHERE type IN ('product.viewed', 'browse', 'view'))
                 AS browsed,
             count(DISTINCT coalesce(user_id, visitor)) FILTER (WHERE type IN ('cart', 'cart.added')) AS carted
      FROM events) e,
     (SELECT count(*) AS ordered, count(*) FILTER (WHERE orders > 1) AS ordered_again
      FROM (SELECT count(*) AS orders FROM sold WHERE NOT abuser GROUP BY person)) p
