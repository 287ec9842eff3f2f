"""What is wrong, what to do about it, and why we say so: one entry a finding.

`title` and `action` are filled from the finding's facts; where one is missing, `title_plain` and `action_plain`
stand in. `saving` says what the yuan a month mean where they are no plain saving.
"""

from dataclasses import dataclass

from huoshui.base.errors import Text
from huoshui.core.costs.values import FindingCode

SAVES = Text("每月约省 {amount}", "saves about {amount} a month")


@dataclass(frozen=True, slots=True)
class FindingWords:
    """All that is said of one kind of finding."""

    title: Text
    title_plain: Text
    action: Text
    action_plain: Text
    why: Text
    saving: Text = SAVES


FINDINGS: dict[FindingCode, FindingWords] = {
    "negative_campaign": FindingWords(
        title=Text(
            "活动「{name}」在帮倒忙: 每花 1 {unit}, 毛利反而少 {loss_est} {unit}",
            "“{name}” does harm: each {unit}1 spent lowers margin by {unit}{loss_est}",
        ),
        title_plain=Text(
            "有活动在帮倒忙: 拿到奖励的人反而买得少", "A campaign does harm: rewarded people buy less"
        ),
        action=Text("停掉「{name}」", "Stop “{name}”"),
        action_plain=Text("停掉帮倒忙的活动", "Stop the campaign that does harm"),
        why=Text(
            "和随机留出、没拿奖励的对照组比, 拿到奖励的人在窗口期内贡献更少。这里的金额是花掉的钱加上少赚的毛利。",
            "Against a random control group without the reward, rewarded people brought less within the window. The amount is what was "
            "spent plus the margin lost.",
        ),
    ),
    "useless_campaign": FindingWords(
        title=Text(
            "活动「{name}」看不出效果: 发不发, 大家买得一样多",
            "“{name}” has no effect: people buy as much without it",
        ),
        title_plain=Text("有活动看不出效果: 发不发, 大家买得一样多", "A campaign has no detectable effect"),
        action=Text(
            "停掉「{name}」, 钱挪给划算的活动", "Stop “{name}” and move its money to campaigns that pay"
        ),
        action_plain=Text("停掉看不出效果的活动", "Stop the campaign without effect"),
        why=Text(
            "随机对照组没拿奖励, 买得和拿了的人一样多: 钱给了本来就会买的人。金额是花掉的钱减去多赚的毛利。",
            "The random control group had no reward and bought as much: the money went to people who would have bought anyway. "
            "The amount is what was spent minus the extra margin.",
        ),
    ),
    "below_bar_campaign": FindingWords(
        title=Text(
            "活动「{name}」没到保本线: 每花 1 {unit}, 只多赚 {return_est} {unit}",
            "“{name}” is below its bar: each {unit}1 brings only {return_est} extra",
        ),
        title_plain=Text("有活动没到保本线", "A campaign is below its bar"),
        action=Text(
            "把「{name}」缩小到有反应的人群, 或降低面额",
            "Narrow “{name}” to those who respond, or lower the amount",
        ),
        action_plain=Text("缩小没到保本线的活动", "Narrow the campaign below its bar"),
        why=Text(
            "和对照组比, 多赚的毛利抵不过花掉的钱。金额是两者之差。",
            "Against the control group, the extra margin does not make up for the money spent. The amount is the difference.",
        ),
    ),
    "flat_amount": FindingWords(
        title=Text(
            "活动「{name}」面额超过 {amount_fen}之后, 多给也不多买",
            "“{name}”: above {amount_fen}, giving more brings no more",
        ),
        title_plain=Text("有活动的面额给过头了: 再多给也不多买", "A campaign gives more than helps"),
        action=Text("把「{name}」的面额降到 {amount_fen}", "Lower “{name}” to {amount_fen}"),
        action_plain=Text("把给过头的面额降下来", "Lower the amount that gives too much"),
        why=Text(
            "不同面额是随机分的。更高的面额花得更多, 带来的毛利却没有更多。",
            "Amounts were drawn at random. The higher ones cost more and bring no more margin.",
        ),
    ),
    "no_control": FindingWords(
        title=Text(
            "活动「{name}」没有对照组: 值不值, 现在谁也不知道",
            "“{name}” has no control group: nobody can know yet whether it pays",
        ),
        title_plain=Text(
            "有活动没有对照组: 值不值, 现在谁也不知道",
            "A campaign has no control group: nobody can know yet whether it pays",
        ),
        action=Text(
            "随机留出 {control_users} 人不发, {days} 天后就知道",
            "Keep {control_users} random users out; {days} days later you know",
        ),
        action_plain=Text("随机留出 5% 的人不发", "Keep a random 5% of people out"),
        why=Text(
            "只看拿了奖励的人买了多少, 分不出谁本来就会买。留一小部分人不发, 到期一比就知道。",
            "Looking only at rewarded people cannot tell who would have bought anyway. "
            "Keep a few out, and when the window closes you know.",
        ),
        saving=Text("值不值, 试了才知道", "only a test can tell what it brings"),
    ),
    "leak_layer": FindingWords(
        title=Text(
            "{layer}拿走订单额的 {rate_est}, 比基准 {benchmark_est} 高",
            "{layer} take {rate_est} of order price, above the benchmark of {benchmark_est}",
        ),
        title_plain=Text("有一层代理拿得比基准高", "An agent layer takes more than its benchmark"),
        action=Text(
            "重谈{layer}的拿货价, 收回多拿的部分",
            "Renegotiate the prices of {layer} and take the excess back",
        ),
        action_plain=Text(
            "重谈多拿的那层代理的拿货价", "Renegotiate the prices of the layer that takes too much"
        ),
        why=Text(
            "代理拿走的是佣金加级差价(卖价减拿货价)。级差价不在佣金表里, 平时看不见。"
            "这里的金额只算超出基准的部分; 您没填基准时, 用其余各层的水平。",
            "What agents take is commission plus price gap (selling price minus their own price), which no commission "
            "list shows. The amount is only what lies above the benchmark: yours, or that of the other layers.",
        ),
    ),
    "drain_loop": FindingWords(
        title=Text(
            "送的余额也算进了会员等级: {users} 人、{orders} 笔订单因此多打了折",
            "Gifted balance counts toward levels: {users} users got too much discount on {orders} orders",
        ),
        title_plain=Text(
            "送的余额也算进了会员等级, 折上加折",
            "Gifted balance counts toward levels: discount upon discount",
        ),
        action=Text("会员等级只按本金累计, 不算赠送", "Count only money paid in toward levels, not gifts"),
        action_plain=Text(
            "会员等级只按本金累计, 不算赠送", "Count only money paid in toward levels, not gifts"
        ),
        why=Text(
            "用户充值时送的余额被算进累计充值, 等级升得更快, 以后每一单都多打折: 送一次, 亏很多次。"
            "金额是按本金本来不该给的折扣。",
            "Balance given with a top-up counts as topped up, so levels rise faster and every later order is discounted "
            "more: one gift, many losses. The amount is the discount that principal alone had not earned.",
        ),
    ),
    "dear_channel": FindingWords(
        title=Text(
            "支付通道「{payment_channel}」费率 {rate_est}, 同样的付款走「{cheapest}」更便宜",
            "Payment channel “{payment_channel}” costs {rate_est}; “{cheapest}” would cost less",
        ),
        title_plain=Text("有支付通道明显偏贵", "A payment channel is dear"),
        action=Text(
            "把「{payment_channel}」的付款改走「{cheapest}」",
            "Route payments from “{payment_channel}” to “{cheapest}”",
        ),
        action_plain=Text("把付款改走便宜的通道", "Route payments to the cheaper channel"),
        why=Text(
            "按实际扣掉的手续费算出真实费率, 再算同样的金额走最便宜的同类通道要多少。",
            "The true rate comes from the fees actually taken; the saving is the same volume on the cheapest "
            "comparable channel.",
        ),
    ),
    "abuse": FindingWords(
        title=Text(
            "{users} 个薅羊毛账号还在拿激励",
            "{users} abusive accounts take incentive",
        ),
        title_plain=Text("薅羊毛账号在用激励", "Abusive accounts use incentive"),
        action=Text("停发这些账号, 收回没用完的", "Stop paying these accounts and claw back what is left"),
        action_plain=Text(
            "停发薅羊毛账号, 收回没用完的", "Stop paying abusive accounts and claw back what is left"
        ),
        why=Text(
            "账号由店铺标记。他们买的不算进任何价值, 花掉的算进浪费。误标的要留申诉的口子。",
            "The shop marked these accounts. What they bought counts in no value; what they cost is waste. Leave them a way to appeal.",
        ),
    ),
    "never_back": FindingWords(
        title=Text(
            "{users} 笔奖励用完之后, 人再没回来",
            "{users} rewards were used by people who never came back",
        ),
        title_plain=Text("很多人用完奖励再没回来", "Many people used a reward and never came back"),
        action=Text(
            "把奖励拆成两次, 第二次回来才给后一半", "Pay rewards in two halves, the second upon coming back"
        ),
        action_plain=Text(
            "把奖励拆成两次, 第二次回来才给后一半", "Pay rewards in two halves, the second upon coming back"
        ),
        why=Text(
            "这些人用掉奖励后, 到数据结束再没下过单。其中一部分换个给法也留不住, 所以这是上限。",
            "After using the reward these people did not order again before the data ends. Some would be lost either way: this is an upper bound.",
        ),
        saving=Text("每月最多省 {amount}", "saves at most {amount} a month"),
    ),
    "breakage": FindingWords(
        title=Text(
            "{expired_fen}激励过期作废, 没人用(占发出的 {share_est})",
            "{expired_fen} of incentive expired unused ({share_est} of what was issued)",
        ),
        title_plain=Text("不少激励过期作废, 没人用", "Much incentive expires unused"),
        action=Text(
            "到期前三天提醒一次, 没人要的少发", "Remind three days before expiry; issue less where unwanted"
        ),
        action_plain=Text(
            "到期前三天提醒一次, 没人要的少发", "Remind three days before expiry; issue less where unwanted"
        ),
        why=Text(
            "过期的余额没有花掉真金白银, 但占了预算, 也没换来任何购买。",
            "Expired balance costs no cash, but it took up budget and brought no purchase.",
        ),
        saving=Text("每月 {amount}预算白占着", "ties up {amount} of budget a month"),
    ),
    "manual_adjust": FindingWords(
        title=Text(
            "{grants} 笔手工加的余额, 对不上任何活动",
            "{grants} balances were added by hand, for no campaign",
        ),
        title_plain=Text("有手工加的余额, 对不上任何活动", "Balance was added by hand, for no campaign"),
        action=Text(
            "手工加余额要写明原因, 并由第二个人确认",
            "Require a reason and a second person for balance added by hand",
        ),
        action_plain=Text(
            "手工加余额要写明原因, 并由第二个人确认",
            "Require a reason and a second person for balance added by hand",
        ),
        why=Text(
            "后台手工改的余额和激励一样会被花掉, 但没有预算管着它。",
            "Balance added in the back office is spent like any incentive, but no budget governs it.",
        ),
        saving=Text("每月 {amount}没有预算管着", "{amount} a month is outside any budget"),
    ),
    "frozen": FindingWords(
        title=Text("{users} 个冻结账号里压着 {amount_fen}", "{amount_fen} sits in {users} frozen accounts"),
        title_plain=Text("冻结账号里压着激励", "Incentive sits in frozen accounts"),
        action=Text(
            "清点冻结账号: 该解冻的解冻, 该收回的收回", "Go through frozen accounts: release or claw back"
        ),
        action_plain=Text(
            "清点冻结账号: 该解冻的解冻, 该收回的收回", "Go through frozen accounts: release or claw back"
        ),
        why=Text(
            "冻结着的余额用不出去, 也没回到池子里。",
            "Frozen balance can neither be used nor goes back to the pot.",
        ),
        saving=Text("每月 {amount}压着不动", "{amount} a month lies idle"),
    ),
    "subsidy_heavy": FindingWords(
        title=Text(
            "每 100 {unit}成交里有 {share_est} 是激励抵扣",
            "{share_est} of order price is paid with incentive",
        ),
        title_plain=Text("激励抵扣占成交的比例偏高", "A large part of order price is paid with incentive"),
        action=Text("人人有份的补贴先降一档", "Lower the subsidies everyone gets by one step"),
        action_plain=Text("人人有份的补贴先降一档", "Lower the subsidies everyone gets by one step"),
        why=Text(
            "激励抵扣是平台替用户付的钱, 占比越高, 毛利越薄。",
            "What is paid with incentive is paid by the platform; the higher its share, the thinner the margin.",
        ),
    ),
    "thin_margin_source": FindingWords(
        title=Text(
            "来源「{source}」的毛利率只有 {rate_est}, 整体是 {all_est}",
            "Source “{source}” keeps a margin of only {rate_est}; all together keep {all_est}",
        ),
        title_plain=Text("有一个来源几乎不赚钱", "One source hardly earns anything"),
        action=Text(
            "来源「{source}」先停发激励, 再谈价格", "Pause incentive for source “{source}”, then talk prices"
        ),
        action_plain=Text("几乎不赚钱的来源先停发激励", "Pause incentive for the source that hardly earns"),
        why=Text(
            "扣掉货品、手续费、代理、分站和激励后, 这个来源剩得比整体的一半还少。金额是它和整体的差距。",
            "After goods, fees, agents, sites and incentive, this source keeps less than half of what all keep. The amount is the difference.",
        ),
        saving=Text("每月比整体水平少赚 {amount}", "earns {amount} a month less than at the level of all"),
    ),
    "site_cut": FindingWords(
        title=Text(
            "分站拿走 {amount_fen}, 占它们订单额的 {rate_est}",
            "Sites take {amount_fen}, {rate_est} of their order price",
        ),
        title_plain=Text("分站拿走的偏多", "Sites take much"),
        action=Text("重谈分站费率", "Renegotiate the sites' rates"),
        action_plain=Text("重谈分站费率", "Renegotiate the sites' rates"),
        why=Text(
            "分站费用从每一单里扣, 激励付的那部分也照扣。",
            "Site fees come off every order, also off the part that incentive paid.",
        ),
    ),
    "fee_heavy": FindingWords(
        title=Text(
            "支付手续费 {amount_fen}, 占付款额的 {rate_est}",
            "Payment fees are {amount_fen}, {rate_est} of what was paid",
        ),
        title_plain=Text("支付手续费偏高", "Payment fees are high"),
        action=Text(
            "和支付服务商重谈费率, 能直连的直连", "Renegotiate fees; connect directly where possible"
        ),
        action_plain=Text(
            "和支付服务商重谈费率, 能直连的直连", "Renegotiate fees; connect directly where possible"
        ),
        why=Text(
            "直连微信、支付宝一般比聚合通道便宜。",
            "Direct WeChat and Alipay connections usually cost less than aggregators.",
        ),
    ),
}
