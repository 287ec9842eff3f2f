"""What the files of a plan say in words: names, rules, reasons. In both languages; names of the data go in unread."""

from huoshui.base.errors import Text
from huoshui.core.allocate.plan_values import Arm, BaselineCode, CampaignStatus, NotAllowedCode, ReserveCode
from huoshui.core.costs.values import Segment

SEGMENT_NAMES: dict[Segment, Text] = {
    "newcomer": Text("新客", "newcomers"),
    "lost": Text("流失", "lost"),
    "dormant": Text("沉睡", "dormant"),
    "high_value": Text("高价值", "high value"),
    "low_frequency": Text("低频", "low frequency"),
    "regular": Text("常客", "regular"),
    "unknown": Text("历史不够, 分不出", "too little history"),
}
ARM_NAMES: dict[Arm, Text] = {
    "policy": Text("按计划", "by the plan"),
    "explore": Text("探索", "exploration"),
    "holdout": Text("长期留出", "holdout"),
}
NOT_ALLOWED_NAMES: dict[NotAllowedCode, Text] = {
    "abuser": Text("薅羊毛账号, 不发", "an abusive account: nothing"),
    "frozen": Text("账号冻结, 不发", "the account is frozen: nothing"),
    "deleted": Text("账号已注销, 不发", "the account is deleted: nothing"),
    "linked_risk": Text(
        "疑似和别的账号是同一伙人, 先不发, 请人看过再定",
        "suspected to be one hand with other accounts: nothing until somebody has looked",
    ),
    "holdout": Text("长期留出的对照用户, 这个季度不发优惠", "in the holdout: no offers this quarter"),
    "cool_down": Text("刚发过, 还在冷却期", "had an offer lately: still cooling down"),
    "cap_reached": Text("这个周期已发到每人上限", "has reached the cap of the period"),
    "no_curve": Text(
        "没有随机数据说明发给这类用户有没有用", "no random test tells what an offer would bring here"
    ),
    "excluded": Text("按您的规则排除", "left out by your rules"),
}

# --- rules -------------------------------------------------------------------------------------------------

CAMPAIGN_BUDGET = Text("活动“{name}”最多花 {amount}", "campaign “{name}” spends at most {amount}")
BUDGET_LEFT = Text(
    "活动表里的预算 {whole}, 已经花了和预计还要花 {used}。",
    "The campaigns table has {whole}; {used} of it is spent or expected to be.",
)
BUDGET_LEFT_BY_DAYS = Text(
    "活动表里的预算 {whole}, 已经花了和预计还要花 {used}; 剩下的按天摊: 还有 {of} 天, 这个周期占 {days} 天。",
    "The campaigns table has {whole}; {used} is spent or expected to be; {days} of {of} days left are in the period.",
)
BUDGET_REOPENED = Text(
    "活动已结束, 按再开一次算: 原来 {of} 天 {whole}, 这个周期占 {days} 天。",
    "It is over and planned as another round: {whole} for {of} days, {days} of them in the period.",
)
BUDGET_NOT_YET = Text(
    "活动表里的预算 {whole}, 但这个周期里还没开始。",
    "The campaigns table has {whole}, but it does not begin within the period.",
)
PEOPLE_MAX = Text("活动“{name}”最多发 {users} 人", "campaign “{name}” goes to at most {users} users")
RETURN_FLOOR = Text(
    "活动“{name}”平均每元至少带回 {bar} 元", "campaign “{name}” brings at least {bar} a yuan on average"
)
RETURN_FLOOR_ALL = Text(
    "整个计划平均每元至少带回 {bar} 元", "the whole plan brings at least {bar} a yuan on average"
)
SEGMENT_MIN = Text("“{name}”用户至少花 {amount}", "at least {amount} goes to {name} users")
SEGMENT_MAX = Text("“{name}”用户最多花 {amount}", "at most {amount} goes to {name} users")
BUDGET_RULE = Text("可以发的钱一共 {amount}", "{amount} to offer in all")
CHANGES_RULE = Text("和上次计划相比最多改动 {users} 人", "at most {users} users differ from the earlier plan")

