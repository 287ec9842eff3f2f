"""The report's sentences, in reading order."""

from huoshui.base.errors import Text

_HEADLINE: dict[str, Text] = {
    "count.things": Text("最该改的 {n} 件事", "The {n} things to mend"),
    "count.things_one": Text("最该改的 {n} 件事", "The one thing to mend"),
    "count.places": Text("{n} 处", "{n} places"),
    "count.places_one": Text("{n} 处", "{n} place"),
    "headline.reach": Text(
        "每 100 {unit}激励, 真正到用户手里 {most}{reached} {unit}; {who}拿走 {taken} {unit}。",
        "Of every {unit}100 of incentive, {most}{unit}{reached} really reaches users; {who} take {unit}{taken}.",
    ),
    "headline.reach_both": Text(
        "每 100 {unit}激励, 真正到用户手里 {most}{reached} {unit}; {who}拿走 {taken} {unit}, {lost}占 {gone} {unit}。",
        "Of every {unit}100 of incentive, {most}{unit}{reached} really reaches users; "
        "{who} take {unit}{taken}, {lost} {unit}{gone}.",
    ),
    "headline.reach_lost": Text(
        "每 100 {unit}激励, 真正到用户手里 {most}{reached} {unit}; {lost}占 {gone} {unit}。",
        "Of every {unit}100 of incentive, {most}{unit}{reached} really reaches users; {lost} {unit}{gone}.",
    ),
    "headline.reach_alone": Text(
        "每 100 {unit}激励, 真正到用户手里 {most}{reached} {unit}。",
        "Of every {unit}100 of incentive, {most}{unit}{reached} really reaches users.",
    ),
    "headline.margin": Text(
        "每 100 {unit}成交, 最后剩毛利 {left} {unit}({mark}); 激励有多少到了用户手里还看不出, 缺余额流水。",
        "Of every {unit}100 of orders, {unit}{left} of margin is left ({mark}); "
        "how much incentive reaches users needs balance entries.",
    ),
    "headline.margin_partial": Text(
        "每 100 {unit}成交, 毛利最多剩 {left} {unit}; 激励有多少到了用户手里还看不出, 缺余额流水。",
        "Of every {unit}100 of orders, at most {unit}{left} of margin is left; "
        "how much incentive reaches users needs balance entries.",
    ),
    "headline.most": Text("最多 ", "at most "),
    "headline.left_out": Text(
        "没扣{costs}: 这笔成本确实有, 文件里却没有数, 标着「有成本没扣」的都偏好看; 补上{needs}就能算全。",
        "Not taken out: {costs}. It exists and no file says how much: figures marked “costs left out” "
        "look better than they are; {needs} would complete them.",
    ),
    "left_out.head": Text(
        "有成本没扣: {costs}, 文件里没有", "Costs left out, for they are not in the files: {costs}"
    ),
    "left_out.agents": Text("代理拿走的", "what agents take"),
    "left_out.promoters": Text("推广员的佣金", "promoters' commission"),
    "left_out.sites": Text("分站拿走的", "what sites take"),
    "left_out.payment_fee": Text("支付手续费", "payment fees"),
    "left_out.top_up_fee": Text("充值的手续费", "fees on top-ups"),
    "left_out.refunds": Text("部分退款", "partial refunds"),
    "headline.turnover": Text(
        "每月成交 {price}; 激励有多少到了用户手里还看不出, 缺余额流水。",
        "Orders of {price} a month; how much incentive reaches users needs balance entries.",
    ),
    "headline.reach_missing": Text(
        "还看不出激励有多少到了用户手里; 缺余额流水, 订单里也没有激励付款。",
        "How much incentive reaches users cannot be seen yet; there are no balance entries and no orders paid with it.",
    ),
    "headline.runway_not_poor_range": Text(
        "照现在的速度还能撑 {days}({low}–{high} 天); 不是钱少, 是有 {leaks}在漏。",
        "At today's pace the pot lasts {days} ({low}–{high}); it is not too small, it leaks in {leaks}.",
    ),
    "headline.runway_not_poor": Text(
        "照现在的速度还能撑 {days}; 不是钱少, 是有 {leaks}在漏。",
        "At today's pace the pot lasts {days}; it is not too small, it leaks in {leaks}.",
    ),
    "headline.runway_leaks_range": Text(
        "照现在的速度还能撑 {days}({low}–{high} 天); 另有 {leaks}小漏。",
        "At today's pace the pot lasts {days} ({low}–{high}); small leaks in {leaks}.",
    ),
    "headline.runway_leaks": Text(
        "照现在的速度还能撑 {days}; 另有 {leaks}小漏。",
        "At today's pace the pot lasts {days}; small leaks in {leaks}.",
    ),
    "headline.runway_range": Text(
        "照现在的速度还能撑 {days}({low}–{high} 天)。", "At today's pace the pot lasts {days} ({low}–{high})."
    ),
    "headline.runway": Text("照现在的速度还能撑 {days}。", "At today's pace the pot lasts {days}."),
    "headline.runway_long": Text(
        "照现在的速度, 余额池一年内不会见底。", "At today's pace the pot will not run dry within a year."
    ),
    "headline.burn_leaks": Text(
        "每天烧掉约 {burn}, 有 {leaks}在漏; 还能撑几天算不出: 缺{needs}。",
        "About {burn} leaves a day, leaking in {leaks}; how long it lasts is unknown without {needs}.",
    ),
    "headline.burn": Text(
        "每天烧掉约 {burn}; 还能撑几天算不出: 缺{needs}。",
        "About {burn} leaves a day; how long it lasts is unknown without {needs}.",
    ),
    "headline.runway_missing": Text(
        "还算不出能撑几天: 缺{needs}。", "How long the pot lasts is unknown without {needs}."
    ),
    "headline.first": Text("先改这一条: {action}, {saving}。", "Mend this first: {action}; {saving}."),
    "headline.first_unpriced": Text("先做这一件: {action}; {saving}。", "Do this first: {action}; {saving}."),
    "headline.nothing_first": Text("没有看到明显的漏点。", "No leak stands out."),
    "headline.unit_value": Text(
        "再多投 1 {unit}, 预计多赚毛利 {value} {unit}(低于 1.00 就别加了)。",
        "The next {unit}1 is expected to bring {unit}{value} of extra margin (below 1.00, stop adding).",
    ),
    "headline.unit_value_partial": Text(
        "再多投 1 {unit}, 预计最多多赚毛利 {value} {unit}(没扣{costs}; 低于 1.00 就别加了)。",
        "The next {unit}1 is expected to bring at most {unit}{value} of extra margin (not taken out: {costs}; "
        "below 1.00, stop adding).",
    ),
    "headline.unit_value_gross": Text(
        "再多投 1 {unit}, 预计多成交 {value} {unit}(成交额口径, 不是利润)。",
        "The next {unit}1 is expected to bring {unit}{value} of extra turnover (not profit).",
    ),
    "headline.incremental": Text(
        "每花 1 {unit}激励, 比不发多赚 {value} {unit}(增量回报)。",
        "Each {unit}1 of incentive brings {unit}{value} more than giving nothing (incremental).",
    ),
    "headline.incremental_partial": Text(
        "每花 1 {unit}激励, 比不发最多多赚 {value} {unit}(增量回报, 没扣{costs})。",
        "Each {unit}1 of incentive brings at most {unit}{value} more than giving nothing (incremental; not taken "
        "out: {costs}).",
    ),
    "headline.incremental_gross": Text(
        "每花 1 {unit}激励, 比不发多成交 {value} {unit}(增量, 成交额口径, 不是利润)。",
        "Each {unit}1 of incentive brings {unit}{value} more turnover than giving nothing (incremental, not profit).",
    ),
    "headline.unknown_test": Text(
        "激励值不值, 现在谁也不知道: 没有对照组。拿「{name}」试: {users} 人随机分两组, {days}, 约花 {cost}, 就知道了。",
        "Whether incentive pays, nobody can know yet: there is no control group. Try “{name}”: {users} users in two random groups, {days}, about {cost}, and you will know.",
    ),
    "headline.unknown": Text(
        "激励值不值, 现在谁也不知道: 没有对照组。随机留出 5% 的人不发, 14 天后就知道。",
        "Whether incentive pays, nobody can know yet: there is no control group. Keep a random 5% out, and 14 days later you know.",
    ),
    "headline.rows": Text(
        "读了 {read} 行: 计入 {kept} 行, 待改 {aside} 行, 丢弃 {dropped} 行。",
        "{read} rows read: {kept} counted, {aside} to correct, {dropped} dropped.",
    ),
    "headline.rows_merged": Text(
        "读了 {read} 行: 计入 {kept} 行, 重复合并 {merged} 行, 待改 {aside} 行, 丢弃 {dropped} 行。",
        "{read} rows read: {kept} counted, {merged} duplicates merged, {aside} to correct, {dropped} dropped.",
    ),
    "summary.title": Text(
        "【活水诊断】{name} · {first} 至 {last}", "[Huoshui diagnosis] {name} · {first} to {last}"
    ),
    "summary.title_simulated": Text(
        "【活水诊断 · 模拟数据】{name} · {first} 至 {last}",
        "[Huoshui diagnosis · SIMULATED DATA] {name} · {first} to {last}",
    ),
    "summary.finding": Text("{rank}. {title}; {saving}。", "{rank}. {title}; {saving}."),
    "summary.finding_unpriced": Text("{rank}. {title}: {action}。", "{rank}. {title}: {action}."),
    "tile_line": Text("{name}{gross}: {value}({mark})。", "{name}{gross}: {value} ({mark})."),
    "gross_suffix": Text("(成交额口径, 不是利润)", " (turnover, not profit)"),
    "people": Text("{n} 人", "{n} users"),
    "days_range": Text("{low}–{high} 天", "{low}–{high} days"),
    "scope": Text(
        "{first} 至 {last} · {days} · {orders} 笔订单 · {users} 位用户",
        "{first} to {last} · {days} · {orders} orders · {users} users",
    ),
    "need.pot": Text("余额池总额", "the size of the pot"),
    "need.table": Text("{table}表", "the {table} table"),
    "need.column": Text("{table}表的「{column}」", "“{column}” in {table}"),
}

