-- needs: classed
-- key: kind, depth, month, segment, campaign_id, source
WITH firsts AS (
    SELECT o.person, min(o.at) AS "at", min(o.source) AS source, arg_min(o.fee + o.agent, o.order_id) AS fees
    FROM costed o
    JOIN (SELECT c.person, min(c.at) AS "at" FROM costed c JOIN people p ON p.person = c.person
          WHERE NOT c.abuser AND c.refund < c.price AND NOT p.is_old GROUP BY c.person) f
        ON f.person = o.person AND f.at = o.at
    WHERE NOT o.abuser AND o.refund < o.price
    GROUP BY o.person
), won AS (
    SELECT f.*, (SELECT arg_max(g.campaign_id, g.at) FROM given g
                 WHERE g.user_id = f.person AND g.campaign_id IS NOT NULL
                   AND f.at >= g.at AND f.at < g.at + to_days(g.window_days::INTEGER)) AS campaign_id
    FROM firsts f
), rewards AS (
    SELECT unit_kind AS kind, month, segment, campaign_id, source,
           CASE grouping(month, segment, campaign_id, source)
               WHEN 15 THEN 'all' WHEN 7 THEN 'month' WHEN 11 THEN 'segment' WHEN 13 THEN 'campaign'
               WHEN 14 THEN 'source' ELSE 'cell' END AS depth,
           sum(fen) AS granted_fen, sum(spent) AS spent_fen, sum(open) AS open_fen,
           CASE WHEN unit_kind = 'CAC' THEN 0 ELSE sum(ride) END AS fees_fen, count(DISTINCT user_id) AS users_rewarded,
           CASE WHEN unit_kind = 'CAC' THEN 0 ELSE count(DISTINCT user_id) FILTER (WHERE acted) END AS n
    FROM classed
    GROUP BY GROUPING SETS ((unit_kind), (unit_kind, month), (unit_kind, segment), (unit_kind, campaign_id),
                            (unit_kind, source), (unit_kind, month, segment, campaign_id, source))
), wins AS (
    SELECT 'CAC' AS kind, month, segment, campaign_id, source,
           CASE grouping(month, segment, campaign_id, source)
               WHEN 15 THEN 'all' WHEN 7 THEN 'month' WHEN 11 THEN 'segment' WHEN 13 THEN 'campaign'
               WHEN 14 THEN 'source' ELSE 'cell' END AS depth,
           0 AS granted_fen, 0 AS spent_fen, 0 AS open_fen, sum(fees) AS fees_fen, 0 AS users_rewarded, count(*) AS n
    FROM (SELECT date_trunc('month', "at") AS month, 'newcomer' AS segment, campaign_id, source, fees FROM won)
    GROUP BY GROUPING SETS ((), (month), (segment), (campaign_id), (source), (month, segment, campaign_id, source))
)
SELECT kind, depth, strftime(month, '%Y-%m') AS month, segment, campaign_id, source, sum(granted_fen) AS granted_fen,
       sum(spent_fen) AS spent_fen, sum(open_fen) AS open_fen, sum(fees_fen) AS fees_fen,
       sum(users_rewarded) AS users_rewarded, sum(n) AS n
FROM (FROM rewards UNION ALL BY NAME FROM wins)
GROUP BY ALL
