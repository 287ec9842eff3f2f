"""The words of a period's close: its page, its workbook, its lines on the terminal."""

from huoshui.base.errors import Text

_LINES: dict[str, Text] = {
    "close_line.opening": Text("期初", "Opening"),
    "close_line.taken_over": Text("历史余额转入", "Legacy balance taken over"),
    "close_line.topped_up": Text("充值", "Topped up"),
    "close_line.issued": Text("发出", "Issued"),
    "close_line.refunded": Text("退回余额", "Refunded"),
    "close_line.owed": Text("新增欠款", "Newly owed"),
    "close_line.spent": Text("用掉", "Spent"),
    "close_line.expired": Text("过期作废", "Expired unused"),
    "close_line.clawed_back": Text("追回", "Clawed back"),
    "close_line.paid_off": Text("抵还欠款", "Paid off debt"),
    "close_line.withdrawn": Text("提现", "Withdrawn"),
    "close_line.late": Text("上期调整", "Adjustments of earlier periods"),
    "close_line.other": Text("其他", "Other"),
    "close_line.closing": Text("期末", "Closing"),
    "close_unit.bonus": Text("激励余额", "Bonus"),
    "close_unit.principal": Text("本金", "Principal"),
    "close_unit.debt": Text("欠款", "Debt"),
    "close_due.overdue": Text("已到期, 还没作废", "Past their day, not yet swept"),
    "close_due.days_7": Text("期末后 7 天内", "Within 7 days"),
    "close_due.days_30": Text("8 到 30 天", "8 to 30 days"),
    "close_due.days_90": Text("31 到 90 天", "31 to 90 days"),
    "close_due.later": Text("90 天以后", "Later"),
    "close_account.outside": Text("平台之外", "Outside"),
    "close_account.sales": Text("销售", "Sales"),
    "close_account.source": Text("余额池来源", "Source of pots"),
    "close_account.pot": Text("余额池", "Pot"),
    "close_account.campaign": Text("活动预算", "Campaign budget"),
    "close_account.reserved": Text("已预留", "Reserved"),
    "close_account.breakage": Text("过期作废", "Breakage"),
    "close_account.debt": Text("欠款", "Debt"),
    "close_account.agent": Text("代理", "Agent"),
    "close_account.fee": Text("手续费", "Fee"),
    "close_account.reserve": Text("准备金", "Risk reserve"),
    "close_account.legacy": Text("历史余额", "Legacy balance"),
    "close_side.shop": Text("店里的充值单", "The shop's top-ups"),
    "close_side.ledger": Text("账本", "Ledger"),
    "close_side.bill": Text("通道账单", "Channel bill"),
    "close_subject.pot": Text("追加余额池", "Raising a pot"),
    "close_subject.grant": Text("手工发放", "Grant by hand"),
    "close_subject.clawback": Text("追回", "Clawback"),
}

_OFF: dict[str, Text] = {
    "close_off.legs": Text("所有账户加起来不为零", "All accounts together are not 0"),
    "close_off.wallets": Text("用户余额和流水对不上", "Wallets differ from the ops"),
    "close_off.accounts": Text("账户余额和流水对不上", "An account differs from its ops"),
    "close_off.lots": Text("批次的剩余和激励余额对不上", "What is left of lots differs from bonus"),
    "close_off.lot_bounds": Text(
        "有批次用超或早于发放就被用", "Lots drawn beyond their amount, or before they were given"
    ),
    "close_off.opening": Text("期初和上期签字的期末不同", "Opening differs from the closing signed before"),
    "close_off.payments": Text("三方核对有差", "The three-way check differs"),
    "close_off.users": Text("签字时的数和现在重算的不同", "The signed figure differs from the books now"),
    "close_cause.not_booked": Text(
        "店里有、账本没有: 多半是到账通知丢了",
        "In the shop, not in the ledger: a notice was lost, most likely",
    ),
    "close_cause.booked_alone": Text(
        "账本有、店里没有: 多半是手工补的账", "In the ledger, not in the shop: booked by hand, most likely"
    ),
    "close_cause.not_settled": Text(
        "通道账单没有: 多半还没结算, 或线下收的款", "Not on the bill: not settled yet, or paid another way"
    ),
    "close_cause.paid_unnoticed": Text(
        "通道收了钱、两边都没记: 先查这些", "Paid at the channel, booked nowhere: look here first"
    ),
    "close_cause.amount_ledger": Text(
        "账本的金额和另外两方不同", "The ledger's amount differs from the others"
    ),
    "close_cause.amount_bill": Text(
        "通道的金额不同: 多半先扣了手续费", "The bill's amount differs: the fee was taken first, most likely"
    ),
    "close_cause.amount_shop": Text("店里的金额和另外两方不同", "The shop's amount differs from the others"),
    "close_cause.amounts_differ": Text("三方的金额都不同", "All three amounts differ"),
}

