"""The words of what campaigns brought and what the guard would have done: page, workbook, ten lines; its terms."""

from huoshui.base.errors import Text
from huoshui.serve.texts.definitions import Definition

_STATES: dict[str, Text] = {
    "advice.look": Text("先查分组", "Check the split first"),
    "advice.stop": Text("该停", "Stop it"),
    "advice.amounts": Text("该改面额", "Change the amounts"),
    "advice.reduce": Text("先少发", "Give less for now"),
    "advice.keep": Text("继续", "Go on"),
    "advice.wait": Text("再等等", "Wait"),
    "advice.unclear": Text("看不出", "Cannot be told"),
    "advice.test": Text("先留对照", "Hold some out first"),
    "advice.no_data": Text("数据不够", "Too little data"),
    "advice.over_good": Text("已结束, 可以再办", "Over; worth repeating"),
    "advice.over_bad": Text("已结束, 别再办", "Over; not to be repeated"),
    "advice.over_amounts": Text("已结束, 再办要改面额", "Over; other amounts next time"),
    "advice.over_unclear": Text("已结束, 看不出", "Over; cannot be told"),
    "policy.ran": Text("实际这样发", "As it ran"),
    "policy.nothing": Text("谁也不发", "Nothing to anybody"),
    "policy.best": Text("人人发最好的那一档", "The best amount for everybody"),
    "policy.plan": Text("照上一份计划发", "As the last plan would"),
    "need.assignments": Text(
        "缺分组名单 (assignments 表: 谁在哪一组): 有了它才知道增量",
        "no assignments (the table assignments: who was in which arm): with it, what is incremental is known",
    ),
    "need.control": Text(
        "缺对照组 (assignments.arm = control): 随机留一小部分人不发, 才知道增量",
        "no control (assignments.arm = control): hold a few users out by chance, and what is incremental is known",
    ),
    "need.probability": Text(
        "缺概率 (assignments.probability): 有了它才能查分组是否健康、才能比别的发法",
        "no probability (assignments.probability): with it the split can be checked and other ways of giving compared",
    ),
    "need.value_cap": Text(
        "缺价值上限 (campaigns.value_cap): 这里按最大面额的 30 倍封顶",
        "no value cap (campaigns.value_cap): 30 times the largest amount is taken here",
    ),
    "need.balance_entries": Text(
        "缺余额流水 (balance_entries): 有了它才知道发了多少、用了多少",
        "no balance entries (balance_entries): with them it is known what was given and used",
    ),
    "need.goods": Text(
        "缺货品成本 (orders.cost_of_goods 或 products.cost): 现在是成交额, 不能据此说赚钱",
        "no cost of goods (orders.cost_of_goods or products.cost): this is turnover, and proves no profit",
    ),
    "need.campaign_id": Text(
        "缺活动号 (balance_entries.campaign_id): 有了它才知道哪一笔是哪个活动发的",
        "no campaign ids (balance_entries.campaign_id): with them each grant has its campaign",
    ),
    "need.linked_ids": Text(
        "缺设备、联系方式或地址的散列 (users.device_hash 等): 有了它才能看出疑似同一伙的账号",
        "no hashes of devices, contacts or addresses (users.device_hash …): with them linked accounts show",
    ),
}