_ANSWER: dict[str, Text] = {
    "title": Text("{name}: 激励余额诊断", "{name}: where the incentive goes"),
    "brand": Text("活水", "Huoshui"),
    "brand.what": Text("激励余额诊断", "Incentive diagnosis"),
    "made": Text("生成于 {at}", "Made {at}"),
    "banner": Text("模拟数据", "SIMULATED DATA"),
    "banner.long": Text(
        "模拟数据: 由程序生成, 不是任何真实店铺的经营情况",
        "Simulated data: generated, not the business of any real shop",
    ),
    "theme.switch": Text("深色 / 浅色", "Dark / light"),
    "print": Text("打印", "Print"),
    "no_script": Text(
        "图表要打开脚本才能画; 数字都在各图下面的表里。",
        "Charts need scripts; all their numbers are in the tables below them.",
    ),
    "skip": Text("跳到正文", "Skip to the answer"),
    "contents": Text("目录", "Contents"),
    "strip.others": Text("其他", "Others"),
    "tile.needs": Text("补上{needs}就能算", "needs {needs}"),
    "tile.completes": Text("补上{needs}就能算全", "{needs} would complete it"),
    "gross.short": Text("成交额口径", "turnover, not profit"),
    "gross.head": Text(
        "成交额口径, 不是利润: 数据里没有货品成本", "Turnover, not profit: cost of goods is unknown"
    ),
    "findings.a_month": Text("每月", "a month"),
    "findings.term": Text("什么是{term}", "What is meant by: {term}"),
    "findings.of_it_layers": Text(
        "{saving}(其中 {amount}就是代理层多拿的那一条, 是同一笔钱)",
        "{saving} ({amount} of it is the same money as the finding on agent layers)",
    ),
    "findings.unpriced": Text("还不知道", "not known"),
    "findings.note": Text(
        "点开看背后的明细。还有 {more} 条, 和全部明细一起在 tables.xlsx 里。几条之间可能重叠, 不要相加。",
        "Open one to see the rows behind it. {more} more, and all rows, are in tables.xlsx. They may overlap: do not add them up.",
    ),
    "findings.note_all": Text(
        "点开看背后的明细, 全部明细在 tables.xlsx 里。几条之间可能重叠, 不要相加。",
        "Open one to see the rows behind it; all rows are in tables.xlsx. They may overlap: do not add them up.",
    ),
    "findings.none": Text("没有找到值得先改的漏点。", "Nothing stands out to be mended first."),
    "findings.no_rows": Text("这一条没有逐行明细。", "There are no rows behind this one."),
    "findings.basis_incremental": Text(
        "口径: 增量(和对照组比)", "Basis: incremental (against a control group)"
    ),
    "findings.basis_attributed": Text("口径: 归因(没有和对照组比)", "Basis: attributed (no control group)"),
    "marks.measured": Text("从您的数据直接算出", "computed from your data"),
    "marks.estimated": Text("用到了您填写的数字", "uses an answer of yours"),
    "marks.partial": Text(
        "有一笔成本不在文件里, 没扣, 偏好看", "a cost is not in the files: looks better than it is"
    ),
    "marks.missing": Text("还算不出, 写着补什么", "cannot be known yet; says what is needed"),
    "table_more": Text(
        "这里显示 {shown} 行, 共 {total} 行; 其余在 tables.xlsx 里。",
        "{shown} of {total} rows are shown; the rest is in tables.xlsx.",
    ),
    "numbers.show": Text("看数字: {title}", "The numbers: {title}"),
    "full_stop": Text("。", ". "),
    "foot.made_by": Text(
        "由活水(开源)在本机生成, 没有联网。图表用 Apache ECharts 绘制。",
        "Made on your own machine by Huoshui (open source), without any network. Charts are drawn by Apache ECharts.",
    ),
    "foot.took": Text("用时 {seconds} 秒。", "It took {seconds} s."),
    "foot.close": Text("关闭", "Close"),
}