_PAGE: dict[str, Text] = {
    "close.what": Text("关账", "Period close"),
    "close.title": Text("{period}关账", "Close of {period}"),
    "close.scope_signed": Text(
        "{first} 到 {last} · {name}签字, {at}", "{first} to {last} · signed by {name}, {at}"
    ),
    "close.scope_draft": Text(
        "{first} 到 {last} · 草稿, 还没有签字", "{first} to {last} · a draft, not signed"
    ),
    "close.simulated": Text("[模拟数据] {line}", "[SIMULATED DATA] {line}"),
    "close.headline_even": Text(
        "{period}期末, 用户手里有激励余额 {bonus}、本金 {principal}; 账是平的, 一分不差。",
        "At the end of {period} users hold {bonus} of bonus and {principal} of principal; the books balance to the fen.",
    ),
    "close.headline_off": Text(
        "{period}期末, 用户手里有激励余额 {bonus}、本金 {principal}; 有 {count} 处对不上。",
        "At the end of {period} users hold {bonus} of bonus and {principal} of principal; {count} things do not add up.",
    ),
    "close.equation": Text(
        "期初 + 来的 - 走的 + 上期调整 = 期末; 激励余额、本金、欠款各算各的。",
        "Opening + what came - what went + adjustments = closing; bonus, principal and debt each by itself.",
    ),
    "close.late_lead": Text(
        "上一期签字之后才记的账, 发生在更早的月份: 不改已签的数, 记在这一期。",
        "Booked after an earlier period was signed, though it happened there: what was signed stays, it counts here.",
    ),
    "close.due_lead": Text(
        "还没用的激励余额, 按最后能用的日子; 加起来等于期末的激励余额。",
        "Bonus not yet used, by its last day; the sum is the closing bonus.",
    ),
    "close.campaigns_lead": Text(
        "各活动发出的激励, 还在用户手里的部分。", "What each campaign gave, as far as users still hold it."
    ),
    "close.accounts_lead": Text(
        "平台自己的账户; 所有账户和用户余额加起来为零。",
        "The platform's accounts; with users' balances they add up to 0.",
    ),
    "close.payments_lead": Text(
        "同一笔钱, 三方各怎么记; {agreed} 笔三方一致。",
        "The same payment as each side has it; {agreed} agree.",
    ),
    "close.payments_causes": Text("为什么对不上", "Why they differ"),
    "close.signed": Text("签字: {name}, {at}", "Signed by {name}, {at}"),
    "close.reason": Text("对不上的原因: {reason}", "Reason for what is off: {reason}"),
    "close.sign_here": Text(
        "制表 ____________　　复核 ____________　　日期 ____________",
        "Prepared ____________  Checked ____________  Date ____________",
    ),
    "close.seal": Text(
        "封账: 日志前 {size} 条, 根 {root}", "Sealed: the first {size} leaves of the log, root {root}"
    ),
    "close.id": Text(
        "关账编号 {id}: huoshui receipt {id} 给出凭证", "Close {id}: `huoshui receipt {id}` gives its receipt"
    ),
    "close.unsigned": Text(
        "没有签字, 数字会跟着账本变。签字: huoshui close {period} --sign 姓名",
        "Not signed: figures move with the books. To sign: huoshui close {period} --sign NAME",
    ),
    "close.nothing_off": Text("没有对不上的地方。", "Nothing is off."),
    "close.no_approvals": Text(
        "这一期没有需要第二个人同意的事。", "Nothing in this period needed a second person."
    ),
    "close.self_approved": Text("自己同意", "self-approved"),
    "close.waiting": Text("还没有人同意", "nobody has agreed yet"),
    "close.said_even": Text("账平: 一分不差。", "The books balance to the fen."),
    "close.said_off": Text("对不上 {count} 处:", "{count} things do not add up:"),
    "close.said_unit": Text("{name}: {parts}", "{name}: {parts}"),
    "close.said_due": Text("未兑付: {parts}", "Open liability: {parts}"),
    "close.said_late": Text("上期调整 {count} 笔。", "Adjustments of earlier periods: {count} ops."),
    "close.made_by": Text(
        "由活水生成; 数字来自账本, 精确到分。", "Made by Huoshui; figures are the ledger's, to the fen."
    ),
    "section.close_off": Text("对不上的地方", "What does not add up"),
    "section.close_liability": Text("未兑付", "Open liability"),
    "section.close_campaigns": Text("分活动", "By campaign"),
    "section.close_agents": Text("分代理", "By agent"),
    "section.close_accounts": Text("平台账户", "The platform's accounts"),
    "section.close_late": Text("上期调整", "Adjustments of earlier periods"),
    "section.close_payments": Text("三方核对", "Three-way check"),
    "section.close_approvals": Text("审批", "Approvals"),
}

