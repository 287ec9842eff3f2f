-- needs: classed
-- key: kind, depth, month, segment, campaign_id, source
WITH won AS (
    SELECT f.person, date_trunc('month', o.at) AS month, o.source, o.fee + o.agent + o.site_cost + o.platform_cut AS fees,
           arg_min(g.campaign_id, row(-epoch_us(g.at), g.campaign_id)) AS campaign_id
    FROM firsts f
    JOIN costed o ON o.order_id = f.order_id
    LEFT JOIN classed g ON g.user_id = f.person AND g.unit_kind = 'CAC' AND g.campaign_id IS NOT NULL
                       AND o.at >= g.at AND o.at < g.at + to_days(g.window_days::INTEGER)
    GROUP BY ALL
), told AS (
    SELECT *, ride - first_ride AS riding,
           row_number() OVER (PARTITION BY user_id, unit_kind, acted, next_after
                              ORDER BY "at" DESC, campaign_id, fen) = 1 AS last_before_order
    FROM classed
), costs AS (
    SELECT unit_kind AS kind, month, segment, campaign_id, source, fen AS granted_fen, spent AS spent_fen,
           open AS open_fen, CASE unit_kind WHEN 'CAC' THEN 0 ELSE riding END AS fees_fen, 1 AS grants,
           (kind = 'gift_card_given')::INTEGER AS codes,
           (unit_kind = 'CCV' AND acted AND last_before_order)::INTEGER AS n
    FROM told
    UNION ALL BY NAME
    SELECT 'other' AS kind, month, segment, campaign_id, source, riding AS fees_fen FROM told
    WHERE unit_kind = 'CAC' AND riding > 0
    UNION ALL BY NAME
    SELECT 'CAC' AS kind, month, 'newcomer' AS segment, campaign_id, source, fees AS fees_fen, 1 AS n FROM won
    UNION ALL BY NAME
    SELECT 'other' AS kind, date_trunc('month', d.at) AS month, 'unknown' AS segment,
           coalesce(s.source, 'none') AS source, d.fen - d.covered AS spent_fen,
           CASE WHEN f.order_id IS NULL THEN (d.costs * (d.fen - d.covered)) // d.price ELSE 0 END AS fees_fen
    FROM draws d
    LEFT JOIN firsts f ON f.order_id = d.tie
    LEFT JOIN (SELECT person, arg_min(source, row("at", hash(order_id))) AS source FROM costed WHERE NOT abuser
               GROUP BY person) s ON s.person = d.user_id
    WHERE d.ordered AND d.fen > d.covered
), cuts AS (
    SELECT * FROM (VALUES ('all', 0, 0, 0, 0), ('month', 1, 0, 0, 0), ('segment', 0, 1, 0, 0),
                          ('campaign', 0, 0, 1, 0), ('source', 0, 0, 0, 1), ('cell', 1, 1, 1, 1))
        cuts(depth, by_month, by_segment, by_campaign, by_source)
), heads AS (
    SELECT kind, depth, month, segment, campaign_id, source, count(*) AS users_rewarded,
           count(*) FILTER (WHERE kind = 'CRC' AND acted) AS n
    FROM (SELECT t.unit_kind AS kind, c.depth, CASE c.by_month WHEN 1 THEN t.month END AS month,
                 CASE c.by_segment WHEN 1 THEN t.segment END AS segment,
                 CASE c.by_campaign WHEN 1 THEN t.campaign_id END AS campaign_id,
                 CASE c.by_source WHEN 1 THEN t.source END AS source, t.user_id, t.month AS given,
                 arg_min(t.acted, row(t.at, NOT t.acted)) AS acted
          FROM told t CROSS JOIN cuts c GROUP BY ALL)
    GROUP BY ALL
), rolled AS (
    SELECT k.kind, c.depth, CASE c.by_month WHEN 1 THEN k.month END AS month,
           CASE c.by_segment WHEN 1 THEN k.segment END AS segment,
           CASE c.by_campaign WHEN 1 THEN k.campaign_id END AS campaign_id,
           CASE c.by_source WHEN 1 THEN k.source END AS source, k.granted_fen, k.spent_fen, k.open_fen, k.fees_fen,
           k.grants, k.codes, 0 AS users_rewarded, k.n
    FROM costs k CROSS JOIN cuts c
    UNION ALL BY NAME
    FROM heads
)
SELECT kind, depth, strftime(month, '%Y-%m') AS month, segment, campaign_id, source,
       coalesce(sum(granted_fen), 0) AS granted_fen, coalesce(sum(spent_fen), 0) AS spent_fen,
       coalesce(sum(open_fen), 0) AS open_fen, coalesce(sum(fees_fen), 0) AS fees_fen,
       coalesce(sum(grants), 0) AS grants, coalesce(sum(codes), 0) AS codes,
       coalesce(sum(users_rewarded), 0) AS users_rewarded, coalesce(sum(n), 0) AS n
FROM rolled
GROUP BY kind, depth, rolled.month, segment, campaign_id, source