_SECTIONS: dict[str, Text] = {
    "section.money": Text("钱去哪了", "Where the money goes"),
    "lead.money": Text(
        "两张账: 激励从投入到用户手里, 订单从成交到毛利。",
        "Two accounts: incentive from the pot to users, orders from price to margin.",
    ),
    "money.never_added": Text("两张账各算各的, 不能相加。", "Each stands by itself; they are never added."),
    "money.made_of": Text("投入共 {total}: {parts}。", "{total} in all: {parts}."),
    "sub.incentive": Text("激励: 每 100 {unit}去了哪", "Incentive: where each 100 goes"),
    "sub.order": Text("订单: 每 100 {unit}成交剩多少", "Orders: what is left of each 100"),
    "of_source": Text("{source}, 每 100", "{source}, of 100"),
    "start.incentive": Text("投入激励", "Put into incentive"),
    "start.order": Text("成交额", "Order price"),
    "side.in": Text("来自", "from"),
    "side.out": Text("去向", "to"),
    "side.total": Text("合计", "total"),
    "caption.incentive": Text(
        "按每 100 {unit}画。从上往下一项项拿走, 最后是真正到用户手里的。",
        "Per 100. Each bar is taken away from top to bottom; the last is what really reaches users.",
    ),
    "caption.order": Text(
        "按每 100 {unit}成交画。最后是剩下的毛利。", "Per 100 of order price. The last is the margin left."
    ),
    "chart.by_source": Text("按来源看", "By source"),
    "chart.incentive": Text("激励去向, 每 100 {unit}: {parts}", "Where each 100 of incentive goes: {parts}"),
    "chart.order": Text("订单去向, 每 100 {unit}: {parts}", "Where each 100 of order price goes: {parts}"),
    "section.agents": Text("代理拿走多少", "What agents take"),
    "lead.agents": Text(
        "佣金之外, 卖价和拿货价之间的级差价也是代理拿走的。",
        "Beside commission, agents keep the gap between their selling price and their own price.",
    ),
    "agents.take": Text("{rate} · {amount}", "{rate} · {amount}"),
    "agents.name": Text("{agent} · {layer}", "{agent} · {layer}"),
    "agents.each": Text("{amount} · 级差价 {gap}", "{amount} · price gap {gap}"),
    "agents.excess": Text(
        "{layer}比基准 {benchmark} 多拿了 {excess}; 它拿走的钱里有 {gap}是佣金表里看不到的级差价。",
        "{layer} took {excess} above the benchmark of {benchmark}; {gap} of their take is price gap that no commission list shows.",
    ),
    "agents.no_excess": Text("没有哪一层明显高于基准。", "No layer is clearly above its benchmark."),
    "sub.agents_each": Text("逐个代理", "Agents one by one"),
    "section.campaigns": Text("活动值不值", "Whether campaigns pay"),
    "lead.campaigns": Text(
        "点是增量回报, 横线是它的范围, 竖线是保本线。灰色的还没到期或看不清, 先不下结论。",
        "The dot is the incremental return, the line its range, the upright the bar. Grey ones are not due or not clear: do not judge yet.",
    ),
    "sub.intervals": Text(
        "每花 1 {unit}激励, 比不发多赚几{unit}", "Extra margin per 1 spent, against giving nothing"
    ),
    "caption.campaigns": Text(
        "1.00 不赚不亏。只有和随机对照组比过的活动在图上。",
        "1.00 breaks even. Only campaigns with a random control group are drawn.",
    ),
    "chart.campaigns": Text("各活动的增量回报: {parts}", "Incremental return by campaign: {parts}"),
    "campaign.known": Text(
        "增量回报 {value}, 成熟度 {maturity}, 保本线 {bar}。发了 {treated} 人, 对照 {control} 人, 花了 {spent}。",
        "Incremental return {value} at {maturity} maturity, bar {bar}. "
        "{treated} rewarded, {control} in control, {spent} spent.",
    ),
    "campaign.unknown": Text(
        "没有对照组, 现在谁也不知道值不值。归因回报 {value}, 成熟度 {maturity}, 它分不出谁本来就会买。"
        "发了 {treated} 人, 花了 {spent}。",
        "No control group: nobody can know yet. The attributed return of {value} at {maturity} maturity cannot tell who "
        "would have bought anyway. {treated} rewarded, {spent} spent.",
    ),
    "campaign.unknown_bare": Text(
        "没有对照组, 现在谁也不知道值不值。发了 {treated} 人, 花了 {spent}。",
        "No control group: nobody can know yet. {treated} rewarded, {spent} spent.",
    ),
    "campaigns.unknown_many": Text(
        "还有 {count} 个活动没有对照组, 现在谁也不知道值不值, 共花了 {spent}。逐个见下表。",
        "{count} more campaigns have no control group: nobody can know yet. {spent} spent in all; each is in the table.",
    ),
    "campaign.lost": Text("每月亏 {amount}。", "Loses {amount} a month."),
    "campaigns.pull_forward": Text(
        "30 天、90 天毛利是每人平均: 只把以后的购买提前的活动, 90 天的差距会缩回去。",
        "30- and 90-day margins are per user: where a reward only pulls purchases forward, the gap closes by day 90.",
    ),
    "sub.small_tests": Text(
        "没有对照组的, 做个小测试就知道", "Without a control group: a small test would tell"
    ),
    "campaigns.nobody_knows": Text(
        "随机分两组, 一组照发, 一组不发, 到期比一比。下面是刚好看得清的规模。",
        "Two random groups, one with the reward and one without. This is the least that tells.",
    ),
    "sub.amounts": Text("给多少合适", "How much to give"),
    "caption.amounts": Text(
        "面额随机发过的活动才画得出。实线是人均多带来的毛利, 虚线是人均花费; 实线在虚线下面就是亏。",
        "Only where amounts were drawn at random. The solid line is extra margin a user, the dashed one cost a user; below it, money is lost.",
    ),
    "curve.x": Text("面额", "amount given"),
    "curve.y": Text("人均增量价值", "incremental value a user"),
    "curve.cost": Text("人均花费", "cost a user"),
    "chart.curve": Text(
        "{name}, 各面额的人均增量价值: {parts}", "{name}, incremental value a user by amount: {parts}"
    ),
    "section.costs": Text("一个用户多少钱", "What a user costs"),
    "lead.costs": Text(
        "拉一个新客、留一个老客、促成一单, 各花多少; 比基准贵的, 写明贵在哪。",
        "What a new buyer, a kept buyer and a conversion cost; where dearer than the benchmark, why.",
    ),
    "costs.gap": Text(
        "{where}: {kind} {cost}, 基准 {benchmark}(n = {n})。主要差在: {cause}。",
        "{where}: {kind} is {cost} against {benchmark} (n = {n}). Main cause: {cause}.",
    ),
    "costs.no_campaign": Text("不属于任何活动的", "Outside any campaign"),
    "costs.gap_note": Text(
        "人群、吸引力、面额、费用都和其它同类相比; 基准是您填的时候, 再乘“到处都贵”(其它同类比您的基准贵几倍)。"
        "相乘就是和基准的倍数, 1.00 为一样。",
        "Reach, take-up, amount and fees are against the other cells of the kind; against a benchmark of yours, times how far "
        "those others lie above it (dear everywhere). They multiply to the ratio to the benchmark; 1.00 is the same.",
    ),
    "costs.history": Text(
        "文件之前的购买历史没有给(用户表的「累计消费」), 有些老客会被当成新客, 拉新成本会偏低。",
        "Purchases before these files are unknown (users' cumulative spend): some earlier buyers count as new, so CAC reads low.",
    ),
    "interval.least": Text("至少 {low}, 没有上限", "at least {low}, no upper end"),
    "benchmark.own": Text("您填的", "yours"),
    "benchmark.pooled": Text("同类合并", "pooled comparable cells"),
    "section.months": Text("一个月一个月看", "Month by month"),
    "lead.months": Text(
        "发了多少、用了多少、池子哪天见底、最后一元值多少。",
        "What was issued and used, when the pot ran dry, what the last yuan was worth.",
    ),
    "months.empty": Text(
        "余额池见底的日子: {days}。余额池是各活动预算摊到这个月的部分; 充值赠送不走活动预算, 所以“发出”可以高过它。",
        "The pot ran dry on {days}. The pot is the campaigns' budgets, spread over their days; top-up bonus is paid "
        "outside them, so what was issued can stand above it.",
    ),
    "months.empty_flag": Text("见底", "dry"),
    "sub.daily": Text("每天发出多少({sign})", "Issued by day ({sign})"),
    "sub.unit_value": Text("再多投 1 {unit}多赚几{unit}", "What the next yuan brings"),
    "chart.months": Text(
        "{first} 到 {last} 每月发出和用掉的激励", "Incentive issued and used by month, {first} to {last}"
    ),
    "sub.costs_months": Text("逐月每人成本({sign})", "Cost each by month ({sign})"),
    "chart.costs": Text(
        "{first} 到 {last} 逐月的拉新、留客、促单成本",
        "Cost of a new buyer, a kept buyer, a conversion by month, {first} to {last}",
    ),
    "chart.segments": Text("各分群的增量回报: {parts}", "Incremental return by segment: {parts}"),
    "caption.segments": Text(
        "同样一元钱, 发给谁换回得多。竖线是保本线 1.00。",
        "Where the same yuan brings most. The upright is the bar of 1.00.",
    ),
    "rounded": Text(
        "金额大的列取整到{unit}, 到分的在 tables.xlsx 里。",
        "Columns of large amounts are rounded; exact ones are in tables.xlsx.",
    ),
    "chart.turnover": Text("{first} 到 {last} 每月成交额", "Order price by month, {first} to {last}"),
    "chart.daily": Text("{first} 到 {last} 每天发出的激励", "Incentive issued by day, {first} to {last}"),
    "chart.unit_value": Text("各月的单位余额价值: {parts}", "Unit value of balance by month: {parts}"),
    "section.users": Text("用户在哪里流失", "Where users are lost"),
    "lead.users": Text("谁在买、谁回来、谁走了。", "Who buys, who comes back, who leaves."),
    "sub.segments": Text("分群", "Segments"),
    "sub.cohorts": Text("留存: 首单之后还来不来", "Retention after the first order"),
    "sub.rfm": Text("近度和频度", "Recency and frequency"),
    "sub.funnel": Text("从注册到复购", "From sign-up to the second order"),
    "caption.cohorts": Text(
        "每格是这批新客在第几个月又下单的比例。第 0 月是首单当月。",
        "Each cell is the share who ordered again in that month. Month 0 is the month of the first order.",
    ),
    "caption.rfm": Text(
        "每格是人数。右上角又近又勤, 左下角快忘了您。",
        "Each cell is a number of users: lately and often in the upper right, nearly gone in the lower left.",
    ),
    "cohorts.row": Text("{month} · {users} 人", "{month} · {users}"),
    "rfm.corner": Text("多久前买 / 多勤", "Last bought / how often"),
    "rfm.recency5": Text("刚买过", "Just now"),
    "rfm.recency4": Text("不久前", "Lately"),
    "rfm.recency3": Text("有一阵", "A while ago"),
    "rfm.recency2": Text("挺久了", "Long ago"),
    "rfm.recency1": Text("最久", "Longest ago"),
    "rfm.frequency1": Text("最少", "Least"),
    "rfm.frequency2": Text("较少", "Few"),
    "rfm.frequency3": Text("中等", "Some"),
    "rfm.frequency4": Text("较勤", "Often"),
    "rfm.frequency5": Text("最勤", "Most"),
    "section.channels": Text("支付通道", "Payment channels"),
    "lead.channels": Text("按实际扣掉的手续费算真实费率。", "The true rate, from the fees actually taken."),
    "channels.saving": Text(
        "「{channel}」的付款改走「{cheapest}」, 每月约省 {saving}。",
        "Routing “{channel}” to “{cheapest}” saves about {saving} a month.",
    ),
    "channels.no_saving": Text("没有看到更便宜的同类通道。", "No cheaper comparable channel is seen."),
    "section.key_uses": Text("该保的保住了吗", "Were the key uses protected?"),
    "lead.key_uses": Text("新客和大促最不能断粮。", "Newcomers and big sales must not starve."),
    "key_uses.short": Text(
        "{use}计划占 {planned}, 实际只有 {share}, 少了 {amount}。",
        "{use}: planned {planned}, got {share}; {amount} short.",
    ),
    "key_uses.enough": Text(
        "{use}计划占 {planned}, 实际 {share}, 够了。", "{use}: planned {planned}, got {share}; enough."
    ),
    "key_uses.no_plan": Text(
        "{use}分到 {share}({amount})。您没填计划, 没法说够不够。",
        "{use} got {share} ({amount}). Without a plan nobody can say whether it is enough.",
    ),
    "section.drain_loop": Text("返还循环", "The drain loop"),
    "lead.drain_loop": Text(
        "送出去的余额, 会不会替自己再要一次钱。", "Whether gifted balance makes you pay again."
    ),
    "drain_loop.step1": Text("用户充值, 您送一笔余额。", "A user tops up and you add a gift."),
    "drain_loop.step2": Text(
        "送的余额也被算进累计充值, 会员等级升得比本金该有的更高。",
        "The gift counts as topped up, so the level rises above what the money paid in has earned.",
    ),
    "drain_loop.step3": Text(
        "等级高了, 以后每一单都多打折, 等于同一笔赠送反复付钱。",
        "A higher level takes more off every later order: one gift is paid for again and again.",
    ),
    "drain_loop.found": Text(
        "{users} 人、{orders} 笔订单因此多打了 {excess}的折(全部等级折扣 {all})。能分辨的订单里, {confidence} 和这个说法对得上。",
        "{users} users and {orders} orders got {excess} of discount beyond what was earned (of {all} level discount). Of the orders that can tell, {confidence} fit.",
    ),
    "drain_loop.none": Text("在您的数据里没有看到这个循环。", "Your data show no such loop."),
    "drain_loop.commission": Text("因此多付的佣金另有 {amount}。", "Commission paid beyond that: {amount}."),
    "section.waste": Text("六种浪费", "Six kinds of waste"),
    "lead.waste": Text(
        "花了激励没换来东西的地方, 每月各有多少。", "Where incentive buys nothing, in yuan a month."
    ),
    "waste.needs": Text("缺{needs}", "needs {needs}"),
    "waste.never_added": Text(
        "同一元钱可能算进两种, 所以不相加。", "One yuan may count in two kinds, so they are never added."
    ),
    "section.reading": Text("读了什么", "What was read"),
    "lead.reading": Text(
        "每一行都有着落: 计入、合并或待改, 没有悄悄丢掉的。",
        "Every row is accounted for: counted, merged or to correct. Nothing is dropped silently.",
    ),
    "sub.faults": Text("待改的行", "Rows to correct"),
    "sub.differences": Text("对不上的账", "What does not add up"),
    "sub.notes": Text("还要知道的", "Also good to know"),
    "reading.faults": Text(
        "{count} 行看不懂, 没有算进来。", "{count} rows could not be read and are not counted."
    ),
    "reading.corrections": Text(
        "已放进 {file}: 改好放回去再跑一次就行, 不会重复计数。",
        "They are in {file}: correct them and run again; nothing is counted twice.",
    ),
    "reading.no_differences": Text("能对的都对上了。", "All sums that can be compared agree."),
    "reading.gaps": Text(
        "这些日子一笔订单都没有: {days}。是没开张, 还是文件没导全?",
        "Days without any order: {days}. Closed, or an export that is not whole?",
    ),
    "reading.stubs": Text(
        "这些编号在自己的表里找不到, 已照样计入合计: {ids}。",
        "These ids are missing from their own tables; they count in every total: {ids}.",
    ),
    "reading.conflicts": Text(
        "{count} 行编号相同、内容不同, 用了较新的一行。",
        "{count} rows share an id with other content; the newer one counts.",
    ),
    "reading.lots_inferred": Text(
        "文件没写每笔订单花的是哪一笔激励, 按先花激励、先花早到的推算。",
        "The files do not say which incentive an order used; it is inferred: incentive first, oldest first.",
    ),
    "section.missing": Text("补数据能多看到什么", "What more data would tell"),
    "lead.missing": Text(
        "只有订单表是必须的, 其余每补一张就多看清一块。运行 huoshui template 可以拿到带说明的空表。",
        "Only orders are required; each further table shows more. `huoshui template` writes empty ones with notes.",
    ),
    "missing.nothing": Text("该有的表都有了。", "Every table is there."),
    "section.words": Text("这些词是什么意思", "What the words mean"),
    "lead.words": Text("报告里每个词只有一个意思。", "Each word of this report means one thing."),
    # what an empty section would show
    "empty.needs": Text("还看不到。要有: {needs}。", "Not visible yet. It needs: {needs}."),
    "empty.incentive": Text(
        "补上后能看到每 100 {unit}激励被谁拿走、多少到了用户手里。",
        "With it: who takes how much of each 100 of incentive, and what reaches users.",
    ),
    "empty.order": Text(
        "补上后能看到每 100 {unit}成交剩下多少毛利。",
        "With it: what margin is left of each 100 of order price.",
    ),
    "empty.agents": Text(
        "补上后能看到每一层代理拿走多少, 佣金和级差价分开。",
        "With it: what each layer takes, commission and price gap apart.",
    ),
    "empty.campaigns": Text(
        "补上后能看到每个活动花了多少、值不值; 有分组名单才说得清增量。",
        "With it: what each campaign cost and brought; incremental only with assignments.",
    ),
    "empty.costs": Text(
        "补上后能看到拉一个新客、留一个老客各花多少。", "With it: what a new and a kept buyer cost."
    ),
    "empty.months": Text("补上后能看到逐月的变化。", "With it: the months side by side."),
    "empty.segments": Text(
        "补上后能看到新客、常客、高价值客各拿了多少激励。", "With it: how much incentive each segment got."
    ),
    "empty.cohorts": Text("补上后能看到新客后来还来不来。", "With it: whether new buyers come back."),
    "empty.rfm": Text(
        "补上后能看到谁又近又勤、谁快走了。", "With it: who buys lately and often, and who is leaving."
    ),
    "empty.funnel": Text("补上后能看到人是在哪一步走掉的。", "With it: at which step people leave."),
    "empty.channels": Text(
        "补上后能看到哪条通道偏贵、换一条每月省多少。",
        "With it: which channel is dear and what another would save.",
    ),
    "empty.key_uses": Text(
        "补上后能看到新客和大促分到的够不够。", "With it: whether newcomers and big sales got enough."
    ),
    "empty.drain_loop": Text(
        "补上后能看到送的余额有没有在抬高等级、反复打折。",
        "With it: whether gifts raise levels and discounts.",
    ),
    "empty.waste": Text("补上后能把六种浪费一一算成钱。", "With it: six kinds of waste, each in money."),
}