_PAGE: dict[str, Text] = {
    "evaluate.title": Text("{name}: 活动该不该继续", "{name}: which campaigns should go on"),
    "evaluate.what": Text("活动评估", "Campaigns judged"),
    "evaluate.scope": Text(
        "{campaigns} 个活动 · 数据 {first} 到 {last}", "{campaigns} campaigns · data {first} to {last}"
    ),
    "evaluate.headline": Text(
        "正在发的 {running} 个活动里: {act} 个要动手, {keep} 个可以继续, {rest} 个还看不出。",
        "Of {running} campaigns that are running, {act} need action, {keep} may go on, {rest} cannot be told yet.",
    ),
    "evaluate.headline_none": Text(
        "文件里没有一个活动可以评估; 缺的列写在下面。",
        "The files hold no campaign that could be judged; the missing columns are named below.",
    ),
    "evaluate.headline_over": Text(
        "文件里的 {campaigns} 个活动都已结束; 哪些值得再办, 看下表。",
        "All {campaigns} campaigns of the files are over; the table says which are worth repeating.",
    ),
    "evaluate.saved": Text(
        "若当时启用: {day} 起陆续建议停掉 {count} 个活动; 建议之后它们又发了 {amount} (估算)。",
        "Had it been on: from {day} on it would have proposed to stop {count} campaigns, which gave {amount} after that "
        "(estimate).",
    ),
    "evaluate.known": Text(
        "“{name}”: {advice}。每 1 {unit}多赚回 {each} ({range}), 每人多带来 {value}。",
        "“{name}”: {advice}. Each {unit}1 brings {each} more ({range}), {value} more a user.",
    ),
    "evaluate.raw": Text(
        "“{name}”: {advice}。没有可比的对照, 说不出增量。",
        "“{name}”: {advice}. There is no control to compare with, so nothing incremental can be said.",
    ),
    "evaluate.young": Text(
        "“{name}”: {advice}。走完 {days} 天窗口期的人还不够。",
        "“{name}”: {advice}. Too few users have passed their window of {days} days.",
    ),
    "evaluate.unhealthy": Text(
        "“{name}”: {advice}。各组人数和抽签对不上, 数字一律不读。",
        "“{name}”: {advice}. The arms do not fit the draw, so no figure is read.",
    ),
    "evaluate.worn": Text(
        "“{name}”: {advice}。{since} 以后领到的人不再划算, 每人净差 {value}; 之前是 {before}。",
        "“{name}”: {advice}. Users drawn from {since} on are not worth it any more: net {value} a user, {before} before.",
    ),
    "evaluate.amounts": Text("各档: {parts}。", "By amount: {parts}."),
    "evaluate.amount": Text("{amount} {verdict}", "{amount} {verdict}"),
    "trial_state.ship": Text("划算", "pays"),
    "trial_state.roll_back": Text("不划算", "does not pay"),
    "trial_state.waiting": Text("还没定", "open"),
    "trial_state.inconclusive": Text("看不出", "cannot be told"),
    "trial_state.no_data": Text("人太少", "too few"),
    "trial_state.unhealthy": Text("不读", "not read"),
    "split.agrees": Text(
        "分组健康: {treated} 人发, {control} 人对照, 人数和抽签对得上。",
        "The split is healthy: {treated} treated and {control} control, as drawn.",
    ),
    "split.broken": Text(
        "分组不健康: {treated} 人发, {control} 人对照, 和记下的概率对不上, 碰巧如此不到千分之一。先查名单怎么生成、有没有人丢了。",
        "The split is broken: {treated} treated and {control} control do not fit the logged chances (by chance in less than "
        "1 of 1,000). Find out how the list was made and who is missing.",
    ),
    "split.untold": Text(
        "{treated} 人发, {control} 人对照; 没有记下概率, 分组是否健康查不了。",
        "{treated} treated and {control} control; no chances were logged, so the split cannot be checked.",
    ),
    "split.varying": Text(
        "{treated} 人发, {control} 人对照; 每人被抽中的概率不同, 两组不能直接比。",
        "{treated} treated and {control} control; chances differ from user to user, so that arms are not compared plainly.",
    ),
    "split.no_control": Text(
        "{treated} 人次, 没有随机留出的对照。", "{treated} users, and no control drawn by chance."
    ),
    "evaluate.contaminated": Text(
        "对照组里有 {users} 人也拿到了; 数字按原来的分组算, 只会偏小。",
        "{users} of control got it all the same; figures go by the draw, and can only be too small.",
    ),
    "rail.harm": Text(
        "看 {days} 天: 发了的人每人毛利比对照少 {gap} ({range})。",
        "Over {days} days the treated leave {gap} less margin a user than control ({range}).",
    ),
    "rail.holds": Text(
        "看 {days} 天: 每人毛利多 {gap} ({range}), 站得住。",
        "Over {days} days margin a user is up by {gap} ({range}): it lasts.",
    ),
    "rail.unclear": Text(
        "看 {days} 天: 每人毛利差 {gap} ({range}), 看不出。",
        "Over {days} days margin a user differs by {gap} ({range}): it cannot be told.",
    ),
    "rail.pulled_forward": Text(
        "看 {days} 天: 每人毛利差 {gap} ({range}); 窗口期之后反而少了, 可能只是把购买提前。",
        "Over {days} days margin a user differs by {gap} ({range}); it is less after the window: purchases were pulled "
        "forward, perhaps.",
    ),
    "rail.immature": Text(
        "30 天和 90 天的毛利: 看到那么久、又下过单的人还不够。",
        "Margin after 30 and 90 days: too few users with orders have been seen so long.",
    ),
    "rail.unknown": Text(
        "30 天和 90 天的毛利: 没有对照, 没法比。", "Margin after 30 and 90 days: no control to compare with."
    ),
    "hindsight.head": Text("若当时启用, 会这样建议", "Had it been on, it would have proposed"),
    "hindsight.none": Text(
        "若当时启用: 到今天不会建议任何动作 (到期 {judged} 人, 还没到期 {waiting} 人)。",
        "Had it been on: nothing would have been proposed so far ({judged} users matured, {waiting} not yet).",
    ),
    "hindsight.after": Text(
        "{day} 就会建议停; 从那天起又发了 {amount}, 占一共发的 {share} (估算: 假定别的都不变)。",
        "Stopping would have been proposed on {day}; from then on {amount} were still given, {share} of all (estimate: as if "
        "nothing else had changed).",
    ),
    "hindsight.lower": Text(
        "比例调低的日子里, 超出的部分是 {amount} (估算)。",
        "While the share was lower, {amount} were given above it (estimate).",
    ),
    "hindsight.ship": Text(
        "比较两组: 已经证明划算 (每人净多 {value}, {low} 到 {high})。",
        "Comparing the arms: proven to pay (net {value} a user, {low} to {high}).",
    ),
    "hindsight.roll_back": Text(
        "比较两组: 已经证明不划算 (每人净差 {value}, {low} 到 {high})。",
        "Comparing the arms: proven not to pay (net {value} a user, {low} to {high}).",
    ),
    "hindsight.worn_out": Text(
        "比较两组: {since} 以后领到的人不再划算 (每人净差 {value}, 之前 {before})。",
        "Comparing the arms: users drawn from {since} on are not worth it any more (net {value} a user, {before} before).",
    ),
    "guard_rung.watch": Text("看着", "watch"),
    "guard_rung.slow": Text("慢发 (80%)", "slower (80 %)"),
    "guard_rung.slower": Text("更慢 (50%)", "slower still (50 %)"),
    "guard_rung.quarter": Text("只发四分之一", "a quarter"),
    "guard_rung.paused": Text("停发", "paused"),
    "evaluate.today": Text(
        "护栏今天: {rung}, 发放比例 {share}; 证据值 {evidence} (20 降, 100 停), {basis}。",
        "The guard today: {rung}, issuing share {share}; evidence {evidence} (20 lowers, 100 pauses), {basis}.",
    ),
    "basis.incremental": Text("和对照组比", "against control"),
    "basis.attributed": Text(
        "按归因算, 分不出本来就会买的", "attributed: who would have bought anyway is in it"
    ),
    "evaluate.chart": Text(
        "“{name}”每天发多少; 竖线是若当时启用会建议动手的日子。",
        "What “{name}” gave each day; upright lines are days on which action would have been proposed.",
    ),
    "evaluate.flag_stop": Text("建议停", "stop"),
    "evaluate.flag_lower": Text("建议降", "lower"),
    "evaluate.issued": Text("当天发", "given that day"),
    "section.evaluate_campaigns": Text("逐个活动", "Campaign by campaign"),
    "lead.evaluate_campaigns": Text(
        "分组健不健康, 带来什么, 该不该继续; 若当时启用护栏, 哪天会建议什么。",
        "Whether the split is healthy, what it brought, whether to go on; and what the guard would have proposed when.",
    ),
    "section.evaluate_linked": Text("疑似同一伙的账号", "Accounts suspected to be one hand"),
    "lead.evaluate_linked": Text(
        "只是怀疑, 附证据, 可以申诉; 一组关联的账号在上面的比较里算一个。",
        "A suspicion, with evidence, open to appeal; linked accounts count as one in the comparisons above.",
    ),
    "section.evaluate_missing": Text("缺什么", "What is missing"),
    "lead.evaluate_missing": Text(
        "补上这些列, 就能多说一些; 不补, 上面说不出的就是说不出。",
        "With these columns more could be said; without them, what is left open above stays open.",
    ),
    "evaluate.linked": Text(
        "疑似同一伙: {groups} 伙 {users} 个账号, 拿了奖励 {amount}; 先请人看。",
        "Suspected to be one hand: {groups} groups of {users} accounts took {amount} of rewards; have them looked at.",
    ),
    "evaluate.linked_none": Text(
        "没有发现该先看一眼的账号组。", "No group of accounts was found that should be looked at first."
    ),
    "evaluate.linked_unread": Text("没有能看出关联的列。", "No column tells what accounts share."),
    "evaluate.plan_unmet": Text(
        "计划“{folder}”里没有一个决定落在这些文件里随机分过组的人身上, 没法拿来比。",
        "No decision of the plan “{folder}” falls on anybody who was drawn in these files: it cannot be compared.",
    ),
    "evaluate.missing": Text("缺数据: {needs}。", "Missing: {needs}."),
    "evaluate.nothing_missing": Text("不缺。", "Nothing."),
    "evaluate.next": Text("接下来", "What to do next"),
    "evaluate.next_stop": Text(
        "先停“{names}”的新发放; 已经发出去的不动。", "Stop new grants of “{names}”; what was issued stays."
    ),
    "evaluate.next_amounts": Text(
        "“{names}”只留划算和还没定的面额。", "Keep of “{names}” the amounts that pay or are open."
    ),
    "evaluate.next_look": Text(
        "“{names}”先查分组名单是怎么生成的。", "Find out how the list of “{names}” was made."
    ),
    "evaluate.next_test": Text(
        "“{names}”下次随机留一小部分人不发。", "Hold a few users out of “{names}” by chance."
    ),
    "evaluate.next_plan": Text(
        "想知道下个月给谁多少: {command}。", "For who should get how much next month: {command}."
    ),
    "evaluate.marking": Text(
        "价值按窗口期算到封顶, 成本 = 用掉的 + 还会用掉的 + 风险准备; 没走完窗口期的人一律不判。括号是任何一天看都站得住的 95% 范围。",
        "Value counts in the window, up to its cap; cost = used + expected to be used + risk reserve; nobody is judged before "
        "their window has passed. In brackets: 95 % ranges that hold on any day.",
    ),
    "evaluate.marking_gross": Text(
        "没有货品成本: 这里是成交额, 不是利润; 划算与否只能证明不划算。",
        "Cost of goods is unknown: this is turnover, not profit; only that something does not pay can be proven.",
    ),
    "evaluate.cap": Text(
        "保本线 {bar}; 窗口期 {days} 天; 每人价值最多算 {cap}。",
        "Bar {bar}; window {days} days; a user's value counts up to {cap}.",
    ),
}

