-- key:
SELECT (SELECT sum(amount) FROM recharges WHERE status = 'paid') AS top_up_fen,
       (SELECT sum(amount) FROM balance_entries WHERE kind = 'transfer' AND direction = 'in') AS transfer_fen
