-- needs: lots, costed
-- Draws on bonus, by orders or by what was taken back, on the same line; what no earlier grant covers is legacy.
-- Of one moment what was given comes first, then what was taken back; moves of one kind stand by a hash of their id.
moves AS (
    SELECT user_id, "at", 2 AS place, order_id AS tie, TRUE AS ordered, bonus AS fen, value, price,
           charged_fee + site_cost + platform_cut + agent AS costs
    FROM costed WHERE bonus > 0 AND user_id IS NOT NULL
    UNION ALL
    SELECT user_id, "at", 1, entry_id, FALSE, amount, 0, 0, 0
    FROM balance_entries WHERE direction = 'out' AND kind IN ('clawback', 'adjust')
    UNION ALL
    SELECT user_id, "at", 0, grant_id, FALSE, fen - lapsed, 0, 0, 0 FROM lots
),
owing AS (
    SELECT *, sum(CASE WHEN place = 0 THEN -fen ELSE fen END)
                  OVER (PARTITION BY user_id ORDER BY "at", place, hash(tie) ROWS UNBOUNDED PRECEDING)::BIGINT AS owed
    FROM moves
),
uncovering AS (
    SELECT *, greatest(max(owed) OVER (PARTITION BY user_id ORDER BY "at", place, hash(tie) ROWS UNBOUNDED PRECEDING), 0)
                  AS uncovered
    FROM owing
),
covering AS (
    SELECT *, fen - (uncovered - coalesce(lag(uncovered) OVER (PARTITION BY user_id ORDER BY "at", place, hash(tie)), 0))
                  AS covered
    FROM uncovering
),
draws AS (
    SELECT user_id, "at", tie, ordered, fen, value, price, costs, covered,
           sum(covered) OVER (PARTITION BY user_id ORDER BY "at", place, hash(tie) ROWS UNBOUNDED PRECEDING)::BIGINT AS stop,
           stop - covered AS start
    FROM covering WHERE place > 0
)
