-- needs: lots
-- key:
-- What expired and stands on no grant of its own user.
SELECT (SELECT coalesce(sum(amount), 0) FROM balance_entries WHERE direction = 'out' AND kind = 'expire')
       - (SELECT coalesce(sum(lapsed), 0) FROM lots) AS handed_on_expired_fen