_LINES: dict[str, Text] = {
    "evaluate_line.title": Text(
        "{name} · 活动该不该继续 · {scope}", "{name} · which campaigns should go on · {scope}"
    ),
    "evaluate_line.simulated": Text("[模拟数据] {line}", "[simulated data] {line}"),
    "evaluate_line.more": Text(
        "还有 {count} 个活动, 见 evaluate.html。", "{count} more campaigns: see evaluate.html."
    ),
}

_TABLES: dict[str, Text] = {
    "table.evaluate_campaigns": Text("活动", "Campaigns"),
    "table.evaluate_arms": Text("{name} 各档", "{name}: by amount"),
    "table.evaluate_steps": Text("{name} 若当时启用", "{name}: had it been on"),
    "table.evaluate_policies": Text("{name} 换个发法", "{name}: other ways of giving"),
    "table.evaluate_linked": Text("疑似同一伙", "Suspected groups"),
    "col.evaluate_advice": Text("该怎么办", "What to do"),
    "col.evaluate_value": Text("每人多带来", "More a user"),
    "col.evaluate_each": Text("每 1 {unit}多赚回", "Brought per {unit}1"),
    "col.evaluate_stop": Text("若当时启用, 建议停", "Stop proposed"),
    "col.evaluate_after": Text("那以后又发", "Given after"),
    "col.evaluate_given": Text("一共发了", "Given in all"),
    "col.evaluate_amount": Text("面额", "Amount"),
    "col.evaluate_users": Text("人数", "Users"),
    "col.evaluate_verdict": Text("判定", "Verdict"),
    "col.evaluate_day": Text("日期", "Day"),
    "col.evaluate_proposal": Text("建议和理由", "Proposal and reason"),
    "col.evaluate_policy": Text("发法", "Way of giving"),
    "col.evaluate_net": Text("每人净多 (减去成本)", "Net a user (less cost)"),
    "col.evaluate_level": Text("怎么处理", "What follows"),
    "col.evaluate_evidence": Text("证据", "Evidence"),
    "col.evaluate_appeal": Text("误伤怎么办", "If it is a mistake"),
    "evaluate.all_amounts": Text("合起来", "all together"),
    "evaluate.plan_name": Text("照上一份计划发 ({folder})", "As the last plan would ({folder})"),
}

