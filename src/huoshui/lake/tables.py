"""The canonical tables and their columns, once: what every file becomes and every fact is computed from.

A column's kind fixes how it is stored (Arrow type) and read:

    id      text, stripped; never empty           fen     int64, whole fen (sources write yuan)
    text    text                                  price   decimal(18, 6) yuan, one piece; may hold parts of a fen
    choice  text, one of `choices`                rate    decimal(12, 8), a fraction (0.05)
    count   int64                                 time    timestamp[us], local time of the installation, no zone
    flag    bool

Only `orders` is required. Money text becomes fen by base.money rules; what a column unlocks is told by the template.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

from huoshui.base.errors import Text
from huoshui.lake.table_texts import NOTES, TABLE_UNLOCKS, UNLOCKS

Kind = Literal["id", "text", "choice", "fen", "price", "rate", "count", "time", "flag"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, kind, what it is called and what knowing it adds to the diagnosis."""

    name: str
    kind: Kind
    title: Text
    choices: tuple[str, ...] = ()
    required: bool = False
    signed: bool = False
    """Whether a number may be below zero."""
    hashed: bool = False
    """Whether what the shop holds is personal, and is hashed before it is stored."""
    note: Text | None = None
    unlocks: Text | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One canonical table; `key` names the column that makes a row unique (None: every row stands)."""

    name: str
    title: Text
    key: str | None
    columns: tuple[Column, ...]
    unlocks: Text | None = None
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(column.name for column in self.columns))
        object.__setattr__(self, "columns", tuple(_with_texts(self.name, column) for column in self.columns))
        object.__setattr__(self, "unlocks", TABLE_UNLOCKS.get(self.name))

    def column(self, name: str) -> Column:
        """The column called `name`; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def _with_texts(table: str, column: Column) -> Column:
    place = f"{table}.{column.name}"
    return replace(column, note=NOTES.get(place), unlocks=UNLOCKS.get(place))


ORDER_STATUSES = ("unpaid", "paid", "delivered", "partly_refunded", "refunded", "failed", "closed")
SOLD_STATUSES = ("paid", "delivered", "partly_refunded", "refunded")
"""Orders that were paid for; a refund is taken out of their value, not the order out of the books."""
SOURCES = ("direct", "agent", "promoter", "site", "ad")
ENTRY_KINDS = (
    "opening", "recharge", "recharge_bonus", "spend", "refund", "adjust", "transfer", "gift_card", "gift_card_given",
    "task", "cashback", "commission", "withdrawal", "expire", "clawback",
)  # fmt: skip
BONUS_KINDS = ("recharge_bonus", "task", "cashback", "adjust", "gift_card_given")
"""Kinds of an entry `in` that are incentive balance; an adjustment by hand counts as such, and is a finding.

A gift card is principal, for somebody bought it, unless the shop marks it as given away."""
PURPOSES = ("acquire", "convert", "retain", "reactivate")
ARMS = ("treated", "control", "explore")
USER_STATUSES = ("active", "frozen", "abuser", "deleted")
COMMISSION_STATUSES = ("pending", "confirmed", "withdrawn", "rejected")
PAYMENT_STATUSES = ("unpaid", "paid", "failed", "refunded")
COST_SCOPES = ("campaign", "source", "site", "all")
COST_PARTS = ("platform_cut", "risk_reserve", "frozen", "other")
COST_BASES = ("order_price", "bonus_issued", "top_up", "month")


def _c(name: str, kind: Kind, zh: str, en: str, **more: object) -> Column:
    return Column(name, kind, Text(zh, en), **more)  # type: ignore[arg-type]


USERS = Table("users", Text("用户", "Users"), "user_id", (
    _c("user_id", "id", "用户ID", "User id", required=True),
    _c("created_at", "time", "注册时间", "Registered at"),
    _c("status", "choice", "状态", "Status", choices=USER_STATUSES),
    _c("upline_id", "id", "上级ID", "Upline id"),
    _c("tier", "text", "会员等级", "Tier"),
    _c("country", "text", "国家地区", "Country"),
    _c("contact_hash", "text", "联系方式", "Contact (hashed)", hashed=True),
    _c("device_hash", "text", "设备", "Device (hashed)", hashed=True),
    _c("ip_hash", "text", "IP", "Address (hashed)", hashed=True),
    _c("cum_recharge", "fen", "累计充值", "Cumulative top-up"),
    _c("cum_spend", "fen", "累计消费", "Cumulative spend"),
))  # fmt: skip

