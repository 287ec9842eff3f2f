-- needs: given
-- Grants laid end to end on their user's line of fen, what expired taken out: an expiry falls on the grant of its
-- campaign whose age is nearest to the usual term of its kind.
expiries AS (
    SELECT entry_id AS expiry, user_id, "at", coalesce(campaign_id, '') AS campaign, amount
    FROM balance_entries WHERE direction = 'out' AND kind = 'expire'
),
expiry_pairs AS (
    SELECT x.expiry, x.amount, x.campaign, g.grant_id, g.kind, g.held, epoch(x.at)::BIGINT - epoch(g.at)::BIGINT AS age,
           age // 86400 AS age_days
    FROM expiries x
    JOIN (SELECT grant_id, user_id, "at", kind, coalesce(campaign_id, '') AS campaign,
                 count(*) OVER (PARTITION BY user_id, coalesce(campaign_id, '')) AS held
          FROM given) g
        ON g.user_id = x.user_id AND g.campaign = x.campaign AND g.at <= x.at
),
terms AS (
    SELECT p.campaign, p.kind, count(*) FILTER (WHERE p.age_days = u.age_days) AS support,
           coalesce(quantile_cont(p.age, 0.5) FILTER (WHERE p.held = 1),
                    quantile_cont(p.age, 0.5) FILTER (WHERE p.age_days = u.age_days)) AS term
    FROM expiry_pairs p
    JOIN (SELECT campaign, kind, mode(age_days) AS age_days FROM expiry_pairs GROUP BY ALL) u
        ON u.campaign = p.campaign AND u.kind = p.kind
    GROUP BY p.campaign, p.kind
),
lapses AS (
    SELECT grant_id, sum(amount)::BIGINT AS amount
    FROM (SELECT p.expiry, arg_min(p.grant_id, abs(p.age - t.term) + 86400 / t.support) AS grant_id,
                 any_value(p.amount) AS amount
          FROM expiry_pairs p JOIN terms t ON t.campaign = p.campaign AND t.kind = p.kind GROUP BY p.expiry)
    GROUP BY grant_id
),
lots AS (
    SELECT g.*, least(coalesce(l.amount, 0), g.fen) AS lapsed,
           sum(g.fen - least(coalesce(l.amount, 0), g.fen))
               OVER (PARTITION BY g.user_id ORDER BY g.at, g.grant_id ROWS UNBOUNDED PRECEDING)::BIGINT AS stop,
           stop - (g.fen - lapsed) AS start
    FROM given g LEFT JOIN lapses l ON l.grant_id = g.grant_id
)