EVALUATE_TEXTS: dict[str, Text] = {**_STATES, **_PAGE, **_LINES, **_TABLES}


def _d(zh: str, en: str, meaning_zh: str, meaning_en: str) -> Definition:
    return Definition(Text(zh, en), Text(meaning_zh, meaning_en))


EVALUATE_DEFINITIONS: dict[str, Definition] = {
    "split_check": _d(
        "分组健康",
        "Healthy split",
        "各组的人数和抽签的概率对得上。对不上就是有人丢了或被挑过, 数字一律不读。",
        "Arms are as large as the logged chances say. Where not, somebody is missing or was picked, and no figure is read.",
    ),
    "hindsight": _d(
        "若当时启用",
        "Had it been on",
        "拿文件里的过去一天一天重放: 每天只看当天早上已经到期的人。少发之后别的会怎样没人知道, 所以钱数是估算。",
        "The past of the files played again day by day: each morning sees only users matured by then. What giving less "
        "would have changed nobody knows, so amounts are estimates.",
    ),
    "guard": _d(
        "护栏",
        "Guard",
        "看到期的人带来的够不够保本线; 证据够了就建议少发或停发, 由人决定。",
        "Holds what matured users brought against the bar; with enough evidence it proposes to give less or to pause. A "
        "person decides.",
    ),
    "worn_out": _d(
        "失效",
        "Worn out",
        "开头划算, 后来领到的人不再划算。按周比较两组; 平均 1,200 天才会误报一次。",
        "It paid at first, and does not for users drawn later. Arms are compared by week; one false alarm in 1,200 days "
        "on average.",
    ),
    "other_policy": _d(
        "换个发法",
        "Another way of giving",
        "用记下的抽签概率算: 同样这些人, 换一种发法, 每人净多多少。最好的一档在一半人里选、在另一半人里算, 不自夸。",
        "From the logged chances: what another way of giving would have brought the same users, net of cost. The best "
        "amount is chosen on one half of them and judged on the other.",
    ),
}