ORDERS = Table("orders", Text("订单", "Orders"), "order_id", (
    _c("order_id", "id", "订单号", "Order id", required=True),
    _c("user_id", "id", "用户ID", "User id"),
    _c("guest_key", "text", "游客联系方式", "Guest contact (hashed)", hashed=True),
    _c("created_at", "time", "下单时间", "Created at", required=True),
    _c("paid_at", "time", "支付时间", "Paid at"),
    _c("status", "choice", "订单状态", "Status", choices=ORDER_STATUSES),
    _c("product_id", "id", "商品ID", "Product id"),
    _c("qty", "count", "数量", "Quantity"),
    _c("list_price", "price", "单价", "List price of one"),
    _c("paid", "fen", "实付金额", "Paid with money", required=True),
    _c("balance_paid", "fen", "本金余额支付", "Paid with principal"),
    _c("bonus_paid", "fen", "激励余额支付", "Paid with bonus"),
    _c("coupon", "fen", "优惠券抵扣", "Coupon"),
    _c("level_discount", "fen", "等级优惠", "Level discount"),
    _c("promo_discount", "fen", "活动优惠", "Promotion discount"),
    _c("cost_of_goods", "fen", "货品成本", "Cost of goods"),
    _c("payment_channel", "text", "支付通道", "Payment channel"),
    _c("payment_fee", "fen", "支付手续费", "Payment fee", signed=True),
    _c("source", "choice", "来源渠道", "Source", choices=SOURCES),
    _c("agent_id", "id", "代理ID", "Agent id"),
    _c("agent_commission", "fen", "代理佣金", "Agent commission", signed=True),
    _c("site_id", "id", "分站ID", "Site id"),
    _c("site_fee", "fen", "分站手续费", "Site fee", signed=True),
    _c("ip_hash", "text", "下单IP", "Address (hashed)", hashed=True),
    _c("device", "text", "下单设备", "Device"),
))  # fmt: skip

BALANCE_ENTRIES = Table("balance_entries", Text("余额流水", "Balance entries"), "entry_id", (
    _c("entry_id", "id", "流水号", "Entry id", required=True),
    _c("user_id", "id", "用户ID", "User id", required=True),
    _c("at", "time", "时间", "At", required=True),
    _c("direction", "choice", "方向", "Direction", choices=("in", "out"), required=True),
    _c("amount", "fen", "金额", "Amount", required=True),
    _c("kind", "choice", "类型", "Kind", choices=ENTRY_KINDS, required=True),
    _c("order_id", "id", "订单号", "Order id"),
    _c("balance_after", "fen", "变动后余额", "Balance after", signed=True),
    _c("memo", "text", "备注", "Memo"),
    _c("campaign_id", "id", "活动ID", "Campaign id"),
))  # fmt: skip

RECHARGES = Table("recharges", Text("充值", "Top-ups"), "recharge_id", (
    _c("recharge_id", "id", "充值单号", "Top-up id", required=True),
    _c("user_id", "id", "用户ID", "User id", required=True),
    _c("created_at", "time", "下单时间", "Created at", required=True),
    _c("paid_at", "time", "支付时间", "Paid at"),
    _c("status", "choice", "状态", "Status", choices=PAYMENT_STATUSES),
    _c("amount", "fen", "充值金额", "Amount", required=True),
    _c("bonus", "fen", "赠送金额", "Bonus"),
    _c("fee", "fen", "手续费", "Fee", signed=True),
    _c("payment_channel", "text", "支付通道", "Payment channel"),
    _c("ip_hash", "text", "下单IP", "Address (hashed)", hashed=True),
))  # fmt: skip

REFUNDS = Table("refunds", Text("退款", "Refunds"), "refund_id", (
    _c("refund_id", "id", "退款单号", "Refund id", required=True),
    _c("order_id", "id", "订单号", "Order id", required=True),
    _c("amount", "fen", "退款金额", "Amount", required=True),
    _c("at", "time", "退款时间", "At", required=True),
    _c("type", "text", "退款类型", "Type"),
))  # fmt: skip

COMMISSIONS = Table("commissions", Text("佣金", "Commissions"), "commission_id", (
    _c("commission_id", "id", "佣金单号", "Commission id", required=True),
    _c("order_id", "id", "订单号", "Order id", required=True),
    _c("agent_id", "id", "代理ID", "Agent id", required=True),
    _c("level", "count", "层级", "Layer"),
    _c("base", "fen", "佣金基数", "Base"),
    _c("rate", "rate", "佣金比例", "Rate"),
    _c("amount", "fen", "佣金金额", "Amount", required=True, signed=True),
    _c("status", "choice", "状态", "Status", choices=COMMISSION_STATUSES),
    _c("confirm_at", "time", "结算时间", "Settled at"),
))  # fmt: skip

AGENTS = Table("agents", Text("代理", "Agents"), "agent_id", (
    _c("agent_id", "id", "代理ID", "Agent id", required=True),
    _c("upline_id", "id", "上级代理ID", "Upline agent id"),
    _c("level", "count", "层级", "Layer (1 = next to the platform)"),
))  # fmt: skip

