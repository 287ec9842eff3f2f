-- Bonus grants: entries of incentive kinds that came in, with their campaign's window and their user's standing.
given AS (
    SELECT e.entry_id AS grant_id, e.user_id, e.at, e.kind, e.campaign_id, c.purpose, e.amount AS fen,
           coalesce(c.window_days, 14) AS window_days,
           coalesce(u.status = 'abuser', FALSE) AS abuser, coalesce(u.status = 'frozen', FALSE) AS frozen
    FROM balance_entries e
    LEFT JOIN campaigns c ON c.campaign_id = e.campaign_id
    LEFT JOIN (SELECT user_id, status FROM users WHERE status IN ('abuser', 'frozen')) u ON u.user_id = e.user_id
    WHERE e.direction = 'in' AND e.kind IN ('recharge_bonus', 'task', 'cashback', 'adjust', 'gift_card_given') AND e.amount > 0
)
