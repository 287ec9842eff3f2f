-- needs: given
-- Grants laid end to end on their user's line of fen, what expired taken out: an expiry falls on the grant of its
-- campaign whose age is nearest to the term of its kind: told by expiries that only one grant can have had, else the
-- commonest number of days. Moves of one moment stand by a hash of their id.
expiries AS (
    SELECT entry_id AS expiry, user_id, "at", coalesce(campaign_id, '') AS campaign, amount
    FROM balance_entries WHERE direction = 'out' AND kind = 'expire'
),
expiry_pairs AS (
    SELECT x.expiry, x.amount, x.campaign, g.grant_id, g.kind, epoch(x.at)::BIGINT - epoch(g.at)::BIGINT AS age,
           age // 86400 AS age_days, count(*) OVER (PARTITION BY x.expiry) AS candidates
    FROM expiries x
    JOIN given g ON g.user_id = x.user_id AND coalesce(g.campaign_id, '') = x.campaign AND g.at <= x.at
),
usual_days AS (
    SELECT campaign, kind, age_days, row_number() OVER (PARTITION BY campaign, kind ORDER BY count(*) DESC, age_days) AS place
    FROM expiry_pairs GROUP BY campaign, kind, age_days
),
terms AS (
    SELECT p.campaign, p.kind, count(*) FILTER (WHERE p.age_days = u.age_days) AS support,
           coalesce(quantile_cont(p.age, 0.5) FILTER (WHERE p.candidates = 1),
                    quantile_cont(p.age, 0.5) FILTER (WHERE p.age_days = u.age_days)) AS term
    FROM expiry_pairs p
    JOIN usual_days u ON u.campaign = p.campaign AND u.kind = p.kind AND u.place = 1
    GROUP BY p.campaign, p.kind
),
lapses AS (
    SELECT grant_id, sum(amount)::BIGINT AS amount
    FROM (SELECT p.expiry, arg_min(p.grant_id, row(abs(p.age - t.term) + 86400 / t.support, hash(p.grant_id))) AS grant_id,
                 any_value(p.amount) AS amount
          FROM expiry_pairs p JOIN terms t ON t.campaign = p.campaign AND t.kind = p.kind GROUP BY p.expiry)
    GROUP BY grant_id
),
lots AS (
    SELECT g.*, least(coalesce(l.amount, 0), g.fen) AS lapsed,
           sum(g.fen - least(coalesce(l.amount, 0), g.fen))
               OVER (PARTITION BY g.user_id ORDER BY g.at, hash(g.grant_id) ROWS UNBOUNDED PRECEDING)::BIGINT AS stop,
           stop - (g.fen - lapsed) AS start
    FROM given g LEFT JOIN lapses l ON l.grant_id = g.grant_id
)
