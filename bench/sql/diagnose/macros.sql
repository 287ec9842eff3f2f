-- Whole-fen arithmetic and the two things every query words alike. A macro is text: it computes nothing by itself.

-- amount x rate, halves up
CREATE MACRO at_rate(amount, rate) AS (amount * (rate * 100000000)::BIGINT * 2 + 100000000) // 200000000;

-- amount x part / whole, halves up; 0 of nothing
CREATE MACRO share(amount, part, whole) AS coalesce((amount * part * 2 + whole) // nullif(whole * 2, 0), 0);

-- qty pieces at a unit price in yuan that may hold parts of a fen, halves to even
CREATE MACRO pieces_fen(unit_price, qty) AS (
    ((unit_price * 1000000)::BIGINT * qty) // 10000
    + (((unit_price * 1000000)::BIGINT * qty) % 10000 > 5000
       OR (((unit_price * 1000000)::BIGINT * qty) % 10000 = 5000
           AND (((unit_price * 1000000)::BIGINT * qty) // 10000) % 2 = 1))::BIGINT);

-- a user's segment at an instant, by the orders before it; the first that fits
CREATE MACRO segment_at(instant, first_day, first_at, last_before, orders_90, margin_90, bar, is_old) AS CASE
    WHEN NOT is_old AND (last_before IS NULL OR first_at >= instant - INTERVAL 30 DAY) THEN 'newcomer'
    WHEN last_before IS NULL AND first_day <= instant - INTERVAL 180 DAY THEN 'lost'
    WHEN last_before IS NULL THEN 'unknown'
    WHEN last_before < instant - INTERVAL 180 DAY THEN 'lost'
    WHEN last_before < instant - INTERVAL 60 DAY THEN 'dormant'
    WHEN bar IS NOT NULL AND orders_90 > 0 AND margin_90 >= bar THEN 'high_value'
    WHEN orders_90 = 1 THEN 'low_frequency'
    ELSE 'regular' END;
