"""The words of what was learned of single users: its page, its workbook, its ten lines; its terms."""

from huoshui.base.errors import Text
from huoshui.serve.texts.definitions import Definition

_STATES: dict[str, Text] = {
    "learn_state.users_differ": Text("看得出差别", "Users differ"),
    "learn_state.no_detectable_difference": Text("看不出差别", "No detectable difference"),
    "learn_state.too_few": Text("人太少", "Too few users"),
    "learn_way.logistic": Text("两条线的模型", "Model of two lines"),
    "learn_way.boosted": Text("树模型", "Model of trees"),
    "learn_way.rule": Text("一条规则", "One rule"),
    "learn_way.propensity": Text("按本来就爱买排", "By who buys anyway"),
    "learn_way.random": Text("随机", "By chance"),
    "learn_bearing.up": Text("越多, 反应越多", "more of it, more answers"),
    "learn_bearing.down": Text("越多, 反应越少", "more of it, fewer answers"),
    "learn_tenth.all": Text("所有人", "Everybody"),
    "learn_tenth.best": Text("排在最前的十分之一", "The best tenth"),
    "learn_tenth.worst": Text("排在最后的十分之一", "The worst tenth"),
    "learn_tenth.other": Text("第 {n} 个十分之一", "Tenth {n}"),
}

