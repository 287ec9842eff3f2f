-- needs: draws, firsts
-- Grants with what became of them. An order's value and costs are split over the grants it drew, by fen.
pieces AS (
    SELECT l.grant_id, d.tie, d.ordered, d.at, d.fen, d.value, d.price, d.costs,
           greatest(d.start, l.start) - d.start AS first, least(d.stop, l.stop) - d.start AS last
    FROM draws d
    JOIN lots l ON l.user_id = d.user_id AND l.start < d.stop AND d.start < l.stop
),
drawn AS (
    SELECT grant_id, sum(last - first) FILTER (WHERE ordered) AS spent,
           sum(last - first) FILTER (WHERE NOT ordered) AS taken_back,
           sum(coalesce((value * last) // nullif(fen, 0) - (value * first) // nullif(fen, 0), 0)) AS value,
           sum(coalesce((costs * last) // nullif(price, 0) - (costs * first) // nullif(price, 0), 0)) AS ride,
           sum(coalesce((costs * last) // nullif(price, 0) - (costs * first) // nullif(price, 0), 0))
               FILTER (WHERE ordered AND tie IN (SELECT order_id FROM firsts)) AS first_ride,
           max("at") FILTER (WHERE ordered) AS last_draw
    FROM pieces GROUP BY grant_id
),
credited AS (
    SELECT grant_id, sum(value) AS value
    FROM (SELECT o.order_id, arg_max(l.grant_id, row(l.at, hash(l.grant_id))) AS grant_id, any_value(o.value) AS value
          FROM costed o
          JOIN given l ON l.user_id = o.user_id AND o.at >= l.at AND o.at < l.at + to_days(l.window_days::INTEGER)
          WHERE o.bonus = 0 GROUP BY o.order_id)
    GROUP BY grant_id
),
results AS (
    SELECT l.*, coalesce(d.spent, 0)::BIGINT AS spent, (l.lapsed + coalesce(d.taken_back, 0))::BIGINT AS expired,
           (l.fen - coalesce(d.spent, 0) - l.lapsed - coalesce(d.taken_back, 0))::BIGINT AS open,
           (coalesce(d.value, 0) + coalesce(c.value, 0))::BIGINT AS attributed, coalesce(d.ride, 0)::BIGINT AS ride,
           coalesce(d.first_ride, 0)::BIGINT AS first_ride, d.last_draw
    FROM lots l
    LEFT JOIN drawn d ON d.grant_id = l.grant_id
    LEFT JOIN credited c ON c.grant_id = l.grant_id
)
