-- needs: costed
-- key: recency, frequency
-- Equal ranks are told apart by the first order that was not wholly refunded, then by the hash of the name, as ours are.
SELECT recency, frequency, count(*) AS users, sum(value) AS value_fen
FROM (SELECT value, ntile(5) OVER (ORDER BY last_at, first_kept.key, hash(person)) AS recency,
             ntile(5) OVER (ORDER BY orders, price, first_kept.key, hash(person)) AS frequency
      FROM (SELECT person, max("at") AS last_at, count(*) AS orders, sum(price)::BIGINT AS price,
                   sum(value)::BIGINT AS value,
                   min({'at': "at", 'key': hash(order_id) // 2}) FILTER (WHERE refund < price) AS first_kept
            FROM costed WHERE NOT abuser GROUP BY person))
GROUP BY recency, frequency
