-- needs: results, people, bars, span
-- key: campaign_id, month, segment, control, amount_fen
WITH assigned AS (
    SELECT a.assignment_id, a.user_id, a.campaign_id, a.at, a.arm, coalesce(a.amount, 0) AS amount,
           1.0 / coalesce(nullif(a.probability::DOUBLE, 0.0), 1.0) AS weight, coalesce(c.window_days, 14) AS window_days,
           c.value_cap AS cap,
           a.arm = 'control' OR a.arm = 'explore' AND coalesce(a.amount, 0) = 0 AS control
    FROM assignments a LEFT JOIN campaigns c ON c.campaign_id = a.campaign_id
), around AS (
    SELECT a.assignment_id, max(o.at) FILTER (WHERE o.at < a.at) AS last_before,
           min(o.at) FILTER (WHERE o.at >= a.at) AS next_after,
           count(*) FILTER (WHERE o.at < a.at AND o.at >= a.at - INTERVAL 90 DAY) AS orders_90,
           sum(o.value - o.bonus) FILTER (WHERE o.at < a.at AND o.at >= a.at - INTERVAL 90 DAY) AS margin_90_before,
           sum(o.value) FILTER (WHERE o.at < a.at AND o.at >= a.at - INTERVAL 60 DAY) AS value_before,
           sum(o.value) FILTER (WHERE o.at >= a.at AND o.at < a.at + to_days(a.window_days::INTEGER)) AS value_window,
           sum(o.value - o.bonus) FILTER (WHERE o.at >= a.at AND o.at < a.at + INTERVAL 30 DAY) AS margin_30,
           sum(o.value - o.bonus) FILTER (WHERE o.at >= a.at AND o.at < a.at + INTERVAL 90 DAY) AS margin_90
    FROM assigned a JOIN costed o ON o.user_id = a.user_id
    GROUP BY a.assignment_id
), cost AS (
    SELECT assignment_id, sum(fen) AS granted, sum(spent) AS spent, sum(open) AS open
    FROM (SELECT r.grant_id, arg_max(a.assignment_id, (a.at, hash(a.assignment_id))) AS assignment_id, any_value(r.fen) AS fen,
                 any_value(r.spent) AS spent, any_value(r.open) AS open
          FROM results r
          JOIN assigned a ON a.user_id = r.user_id AND a.campaign_id = r.campaign_id AND a.at <= r.at
          GROUP BY r.grant_id)
    GROUP BY assignment_id
), outcomes AS (
    SELECT a.campaign_id, date_trunc('month', a.at) AS month, a.control,
           CASE WHEN a.control THEN 0 ELSE a.amount END AS amount_fen, a.weight AS w,
           segment_at(a.at, s.first_day, p.first_at, t.last_before, coalesce(t.orders_90, 0),
                      coalesce(t.margin_90_before, 0), b.bar,
                      coalesce(p.is_old, t.assignment_id IS NULL AND u.cum_spend > 100, FALSE)) AS segment,
           greatest(least((epoch(s.end_at) - epoch(a.at)) / 86400.0 / a.window_days, 1.0), 0.0) AS maturity,
           a.at + to_days(a.window_days::INTEGER) <= s.end_at AS mature,
           least(coalesce(t.value_window, 0), a.cap)::DOUBLE AS y, coalesce(t.value_before, 0)::DOUBLE AS x,
           coalesce(t.next_after < a.at + to_days(a.window_days::INTEGER), FALSE) AS bought,
           coalesce(c.granted, 0) AS granted, coalesce(c.spent, 0) AS spent, coalesce(c.open, 0) AS open,
           a.at + INTERVAL 30 DAY <= s.end_at AS old_30, a.at + INTERVAL 90 DAY <= s.end_at AS old_90,
           coalesce(t.margin_30, 0)::DOUBLE AS margin_30, coalesce(t.margin_90, 0)::DOUBLE AS margin_90
    FROM assigned a
    LEFT JOIN around t ON t.assignment_id = a.assignment_id
    LEFT JOIN cost c ON c.assignment_id = a.assignment_id
    LEFT JOIN people p ON p.person = a.user_id
    LEFT JOIN users u ON u.user_id = a.user_id
    LEFT JOIN bars b ON b.month = date_trunc('month', a.at)
    CROSS JOIN span s
)
SELECT campaign_id, strftime(month, '%Y-%m') AS month, segment, control, amount_fen, count(*) AS n_all,
       sum(maturity) AS maturity_sum, count(*) FILTER (WHERE mature) AS n,
       coalesce(sum(granted) FILTER (WHERE mature), 0) AS granted_fen,
       coalesce(sum(spent) FILTER (WHERE mature), 0) AS spent_fen,
       coalesce(sum(open) FILTER (WHERE mature), 0) AS open_fen,
       count(*) FILTER (WHERE mature AND bought) AS buyers,
       coalesce(sum(w) FILTER (WHERE mature), 0) AS sum_w, coalesce(sum(w * y) FILTER (WHERE mature), 0) AS sum_wy,
       coalesce(sum(w * w) FILTER (WHERE mature), 0) AS sum_w2,
       coalesce(sum(w * w * y) FILTER (WHERE mature), 0) AS sum_w2y,
       coalesce(sum(w * w * y * y) FILTER (WHERE mature), 0) AS sum_w2y2,
       coalesce(sum(w * x) FILTER (WHERE mature), 0) AS sum_wx,
       coalesce(sum(w * w * x) FILTER (WHERE mature), 0) AS sum_w2x,
       coalesce(sum(w * w * x * x) FILTER (WHERE mature), 0) AS sum_w2x2,
       coalesce(sum(w * w * x * y) FILTER (WHERE mature), 0) AS sum_w2xy,
       coalesce(sum(w) FILTER (WHERE mature AND bought), 0) AS sum_wb,
       coalesce(sum(w * w) FILTER (WHERE mature AND bought), 0) AS sum_w2b,
       count(*) FILTER (WHERE old_30) AS n_30d, coalesce(sum(w) FILTER (WHERE old_30), 0) AS sum_w_30d,
       coalesce(sum(w * margin_30) FILTER (WHERE old_30), 0) AS sum_wm_30d,
       count(*) FILTER (WHERE old_90) AS n_90d, coalesce(sum(w) FILTER (WHERE old_90), 0) AS sum_w_90d,
       coalesce(sum(w * margin_90) FILTER (WHERE old_90), 0) AS sum_wm_90d
FROM outcomes
GROUP BY campaign_id, outcomes.month, segment, control, amount_fen