_ANSWERS: dict[str, Text] = {
    "sub.answers": Text("您填写的数字", "Your answers"),
    "answers.used": Text(
        "标着「按您填写估算」的数字用到了这些:", "Figures marked “estimated from your answers” use these:"
    ),
    "answer.monthly_incentive": Text("每月激励总额 {value}", "Incentive a month: {value}"),
    "answer.pot": Text("余额池 {value}", "Pot: {value}"),
    "answer.gross_margin": Text("毛利率 {value}", "Gross margin: {value}"),
    "answer.gross_margin_of": Text("{name}的毛利率 {value}", "Gross margin of {name}: {value}"),
    "answer.bonus_rules": Text("充值赠送: {value}", "Top-up bonus: {value}"),
    "answer.bonus_rule": Text("充 {amount} 送 {bonus}", "{bonus} on {amount}"),
    "answer.benchmark_cac": Text("拉新成本基准 {value}", "Benchmark of CAC: {value}"),
    "answer.benchmark_crc": Text("留客成本基准 {value}", "Benchmark of CRC: {value}"),
    "answer.benchmark_ccv": Text("促单成本基准 {value}", "Benchmark of CCV: {value}"),
    "answer.benchmark_layer": Text("代理每层合理拿走 {value}", "Benchmark of an agent layer: {value}"),
    "answer.newcomer_share": Text("新客计划占 {value}", "Planned for newcomers: {value}"),
    "answer.peak_share": Text("大促计划占 {value}", "Planned for big sales: {value}"),
    "answer.benefit_cost": Text(
        "活动每笔奖励附带的权益成本 {value}", "Benefits with one reward of a campaign: {value}"
    ),
    "answer.benefit_cost_of": Text(
        "{name} 每笔奖励附带的权益成本 {value}", "{name}: benefits with one reward {value}"
    ),
    "answer.code_cost": Text("一个礼品卡或兑换码的费用 {value}", "Issuing one gift card or code: {value}"),
    "answer.code_cost_of": Text("{name} 一个兑换码的费用 {value}", "{name}: issuing one code {value}"),
}

_WORKBOOK: dict[str, Text] = {
    "book.about": Text(
        "这个文件是活水诊断报告背后的全部表格。金额单位是{unit}, 数字可以直接计算。",
        "All tables behind the Huoshui report. Amounts are in {unit}; numbers can be computed with.",
    ),
    "book.folder": Text("数据文件夹", "Folder"),
    "book.span": Text("期间", "Span"),
    "book.made": Text("生成时间", "Made at"),
    "book.marks": Text("四种标记", "The four marks"),
    "book.sheets": Text("工作表", "Sheets"),
    "book.rows": Text("行数", "Rows"),
    "book.cut": Text("只放了前 {shown} 行, 共 {total} 行", "the first {shown} of {total} rows"),
    "book.low": Text("{title} 下限", "{title}, low"),
    "book.high": Text("{title} 上限", "{title}, high"),
}

PAGE_TEXTS: dict[str, Text] = {**_HEADLINE, **_ANSWER, **_SECTIONS, **_ANSWERS, **_WORKBOOK}
