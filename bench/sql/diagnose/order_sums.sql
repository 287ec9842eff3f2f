-- needs: costed
-- key: month, source, abuser
SELECT strftime(date_trunc('month', "at"), '%Y-%m') AS month, source, abuser, count(*) AS orders,
       sum(price) AS price_fen, sum(paid) AS paid_fen, sum(principal) AS principal_fen, sum(bonus) AS bonus_fen,
       sum(refund) AS refund_fen, sum(goods) AS goods_fen, 0 AS goods_estimated_fen,
       sum(unknown_goods) AS unknown_goods_fen, sum(fee) AS fee_fen, sum(site_cost) AS site_fee_fen,
       sum(platform_cut) AS platform_cut_fen, sum(agent) AS agent_fen, sum(value) AS value_fen,
       sum(share(bonus, charged_fee, price)) AS bonus_fee_fen,
       sum(share(bonus, site_cost, price)) AS bonus_site_fee_fen,
       sum(share(bonus, platform_cut, price)) AS bonus_platform_cut_fen,
       sum(share(bonus, agent, price)) AS bonus_agent_fen
FROM costed
GROUP BY date_trunc('month', "at"), source, abuser