_PAGE: dict[str, Text] = {
    "learn.title": Text("{name}: 谁因为余额才行动", "{name}: who acts because of balance"),
    "learn.what": Text("学到了什么", "What was learned"),
    "learn.scope": Text(
        "{users} 个随机分过组、已到期的用户, {rows} 次分组 · 数据 {first} 到 {last}",
        "{users} users assigned by chance whose window has passed, {rows} assignments · data {first} to {last}",
    ),
    "learn.headline_differ": Text(
        "看得出谁反应更多: 同样的金额, 排在前面的人比同群平均多反应, 没参与学习的人里也是这样。",
        "It shows who answers more: to the same amount, those ranked first answer more than their segment, also among users not "
        "learned from.",
    ),
    "learn.headline_same": Text(
        "看不出用户之间的差别: 每个人按本群的平均效果算, 不编个人分数。",
        "No detectable difference between users: everybody counts with their segment's average, and no score is made up.",
    ),
    "learn.headline_few": Text(
        "随机分过组、已到期的用户只有 {users} 个, 还学不了。",
        "Only {users} users were assigned by chance and have passed their window: nothing can be learned yet.",
    ),
    "learn.forward": Text(
        "预测每多 1 倍, 没参与学习的人里实际多 {slope} 倍({low}–{high}); 计划里按 {believed} 倍用。",
        "For each step foretold, users not learned from went {slope} of it ({low}–{high}); a plan uses {believed} of it.",
    ),
    "learn.tenths": Text(
        "“{name}”: 最前十分之一每 1 {unit}带回 {best}({best_low}–{best_high}), 平均 {mean}, 最后十分之一 {worst}。",
        "“{name}”: the best tenth brings back {best} ({best_low}–{best_high}) for each {unit}1, everybody {mean}, the worst tenth "
        "{worst}.",
    ),
    "learn.same": Text(
        "“{name}”: 看不出差别, 平均每 1 {unit}带回 {mean}({low}–{high}); 要看出值得找的差别, 大约要 {needed} 人。",
        "“{name}”: no detectable difference; on average each {unit}1 brings back {mean} ({low}–{high}). To find differences worth "
        "finding takes about {needed} users.",
    ),
    "learn.same_enough": Text(
        "“{name}”: 看不出差别, 平均每 1 {unit}带回 {mean}({low}–{high}); 人数已经够多, 值得找的差别大概没有。",
        "“{name}”: no detectable difference; on average each {unit}1 brings back {mean} ({low}–{high}). There are users enough: "
        "differences worth finding are probably not there.",
    ),
    "learn.same_unknown": Text(
        "“{name}”: 看不出差别, 平均每 1 {unit}带回 {mean}({low}–{high})。",
        "“{name}”: no detectable difference; on average each {unit}1 brings back {mean} ({low}–{high}).",
    ),
    "learn.few": Text("“{name}”: {reason}", "“{name}”: {reason}"),
    "learn.untold": Text(
        "没有对照组、或人太少的活动不参与学习: {names}。",
        "Campaigns without a control, or with too few users, are not learned from: {names}.",
    ),
    "learn.young": Text(
        "{rows} 次分组的窗口期还没过, 没有算进来。",
        "{rows} assignments whose window has not passed are left out.",
    ),
    "learn.uneven": Text(
        "有 {count} 个特征在两组之间本来就不一样, 可能偷看了结果, 没有用: {names}。",
        "{count} features differ between the arms beforehand, and may have seen the outcome; they were not used: {names}.",
    ),
    "learn.features": Text("反应多的人: {names}。", "Who answers more: {names}."),
    "learn.next": Text("接下来", "What to do next"),
    "learn.next_plan": Text(
        "做计划时会自动用上: {command}。不想用, 加 {off}。",
        "A plan uses it by itself: {command}. To leave it out, add {off}.",
    ),
    "learn.next_more": Text(
        "继续随机留一小部分人不发(计划会自动留), 数据多了再学一次。",
        "Keep holding a few users out by chance (a plan does), and learn again when there are more data.",
    ),
    "learn.marking": Text(
        "这一页只用随机分过组的数据; 排序只在没参与学习的人身上打分; 括号里是 95% 的范围。",
        "This page uses randomised data alone; rankings are judged on users not learned from; in brackets the 95 % range.",
    ),
    "learn.marking_gross": Text(
        "没有货品成本: 带回的是成交额, 不是利润。",
        "Cost of goods is unknown: what is brought back is turnover, not profit.",
    ),
    "section.learn_factor": Text("同一群里谁反应更多", "Who answers more within a segment"),
    "lead.learn_factor": Text(
        "所有活动合起来学一个反应倍数: 同样的金额, 这个人的反应是同群平均的几倍。",
        "One response factor is learned from all campaigns together: how many times their segment's average somebody answers.",
    ),
    "section.learn_campaigns": Text("逐个活动", "Campaign by campaign"),
    "lead.learn_campaigns": Text(
        "几种排法都在没参与学习的人身上比过; 规则、按爱买排、随机一直摆在旁边。",
        "All rankings were compared on users not learned from; a rule, who buys anyway, and chance always stand beside.",
    ),
    "section.learn_card": Text("模型卡", "Model card"),
    "lead.learn_card": Text(
        "从什么学来、学得多好、什么时候不要用。",
        "What it was learned from, how well, and when not to use it.",
    ),
    "learn.used_factor": Text(
        "计划里一个人的反应倍数在 {low} 到 {high} 之间, 每群的平均是 1: 一群人合起来的效果仍是随机对照测得的。",
        "In a plan a user's response factor lies between {low} and {high}, and 1 on average in each segment: what a segment brings in "
        "all is as the random control told it.",
    ),
    "learn.hash": Text(
        "数据指纹 {hash}; 种子 {seed}; {versions}。", "Data hash {hash}; seed {seed}; {versions}."
    ),
    "learn_not.others": Text(
        "不要用在没进过抽签的人群上: 模型没见过他们。",
        "Not for users unlike those drawn: the model has not seen them.",
    ),
    "learn_not.amounts": Text("不要用来猜没试过的金额。", "Not for amounts never tried."),
    "learn_not.later": Text(
        "季节、商品、价格变了就重新学。", "Learn anew when season, goods or prices change."
    ),
    "learn_not.cause": Text(
        "特征说明谁反应多, 不说明为什么; 人为改变特征不会改变反应。",
        "Features tell who answers more, not why; changing one by hand does not change the answer.",
    ),
}

