-- key: payment_channel
SELECT p.payment_channel, any_value(h.provider) AS provider, count(*) AS payments, sum(p.amount) AS amount_fen,
       coalesce(sum(p.fee), 0) AS fee_fen,
       sum(CASE WHEN p.fee IS NULL THEN coalesce(at_rate(p.amount, h.fee_rate) + coalesce(h.fee_fixed, 0), 0)
                ELSE 0 END) AS estimated_fee_fen,
       max(h.fee_rate)::DOUBLE AS listed_rate, max(coalesce(h.fee_fixed, 0)) AS listed_fixed_fen,
       sum(CASE WHEN p.fee IS NULL AND h.fee_rate IS NULL THEN p.amount ELSE 0 END) AS untold_fen
FROM (SELECT payment_channel, paid AS amount, payment_fee AS fee FROM orders
      WHERE status IN ('paid', 'delivered', 'partly_refunded', 'refunded') AND paid > 0
        AND payment_channel IS NOT NULL
      UNION ALL
      SELECT payment_channel, amount, fee FROM recharges
      WHERE status = 'paid' AND payment_channel IS NOT NULL) p
LEFT JOIN payment_channels h ON h.payment_channel = p.payment_channel
GROUP BY p.payment_channel