AGENT_PRICES = Table("agent_prices", Text("代理拿货价", "Agent prices"), None, (
    _c("product_id", "id", "商品ID", "Product id", required=True),
    _c("level", "count", "层级", "Layer", required=True),
    _c("price", "price", "拿货价", "Price of one", required=True),
))  # fmt: skip

LEVELS = Table("levels", Text("会员等级规则", "Level rules"), "level", (
    _c("level", "text", "等级", "Level", required=True),
    _c("threshold", "fen", "累计充值门槛", "Cumulative top-up needed", required=True),
    _c("discount", "rate", "等级折扣(减免比例)", "Discount (share taken off)", required=True),
))  # fmt: skip

RECHARGE_BONUS_RULES = Table("recharge_bonus_rules", Text("充值赠送规则", "Top-up bonus rules"), "amount", (
    _c("amount", "fen", "充值额", "Top-up", required=True),
    _c("bonus", "fen", "赠送额", "Bonus", required=True),
))  # fmt: skip

CAMPAIGNS = Table("campaigns", Text("活动", "Campaigns"), "campaign_id", (
    _c("campaign_id", "id", "活动ID", "Campaign id", required=True),
    _c("name", "text", "活动名称", "Name"),
    _c("purpose", "choice", "目的", "Purpose", choices=PURPOSES),
    _c("start", "time", "开始", "Start"),
    _c("end", "time", "结束", "End"),
    _c("budget", "fen", "预算", "Budget"),
    _c("bar", "rate", "保本线", "Bar"),
    _c("window_days", "count", "归因天数", "Attribution window in days"),
    _c("value_cap", "fen", "价值上限", "Value cap"),
))  # fmt: skip

ASSIGNMENTS = Table("assignments", Text("分组名单", "Assignments"), "assignment_id", (
    _c("assignment_id", "id", "分组记录号", "Assignment id", required=True),
    _c("campaign_id", "id", "活动ID", "Campaign id", required=True),
    _c("user_id", "id", "用户ID", "User id", required=True),
    _c("at", "time", "时间", "At", required=True),
    _c("arm", "choice", "分组", "Arm", choices=ARMS, required=True),
    _c("amount", "fen", "金额", "Amount"),
    _c("probability", "rate", "进入该组的概率", "Probability of this arm"),
))  # fmt: skip

COSTS = Table("costs", Text("其它成本", "Other costs"), None, (
    _c("scope", "choice", "范围", "Scope", choices=COST_SCOPES, required=True),
    _c("scope_id", "text", "范围ID", "Scope id"),
    _c("part", "choice", "成本项", "Part", choices=COST_PARTS, required=True),
    _c("base", "choice", "计费基数", "Base of the rate", choices=COST_BASES, required=True),
    _c("from", "time", "开始", "From"),
    _c("to", "time", "结束", "To"),
    _c("rate", "rate", "费率", "Rate"),
    _c("fixed", "fen", "固定金额", "Fixed amount"),
))  # fmt: skip

PAYMENT_CHANNELS = Table("payment_channels", Text("支付通道", "Payment channels"), "payment_channel", (
    _c("payment_channel", "text", "支付通道", "Payment channel", required=True),
    _c("provider", "text", "服务商", "Provider"),
    _c("fee_rate", "rate", "费率", "Fee rate"),
    _c("fee_fixed", "fen", "每笔固定费", "Fixed fee a payment"),
))  # fmt: skip

EVENTS = Table("events", Text("行为事件", "Events"), "event_id", (
    _c("event_id", "id", "事件ID", "Event id", required=True),
    _c("user_id", "id", "用户ID", "User id"),
    _c("visitor", "text", "访客", "Visitor"),
    _c("at", "time", "时间", "At", required=True),
    _c("type", "text", "类型", "Type", required=True),
    _c("product_id", "id", "商品ID", "Product id"),
    _c("props", "text", "属性", "Properties"),
))  # fmt: skip

PRODUCTS = Table("products", Text("商品", "Products"), "product_id", (
    _c("product_id", "id", "商品ID", "Product id", required=True),
    _c("name", "text", "商品名称", "Name"),
    _c("category", "text", "分类", "Category"),
    _c("price", "price", "售价", "Price"),
    _c("cost", "price", "成本价", "Cost"),
    _c("in_pool", "flag", "余额专享", "Only for balance"),
))  # fmt: skip

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        ORDERS, USERS, BALANCE_ENTRIES, RECHARGES, REFUNDS, COMMISSIONS, AGENTS, AGENT_PRICES, LEVELS,
        RECHARGE_BONUS_RULES, CAMPAIGNS, ASSIGNMENTS, COSTS, PAYMENT_CHANNELS, EVENTS, PRODUCTS,
    )
}  # fmt: skip