_TABLES: dict[str, Text] = {
    "table.close_users": Text("用户余额", "Users' balances"),
    "table.close_off": Text("对不上的地方", "What does not add up"),
    "table.close_liability": Text("未兑付", "Open liability"),
    "table.close_campaigns": Text("分活动", "By campaign"),
    "table.close_agents": Text("分代理", "By agent"),
    "table.close_accounts": Text("平台账户", "Accounts"),
    "table.close_late": Text("上期调整", "Adjustments"),
    "table.close_payments": Text("三方核对", "Three-way check"),
    "table.close_unequal": Text("对不上的付款", "Payments that differ"),
    "table.close_causes": Text("为什么对不上", "Why they differ"),
    "table.close_approvals": Text("审批", "Approvals"),
    "col.close_line": Text("项目", "Line"),
    "col.close_ops": Text("笔数", "Ops"),
    "col.close_principal": Text("本金", "Principal"),
    "col.close_bonus": Text("激励余额", "Bonus"),
    "col.close_debt": Text("欠款", "Debt"),
    "col.close_unit": Text("单位", "Unit"),
    "col.close_account": Text("账户", "Account"),
    "col.close_kind": Text("类别", "Kind"),
    "col.close_opening": Text("期初", "Opening"),
    "col.close_came": Text("进", "In"),
    "col.close_went": Text("出", "Out"),
    "col.close_late": Text("上期调整", "Adjusted"),
    "col.close_closing": Text("期末", "Closing"),
    "col.close_what": Text("什么", "What"),
    "col.close_where": Text("哪里", "Where"),
    "col.close_fen": Text("差多少", "Off by"),
    "col.close_due": Text("最后能用的日子", "Last day"),
    "col.close_lots": Text("批次", "Lots"),
    "col.close_side": Text("哪一方", "Side"),
    "col.close_count": Text("笔数", "Payments"),
    "col.close_sum": Text("合计", "Sum"),
    "col.close_key": Text("付款编号", "Payment"),
    "col.close_cause": Text("多半因为", "Likely cause"),
    "col.close_subject": Text("什么事", "What for"),
    "col.close_old": Text("原来", "Before"),
    "col.close_new": Text("改成", "After"),
    "col.close_most": Text("最多", "At most"),
    "col.close_asked": Text("谁提的", "Asked by"),
    "col.close_agreed": Text("谁同意", "Agreed by"),
    "col.close_reason": Text("理由", "Reason"),
}  # fmt: skip

CLOSE_TEXTS: dict[str, Text] = {**_LINES, **_OFF, **_PAGE, **_TABLES}
