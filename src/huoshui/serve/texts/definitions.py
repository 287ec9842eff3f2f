"""Every term of the report, defined once, in words that need no other jargon. The long form: docs/glossary.md."""

from dataclasses import dataclass

from huoshui.base.errors import Text


@dataclass(frozen=True, slots=True)
class Definition:
    """A term and what it means."""

    term: Text
    meaning: Text


def _d(zh: str, en: str, meaning_zh: str, meaning_en: str) -> Definition:
    return Definition(Text(zh, en), Text(meaning_zh, meaning_en))


DEFINITIONS: dict[str, Definition] = {
    "incentive": _d(
        "激励余额",
        "Incentive balance",
        "平台送给用户、只能在店里花的余额: 充值赠送、任务奖励、返现、手工加的都算。和用户自己充进来的本金分开记, 从不混在一起。",
        "Balance given to users, spendable in the shop only: top-up bonus, task rewards, cash-back, additions by hand. "
        "Never mixed with principal, the money users paid in.",
    ),
    "incentive_total": _d(
        "投入激励",
        "Put into incentive",
        "发出的激励余额, 加上为它计提的准备金, 加上激励付掉的那部分订单所摊的手续费、佣金、分站费和平台抽成。",
        "Incentive balance issued, plus the reserve held for it, plus its share of fees, commission, site and platform cut on the orders it paid.",
    ),
    "reach_share": _d(
        "到手率",
        "Reach",
        "投入激励的每 100 {unit}里, 被真实用户真正花掉的部分。其余的去了代理、手续费、抽成、薅羊毛账号, 或者过期、还没用。",
        "Of each 100 put into incentive, the part that real users really spent. The rest went to agents, fees, cuts and abusive accounts, "
        "expired, or is not used yet.",
    ),
    "incentive_per_month": _d(
        "每月投入激励",
        "Incentive a month",
        "投入激励折成 30 天一个月。",
        "What is put into incentive, per 30 days.",
    ),
    "price_per_month": _d(
        "每月成交额", "Order price a month", "成交额折成 30 天一个月。", "Order price per 30 days."
    ),
    "price_per_order": _d("客单价", "Price of an order", "成交额除以订单数。", "Order price over orders."),
    "price_per_buyer": _d(
        "人均成交", "Order price a buyer", "成交额除以下单人数。", "Order price over buyers."
    ),
    "buyers": _d("下单人数", "Buyers", "期间内下过单的人。", "People with an order in the period."),
    "margin_per_month": _d("每月毛利", "Margin a month", "毛利折成 30 天一个月。", "Margin per 30 days."),
    "refunds_per_month": _d("每月退款", "Refunds a month", "退款折成 30 天一个月。", "Refunds per 30 days."),
    "payment_fee_per_month": _d(
        "每月手续费", "Payment fees a month", "支付手续费折成 30 天一个月。", "Payment fees per 30 days."
    ),
    "agents_per_month": _d(
        "代理每月拿走",
        "Agents take a month",
        "佣金加级差价, 折成 30 天一个月。",
        "Commission plus price gap, per 30 days.",
    ),
    "issued": _d(
        "发出",
        "Issued",
        "期间内发给用户的激励余额, 按面额算。",
        "Incentive balance given in the period, at face value.",
    ),
    "spent": _d(
        "用掉",
        "Spent",
        "期间内被用来付订单的激励余额, 按面额算。",
        "Incentive balance that paid for orders in the period, at face value.",
    ),
    "breakage": _d(
        "过期作废",
        "Expired unused",
        "到期没用掉、失效的激励余额。",
        "Incentive balance that ran out of time before it was used.",
    ),
    "liability": _d(
        "未兑付",
        "Open liability",
        "已经发给用户、还没用也没过期的激励余额: 以后随时会被花掉。",
        "Incentive balance that users hold, neither used nor expired: it can be spent any day.",
    ),
    "burn_per_day": _d(
        "每天烧掉",
        "Burn a day",
        "平均每天从余额池里出去的激励, 已经承诺出去的也算。",
        "Incentive leaving the pot a day, commitments counted.",
    ),
    "pot": _d(
        "余额池",
        "Pot",
        "您为一个周期(一般是一个月)准备的激励总额。",
        "The incentive you put up for a period, usually a month.",
    ),
    "pot_left": _d(
        "池里还剩",
        "Left in the pot",
        "余额池里还没发出、也没承诺出去的部分。",
        "What is neither issued nor committed.",
    ),
    "runway_days": _d(
        "可撑天数",
        "Runway",
        "照现在的速度, 余额池还能撑几天。余额池是各活动的预算时, 只按这些活动自己的花费算, 充值赠送不算在内, "
        "所以和“每天烧掉”不是同一个速度。括号里是八成把握的范围: 五次里大约四次会落在里面。",
        "Days until the pot is empty at today's pace. Where the pot is the campaigns' budgets, only what these campaigns "
        "pay counts, not top-up bonus, so it is not the pace of the daily burn. In brackets the 80 % range: about four "
        "times in five it holds.",
    ),
    "return_attributed": _d(
        "归因回报",
        "Attributed return",
        "用了奖励的订单带来的价值, 除以花掉的激励。它分不出谁本来就会买, 所以总是偏高。",
        "Value of the orders that used a reward, over the incentive spent. It cannot tell who would have bought anyway, so it reads high.",
    ),
    "return_top_up_bonus": _d(
        "充值赠送的归因回报",
        "Attributed return of top-up bonus",
        "用了充值赠送的订单带来的价值, 除以花掉的赠送。充值赠送人人都有, 没有对照组, 分不出谁本来就会买。",
        "Value of the orders that used top-up bonus, over the bonus spent. Everybody gets it, so there is no control group.",
    ),
    "return_incremental": _d(
        "增量回报",
        "Incremental return",
        "和没拿奖励的对照组比, 每花 1 {unit}激励多赚回几{unit}。等于 1 是不赚不亏。没有对照组就算不出。",
        "Against a control group without the reward: extra value per 1 of incentive. 1.0 breaks even. Without a control group it cannot be known.",
    ),
    "unit_value": _d(
        "单位余额价值",
        "Unit value of balance",
        "再多投 1 {unit}激励, 预计多赚几{unit}(最后 1 {unit}的增量回报, 记作 λ)。低于保本线就别再加了。",
        "What one more yuan of incentive is expected to bring (the incremental return of the last yuan, lambda). Below the bar, stop adding.",
    ),
    "value": _d(
        "价值",
        "Value",
        "窗口期内订单额减退款、货品成本、支付手续费、代理佣金和平台抽成。用激励付的部分按面额算在里面, 成本那边也按面额扣, 所以回报等于 1 刚好不亏。",
        "Order price within the window minus refunds, goods, payment fee, commission and platform cut. Incentive counts at face on both sides, so 1.0 breaks even.",
    ),
    "price": _d(
        "成交额",
        "Order price",
        "用户付的钱 + 用掉的本金余额 + 用掉的激励余额。三项互不重叠。",
        "Money paid + principal balance used + incentive used. The three never overlap.",
    ),
    "margin": _d(
        "毛利",
        "Margin",
        "成交额减去货品、手续费、代理、分站、退款和激励抵扣后剩下的。",
        "Order price minus goods, fees, agents, sites, refunds and what incentive paid.",
    ),
    "margin_rate": _d("毛利率", "Margin rate", "毛利除以成交额。", "Margin over order price."),
    "CAC": _d(
        "拉新成本(CAC)",
        "Cost of a new buyer (CAC)",
        "为拉新花的奖励和首单上的佣金、手续费、分站费和抽成, 除以当月第一次成功下单的人数。",
        "Rewards to acquire plus commission, fees and cut on first orders, over users whose first paid order fell in the month.",
    ),
    "unit_cost_total": _d(
        "激励和首单的总花费",
        "Cost of incentive and first orders",
        "拉新、留客、促单和“其他”四类成本之和: 用掉的和预计会用掉的激励, 加上面的费用和首单的费用。每一笔只在一类里。",
        "What CAC, CRC, CCV and other costs add up to: incentive spent and expected to be spent, what rode on it, and costs of first orders. Each stands in one of the four.",
    ),
    "CRC": _d(
        "留客成本(CRC)",
        "Cost of a kept buyer (CRC)",
        "给老客的奖励和上面的费用, 除以其中拿到当月第一笔奖励后 30 天内又下单的人数, 每人每月计一次。",
        "Rewards to earlier buyers plus fees on them, over those who ordered again within 30 days of their first reward of the month; each once a month.",
    ),
    "CCV": _d(
        "促单成本(CCV)",
        "Cost of a conversion (CCV)",
        "给看了没买的人(7 天内浏览、加购或充值过, 又没下单)的奖励和上面的费用, 除以窗口期内促成的订单数, 一单只算一次。",
        "Rewards to people who looked, carted or topped up and had not bought for 7 days, plus fees, over the orders that followed within the window; an order counts once.",
    ),
    "retention_month1": _d(
        "次月留存",
        "Month-1 retention",
        "第一次下单的人, 下一个月又下单的比例。",
        "Of users with a first order, the share who ordered again in the next month.",
    ),
    "repeat_purchase_rate": _d(
        "复购率",
        "Repeat purchase rate",
        "每月下单的人里, 以前也下过单的比例。",
        "Of a month's buyers, the share who had bought before.",
    ),
    "payment_fee_rate": _d(
        "手续费率",
        "Payment fee rate",
        "实际扣掉的支付手续费除以付款额。",
        "Payment fees actually taken over money paid.",
    ),
    "manual_adjust": _d(
        "手工加余额",
        "Balance added by hand",
        "在后台手工加给用户的余额。它按激励算, 因为花起来一样。",
        "Balance added in the back office. It counts as incentive, for it is spent alike.",
    ),
    "bar": _d(
        "保本线",
        "Bar",
        "一个活动每花 1 {unit}至少要多赚回几{unit}。您没填就按 1.00。",
        "The least extra value per 1 spent that a campaign must bring. 1.00 unless you set it.",
    ),
    "control": _d(
        "对照组",
        "Control group",
        "随机留出、不发奖励的一小部分人。和他们比, 才知道奖励到底带来了什么。",
        "A few people, chosen at random, who get no reward. Only the comparison with them tells what a reward brings.",
    ),
    "interval": _d(
        "区间",
        "Interval",
        "数字后面括号里的范围。人数越少, 范围越宽; 整个范围都过了保本线才算划算。",
        "The range in brackets. Fewer people, wider range; a campaign pays only if the whole range is above the bar.",
    ),
    "window": _d(
        "窗口期",
        "Window",
        "发奖励后看几天的购买, 默认 14 天。",
        "How many days of purchases count after a reward, 14 unless set.",
    ),
    "maturity": _d(
        "成熟度",
        "Maturity",
        "窗口期已经走完的比例。没走完的回报会变, 所以画成灰色, 先不下结论。",
        "Share of the window that has passed. Before that a return still moves; it is drawn grey and not judged.",
    ),
    "incentive_waterfall": _d(
        "激励去向",
        "Where incentive goes",
        "从投入激励出发, 一路减去被拿走的, 剩下真正到用户手里的。它和订单去向是两张账, 不能相加。",
        "From what is put into incentive, less what is taken on the way, to what reaches users. Not to be added to the order account.",
    ),
    "order_waterfall": _d(
        "订单去向",
        "Where order money goes",
        "从成交额出发, 一路减去成本和费用, 剩下毛利。它和激励去向是两张账, 不能相加。",
        "From order price, less costs and fees, to margin. Not to be added to the incentive account.",
    ),
    "agent_layer": _d(
        "代理层级",
        "Agent layer",
        "一级代理直接从平台拿货, 二级从一级拿货, 依此类推。数据里有几级就写几级。",
        "Layer 1 buys from the platform, layer 2 from layer 1, and so on. As many as the data hold.",
    ),
    "price_gap": _d(
        "级差价",
        "Price gap",
        "代理的卖价减去拿货价。佣金表里看不到它, 但它和佣金一样是被拿走的钱。",
        "Selling price minus the agent's own price. No commission list shows it, yet it is money taken like commission.",
    ),
    "benchmark": _d(
        "基准",
        "Benchmark",
        "您自己填的水平; 没填就用数据里同类的合并水平, 并写明。我们不编行业平均数。",
        "Your own level; without one, the pooled level of comparable cells, named as such. We invent no industry average.",
    ),
    "cohort": _d(
        "同月新客",
        "Cohort",
        "同一个月第一次下单的一批人, 往后每个月看还有多少人下单。",
        "People whose first order fell in the same month, followed month by month.",
    ),
    "rfm": _d(
        "近度、频度",
        "Recency, frequency",
        "按多久前买过、买得多勤, 把用户各分五档(5 最高)。",
        "Users in fifths by how lately and how often they bought (5 is most).",
    ),
    "source": _d(
        "来源",
        "Source",
        "用户从哪来下的单: 直客(自己来的)、代理、推广员、分站、广告。它和支付通道是两回事。",
        "Where an order came from: direct, agents, promoters, sites, ads. Not to be mixed up with the payment channel.",
    ),
    "segment": _d(
        "用户分群",
        "Segments",
        "新客: 没下过单或首单 30 天内; 流失: 180 天没下单; 沉睡: 60 天没下单; 高价值: 90 天内下单者里毛利前 20%; 低频: 90 天内 1 单; 其余是常客。",
        "Newcomer: no order or first within 30 days; lost: none in 180; dormant: none in 60; high value: top 20 % by margin of buyers in 90 days; "
        "low frequency: 1 order in 90; the rest regular.",
    ),
    "key_use": _d(
        "关键用途",
        "Key uses",
        "不能断粮的两处: 新客和大促。看实际分到的激励够不够。",
        "The two uses that must not starve: newcomers and big sales.",
    ),
    "drain_loop": _d(
        "返还循环",
        "Drain loop",
        "充值送的余额又算进累计充值, 等级升得更快, 每单多打折, 余额又流出去: 送出去的钱在替自己加码。",
        "Balance given with a top-up counts as topped up, levels rise faster, every order is discounted more: gifts that raise themselves.",
    ),
    "waste": _d(
        "浪费",
        "Waste",
        "花了激励却没换来东西的六种情形。同一元钱可能同时算进两种, 所以不相加。",
        "Six ways incentive is spent for nothing. One yuan may count in two of them, so they are never added.",
    ),
    "gross": _d(
        "成交额口径",
        "Turnover, not profit",
        "数据里没有货品成本, 所以这里算的是成交额, 不是利润。补上成本或填毛利率就能换成利润。",
        "Cost of goods is unknown, so this is turnover and not profit. Add costs, or answer the margin question.",
    ),
    "small_test": _d(
        "小测试",
        "Small test",
        "随机分两组, 一组发一组不发, 到期比一比。这里给出刚好看得清的最少人数、天数和花费。",
        "Two random groups, one with the reward and one without, compared when the window closes: the fewest users, days and yuan that tell.",
    ),
    "set_aside": _d(
        "待改",
        "To correct",
        "看不懂的行不会丢, 会原样放进一个改正表, 写明文件、行、列和原因。改完放回去再跑, 不会重复计数。",
        "Rows that cannot be read are not lost: they go into a file to correct, with file, line, column and reason. Corrected rows are read again, never twice.",
    ),
    "marks": _d(
        "四种标记",
        "The four marks",
        "实测: 从您的数据直接算出。按您填写估算: 用到了您回答的数字。有成本没扣: 一笔确实有的成本不在文件里, 数字偏好看。"
        "缺数据: 还算不出, 后面写着补哪一列。",
        "Measured: computed from your data. Estimated: uses an answer of yours. Costs left out: a cost that exists is not in "
        "the files, so the figure looks better than it is. Missing: cannot be known yet, with the column that would give it.",
    ),
    "left_out": _d(
        "有成本没扣",
        "Costs left out",
        "订单看得出有这笔成本(代理卖的单、走支付通道的付款、部分退款), 文件里却没有数。我们不编数: 不扣, 但写明。"
        "毛利、回报和到手率因此是上限, 每人成本是下限。",
        "The orders show that a cost exists (sold by an agent, paid through a channel, partly refunded), but no file says how "
        "much. We invent nothing: it is not taken out, and said so. Margin, returns and reach are then upper bounds, costs of "
        "users lower bounds.",
    ),
    "simulated": _d(
        "模拟数据",
        "Simulated data",
        "由程序生成、用来试用的数据, 不是任何真实店铺的经营情况。",
        "Generated for trying things out; no real shop's business.",
    ),
}