_LINES: dict[str, Text] = {
    "learn_line.title": Text(
        "{name} · 谁因为余额才行动 · {scope}", "{name} · who acts because of balance · {scope}"
    ),
    "learn_line.simulated": Text("[模拟数据] {line}", "[simulated data] {line}"),
}

_TABLES: dict[str, Text] = {
    "table.learn_campaigns": Text("活动", "Campaigns"),
    "table.learn_features": Text("哪些特征有用", "Features that tell"),
    "table.learn_factor": Text("逐个活动兑现多少", "How far each campaign bore it out"),
    "table.learn_rankings": Text("{name} 几种排法", "{name}: rankings"),
    "table.learn_amounts": Text("{name} 各面额平均", "{name}: averages by amount"),
    "table.learn_tenths": Text("{name} 每十分之一", "{name}: by tenth"),
    "table.learn_deciles": Text("{name} 预测和实际", "{name}: foretold and seen"),
    "table.learn_uneven": Text("没有用的特征", "Features left out"),
    "col.learn_rows": Text("分组人次", "Assignments"),
    "col.learn_state": Text("差别", "Differences"),
    "col.learn_best": Text("最前十分之一每 1 {unit}带回", "Best tenth, per {unit}1"),
    "col.learn_mean": Text("平均每 1 {unit}带回", "On average, per {unit}1"),
    "col.learn_worst": Text("最后十分之一每 1 {unit}带回", "Worst tenth, per {unit}1"),
    "col.learn_feature": Text("特征", "Feature"),
    "col.learn_bearing": Text("方向", "Bearing"),
    "col.learn_weight": Text("差一档, 倍数差", "One spread moves the factor by"),
    "col.learn_slope": Text("兑现率", "Borne out"),
    "col.learn_way": Text("排法", "Ranking"),
    "col.learn_qini": Text("排序得分 ×10⁴", "Qini × 10⁴"),
    "col.learn_taken": Text("选用", "Taken"),
    "col.learn_users": Text("人数", "Users"),
    "col.learn_orders": Text("每人多下几单", "Orders added a user"),
    "col.learn_value": Text("每人多带来", "Value added a user"),
    "col.learn_cost": Text("每人预计用掉", "Cost a user"),
    "col.learn_tenth": Text("哪一段", "Which"),
    "col.learn_each": Text("每 1 {unit}带回", "Per {unit}1"),
    "col.learn_foretold": Text("预测多下几单", "Orders foretold"),
    "col.learn_seen": Text("实际多下几单", "Orders seen"),
    "col.learn_errors": Text("两组差几个误差", "Errors between arms"),
}

LEARN_TEXTS: dict[str, Text] = {**_STATES, **_PAGE, **_LINES, **_TABLES}


def _d(zh: str, en: str, meaning_zh: str, meaning_en: str) -> Definition:
    return Definition(Text(zh, en), Text(meaning_zh, meaning_en))


LEARN_DEFINITIONS: dict[str, Definition] = {
    "response_factor": _d(
        "反应倍数",
        "Response factor",
        "同样的金额, 这个人的反应是同群平均的几倍; 1 就是和同群一样。每群的平均是 1。",
        "How many times their segment's average a user answers the same amount; 1 is as the others. Each segment's mean is 1.",
    ),
    "qini": _d(
        "排序得分",
        "Qini",
        "按排序从前往后发, 比随机发多换来多少反应。0 就是和随机一样; 区间含 0 就是看不出差别。",
        "What giving by the ranking brings beyond giving by chance. 0 is chance; an interval that holds 0 shows no difference.",
    ),
    "borne_out": _d(
        "兑现率",
        "Borne out",
        "预测的差别在没参与学习的人身上实现了几成: 1 是一样大, 0 是没有, 小于 1 是预测夸大了。",
        "How much of the differences foretold came true among users not learned from: 1 all, 0 none, below 1 overstated.",
    ),
    "tenth": _d(
        "十分之一",
        "Tenth",
        "按预测把人从高到低排好, 切成十段, 每段人数一样。",
        "Users ranked by what is foretold, cut into ten parts of equal size.",
    ),
}