# --- one user ----------------------------------------------------------------------------------------------

REASON = Text(
    "{segment}用户: 发“{campaign}” {amount} 元, 按这类用户和自己每单的价值, 预计花 {cost} 元、多带来 {value} 元, "
    "在能给的里面最划算",
    "{segment} user: {amount} yuan of “{campaign}”; by such users and the worth of their own orders it costs {cost} "
    "and brings {value} more, the best of what may be given",
)
REASON_FACTOR = Text(
    "; 按学到的, 他的反应约是同群人的 {factor} 倍",
    "; as learned, this user answers about {factor} times as much as others of the segment",
)
REASON_FACTOR_WHY = Text(" ({why})", " ({why})")
REASON_EXPLORE = Text(
    "探索: 抽签抽到“{campaign}” {amount} 元, 用来继续学习多少钱最合适",
    "exploration: drew {amount} yuan of “{campaign}”, so that we keep learning which amount does best",
)
REASON_DRAWN_NOTHING = Text("探索: 抽签抽到不发", "exploration: drew nothing")
REASON_NOTHING = Text(
    "{segment}用户: 没有哪一档多带回的钱够得上最后 1 元的价格 {price}, 不发",
    "{segment} user: no amount brings the price of the last yuan, {price}: nothing",
)
HISTORY_ORDERS = Text(
    "买过 {orders} 单, 最近一单在 {days} 天前", "{orders} orders, the last {days} days before"
)
HISTORY_RECENT = Text("近 90 天 {orders} 单", "{orders} orders in the last 90 days")
HISTORY_NONE = Text("文件里没有下过单", "no order in the files")
HISTORY_WORTH = Text("平均一单价值 {yuan} 元", "an order is worth {yuan} yuan on average")
HISTORY_REWARDED = Text("上次领活动奖励在 {days} 天前", "last rewarded {days} days before")
HISTORY_NEVER_REWARDED = Text("没领过活动奖励", "never rewarded by a campaign")

# --- notes -------------------------------------------------------------------------------------------------

NOTE_GAP = Text(
    "文件到 {last} 为止, 计划从 {first} 开始, 中间 {days} 天没有数据: 用户可能已经变了",
    "the files end on {last} and the plan begins on {first}: {days} days between are not seen, users may have changed",
)
NOTE_ENDED = Text(
    "“{names}”在活动表里已经结束, 这里按“重新开”来计划; 不想开就在规则文件里写 skip_ended = true",
    "“{names}” have ended by the campaigns table and are planned as if opened again; "
    "`skip_ended = true` in the rules file leaves them out",
)
NOTE_NO_USERS = Text(
    "没有用户表, 只能计划给下过单的人",
    "there is no users table: only those who have ordered can be planned for",
)
NOTE_SHORT = Text(
    "写明的规则 (充值赠送、任务等) 预计就要 {amount} 元, 比预算还多 {short} 元",
    "published rules alone (top-up bonus, tasks) are expected to take {amount} yuan, {short} more than the budget",
)
NOTE_RISK = Text(
    "疑似同一伙人的账号有 {groups} 伙 {users} 个, 已经拿走 {yuan} 元奖励; 这次先不发, 证据在 suspected.csv, "
    "看过没问题的写进规则文件的 trusted_users",
    "{users} accounts in {groups} groups are suspected to be one hand each and have had {yuan} yuan of rewards; "
    "nothing for them for now: the evidence is in suspected.csv, and whom you clear goes into trusted_users of the "
    "rules file",
)
NOTE_RISK_NONE = Text(
    "关联组有 {groups} 个, 没有一个可疑到不发",
    "there are {groups} linked groups, none odd enough to get nothing",
)
NOTE_GROSS = Text(
    "有订单没有货品成本: 多赚的是成交额口径, 不是利润",
    "cost of goods is missing: value is turnover, not profit",
)
NOTE_LEARNED = Text(
    "同一群里谁反应更多, 是从 {users} 个随机分过组的用户学来的: 预测每多 1 倍, 没参与学习的人里实际多 {slope} 倍 "
    "({low} 到 {high}); 名单里“反应倍数”不是 1 的人按它算, 每群的平均仍是随机对照测得的",
    "who answers more within a segment was learned from {users} users assigned by chance: for each step foretold, "
    "users not learned from went {slope} of it ({low} to {high}); it moves whoever's response factor in the list is "
    "not 1, and leaves each segment's mean as the random control told it",
)
NOTE_NOT_LEARNED = Text(
    "看不出同一群里谁反应更多 (从 {users} 个随机分过组的用户学过): 每个人按本群的平均算",
    "no detectable difference between users of one segment (learned from {users} users assigned by chance): everybody "
    "counts with the segment's average",
)
NOTE_NEWCOMERS = Text(
    "按最近 {months} 个整月, 预计周期里会新来 {users} 人 (一个关联组只算 1 人), 他们的拉新奖励也算在预算里",
    "by the last {months} full months {users} users are expected to register, a linked group counting once; their "
    "welcome is in the budget too",
)
NOTE_CHANGED = Text(
    "“{name}”的效果从 {month} 起变了: 每人多赚由 {before} 元变成 {since} 元, 计划只按变了以后的数据",
    "“{name}” changed in {month}: from {before} to {since} yuan a user; the plan reads only what came after",
)

