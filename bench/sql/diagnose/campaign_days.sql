-- key: campaign_id, day
SELECT campaign_id, strftime("at"::DATE, '%Y-%m-%d') AS day, sum(amount) AS issued_fen
FROM balance_entries
WHERE direction = 'in' AND kind IN ('recharge_bonus', 'task', 'cashback', 'adjust', 'gift_card_given') AND amount > 0
  AND campaign_id IS NOT NULL
GROUP BY campaign_id, "at"::DATE