# --- the workbook ------------------------------------------------------------------------------------------

SIMULATED = Text("模拟数据, 不是真实店铺", "Simulated data, no real shop")
RESERVE_NAMES: dict[ReserveCode, Text] = {
    "entitlements": Text(
        "先留给写明的规则 (充值赠送、任务等)", "kept for published rules (top-up bonus, tasks)"
    ),
    "protected": Text("先留出不动的", "kept back as you asked"),
    "exploration": Text("探索", "exploration"),
    "newcomers": Text("留给周期里新来的人", "kept for those who will register"),
    "offers": Text("可以按计划发的", "to offer by the plan"),
}
STATUS_NAMES: dict[CampaignStatus, Text] = {
    "planned": Text("在计划里", "in the plan"),
    "nothing_pays": Text("哪一档都不划算, 不发", "no amount pays: nothing"),
    "no_random_data": Text("没有随机数据, 先做小测试", "no random data: a small test first"),
    "not_enough_data": Text("数据不够, 先做小测试", "not enough data: a small test first"),
    "over": Text("已结束", "over"),
    "excluded": Text("按您的规则排除", "left out by your rules"),
}
BASELINE_NAMES: dict[BaselineCode, Text] = {
    "same_for_everyone": Text("人人一样", "everyone the same"),
    "first_come": Text("先到先得", "first come"),
    "as_last_month": Text("照上个月", "as last month"),
}
BOOK: dict[str, Text] = {
    "sheet.summary": Text("概要", "Summary"),
    "sheet.cells": Text("分群和活动", "Segments and campaigns"),
    "sheet.campaigns": Text("活动", "Campaigns"),
    "sheet.responses": Text("每档带来多少", "What amounts bring"),
    "sheet.curve": Text("预算和多赚", "Budget and value"),
    "sheet.rules": Text("规则", "Rules"),
    "sheet.beside": Text("和别的发法比", "Beside other ways"),
    "sheet.check": Text("请核对这些人", "Please check these users"),
    "sheet.list": Text("名单", "List"),
    "item": Text("项目", "item"),
    "figure": Text("数 (金额是元)", "figure (amounts in yuan)"),
    "period": Text("计划的周期", "period planned"),
    "files": Text("文件覆盖", "files cover"),
    "budget": Text("预算(元)", "budget (yuan)"),
    "spent": Text("预计花费(元)", "expected cost (yuan)"),
    "face": Text("发出面额(元)", "granted, face value (yuan)"),
    "unspent": Text(
        "留着不花: 再发每元带不回边线那么多(元)", "unspent: it would bring less than the edge (yuan)"
    ),
    "price": Text("最后 1 元预计多赚(元)", "what the last yuan brings (yuan)"),
    "edge": Text("边线: 最后 1 元至少要带回(元)", "edge: the least the last yuan must bring (yuan)"),
    "promise": Text("预计多赚, 已打折扣(元)", "expected value, calibrated (yuan)"),
    "low": Text("至少(元)", "at least (yuan)"),
    "high": Text("至多(元)", "at most (yuan)"),
    "uncalibrated": Text("没打折扣的多赚(元), 偏高", "value as the curves say, too high (yuan)"),
    "people": Text("文件里的用户", "users of the files"),
    "allowed": Text("可以发优惠的用户", "users who may get an offer"),
    "with_level": Text("这次拿到的用户", "users who get a level"),
    "list_cut": Text(
        "名单太长, 表里只放前 {shown} 人, 全部 {total} 人在 plan.csv",
        "the list is long: the first {shown} of {total} users are here, all of them in plan.csv",
    ),
    "segment": Text("分群", "segment"),
    "campaign": Text("活动", "campaign"),
    "amount": Text("金额(元)", "amount (yuan)"),
    "arm": Text("来由", "arm"),
    "users": Text("人数", "users"),
    "cost": Text("预计花费(元)", "expected cost (yuan)"),
    "value": Text("预计多赚(元)", "expected value (yuan)"),
    "return": Text("每元带回(元)", "return a yuan"),
    "status": Text("状态", "status"),
    "test_users": Text("小测试人数", "small test: users"),
    "test_days": Text("小测试天数", "small test: days"),
    "test_cost": Text("小测试花费(元)", "small test: cost (yuan)"),
    "value_each": Text("每人多赚(元)", "value a user (yuan)"),
    "cost_each": Text("每人花费(元)", "cost a user (yuan)"),
    "seen": Text("依据的人数", "users behind it"),
    "rule": Text("规则", "rule"),
    "used": Text("用了", "used"),
    "limit": Text("上限或下限", "limit"),
    "rule_price": Text("松 1 元或 1 人多带来(元)", "loosened by a yuan or a user it brings (yuan)"),
    "costs": Text("这条规则要花掉(元)", "this rule costs (yuan)"),
    "why": Text("怎么来的", "how it comes"),
    "few": Text("数据不够", "not enough data"),
    "way": Text("发法", "way"),
    "this_plan": Text("这份计划", "this plan"),
    "verdict": Text("对/错", "right/wrong"),
    "note": Text("您的说明", "your note"),
    "right": Text("对", "right"),
    "wrong": Text("错", "wrong"),
    "user_id": Text("用户ID", "user id"),
    "reason": Text("原因", "reason"),
    "history": Text("这个人", "this user"),
    "below": Text("少一档(元)", "next below (yuan)"),
    "below_value": Text("少一档多赚(元)", "it would bring (yuan)"),
    "above": Text("多一档(元)", "next above (yuan)"),
    "above_value": Text("多一档多赚(元)", "that would bring (yuan)"),
}
BOOK_OF_TURNOVER: dict[str, Text] = {
    "promise": Text(
        "预计多带来成交额, 已打折扣(元); 不是利润", "expected turnover, calibrated (yuan); no profit"
    ),
    "uncalibrated": Text("没打折扣的成交额(元), 偏高", "turnover as the curves say, too high (yuan)"),
    "value": Text("预计多带来成交额(元)", "expected turnover (yuan)"),
    "value_each": Text("每人多带来成交额(元)", "turnover a user (yuan)"),
    "price": Text("最后 1 元预计多带来成交额(元)", "turnover that the last yuan brings (yuan)"),
    "below_value": Text("少一档多带来成交额(元)", "turnover it would bring (yuan)"),
    "above_value": Text("多一档多带来成交额(元)", "turnover that would bring (yuan)"),
}
"""The words of BOOK where the cost of goods is unknown."""
