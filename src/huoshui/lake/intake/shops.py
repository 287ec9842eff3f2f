"""Files of known shops, recognised by their own headers: what each column really holds there, and its traps in
words.

Read from the shops' own exports and tables; a header is not always what it says (in acg-faka an
amount in 优惠券 is a code). A shape maps folded headers to our columns ("_name": a text the shape
itself works with), and may compute columns from the row's texts before they are read as values.
"""

# ruff: noqa: E501 -- one sentence a line reads better than wrapped Chinese

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from huoshui.base.errors import Text
from huoshui.lake.intake.arrow import Array, pc
from huoshui.lake.intake.cells import Refusal, number_text

Texts = dict[str, Array]
"""Column -> its cells as trimmed texts."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of file of one shop."""

    shop: str
    table: str
    signature: frozenset[str]
    columns: dict[str, str]
    derive: Callable[[Texts], Texts] | None = None
    derived: tuple[str, ...] = ()
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    """Column -> what the shop writes -> choice, where that differs from the words of everybody."""
    keep: Callable[[Texts], Array] | None = None
    """Rows that are about our money at all (a mask); the rest is counted as skipped."""
    notes: tuple[Text, ...] = ()
    rows_suspicious: int | None = None
    """A file of exactly so many rows was probably cut by the shop."""
    names_members: bool = False
    """Whether members stand by name where the shop's own tables know them by number."""

    def fits(self, folded: Sequence[str]) -> bool:
        """Whether a header row is this shape's."""
        return self.signature <= set(folded)


MEMO_KINDS: tuple[tuple[str, str], ...] = (
    (r"充值赠送", "recharge_bonus"),
    (r"充值", "recharge"),
    (r"商品下单", "spend"),
    (r"推广分成|自营商品出售|分站商品出售", "commission"),
    (r"转账给|来自\s*(?:ID|id)?", "transfer"),
    (r"兑现|提现", "withdrawal"),
)
"""Words of a memo -> kind of a balance entry, first match; anything else is an adjustment by hand."""


def entry_defaults(texts: Texts) -> Texts:
    """Direction and kind of balance entries whose file has no column for them: from the sign and the memo."""
    out = dict(texts)
    if "direction" not in texts and "amount" in texts:
        negative = pc.match_substring_regex(texts["amount"], r"^\s*[-−–(（]|[-−–]\s*$")
        out["direction"] = pc.if_else(negative, "out", "in")
        out["amount"] = pc.replace_substring_regex(texts["amount"], r"^\s*[-−–+]|[()（）]|[-−–]\s*$", "")
    if "kind" not in texts and "memo" in texts:
        out["kind"] = memo_kind(texts["memo"])
    return out


def memo_kind(memo: Array) -> Array:
    """The kind a memo's words stand for."""
    tests = [pc.match_substring_regex(memo, pattern) for pattern, _ in MEMO_KINDS]
    conditions = pa.StructArray.from_arrays(tests, names=[str(i) for i in range(len(tests))])
    return pc.case_when(conditions, *[pa.scalar(kind) for _, kind in MEMO_KINDS], pa.scalar("adjust"))


# acg-faka ------------------------------------------------------------------------------------------------


def _acg_order(texts: Texts) -> Texts:
    """Who paid with what, who is a guest, what the promoter and the layer above got."""
    out = dict(texts)
    by_balance = pc.match_substring_regex(texts["payment_channel"], r"余额|^#system$|(?i)balance")
    out["balance_paid"] = pc.if_else(by_balance, texts["paid"], "0")
    out["paid"] = pc.if_else(by_balance, "0", texts["paid"])
    guest = pc.is_in(texts["user_id"], pa.array(["", "0", "-", "游客", "无"]))
    out["user_id"] = pc.if_else(guest, "", texts["user_id"])
    if "guest_key" in texts:
        out["guest_key"] = pc.if_else(guest, texts["guest_key"], "")
    if "_rebate" in texts:
        out["agent_commission"] = _text_sums(texts["agent_commission"], texts["_rebate"])
    nobody = pa.array(["", "0", "-", "无", "主站"])
    for name in ("agent_id", "site_id"):
        out[name] = pc.if_else(pc.is_in(texts[name], nobody), "", texts[name])
    promoted, by_site = pc.not_equal(out["agent_id"], ""), pc.not_equal(out["site_id"], "")
    out["source"] = pc.if_else(promoted, "promoter", pc.if_else(by_site, "site", "direct"))
    if "_delivery" in texts:
        done = pc.and_(
            pc.is_in(texts["_delivery"], pa.array(["已发货", "1", "发货成功"])),
            pc.is_in(texts["status"], pa.array(["已支付", "支付成功", "1"])),
        )
        out["status"] = pc.if_else(done, "delivered", texts["status"])
    return out


def _text_sums(first: Array, second: Array) -> Array:
    """The sum of two columns of amounts as text; where one is no amount, both, so that the reading refuses them."""
    sums = []
    for one, other in zip(first.to_pylist(), second.to_pylist(), strict=True):
        amounts = [number_text(text) for text in (one, other) if text not in ("", "-")]
        if any(isinstance(amount, Refusal) for amount in amounts):
            sums.append(f"{one} + {other}")
        else:
            sums.append(_sum_text([amount for amount in amounts if isinstance(amount, str)]))
    return pa.array(sums, pa.string())


def _sum_text(amounts: list[str]) -> str:
    from_text = [pa.scalar(amount).cast(pa.decimal128(38, 8)).as_py() for amount in amounts]
    return format(sum(from_text[1:], start=from_text[0]), "f") if from_text else ""


def _acg_entry(texts: Texts) -> Texts:
    """The kind by the memo's words, and the order whose number stands in its brackets."""
    found = pc.extract_regex(texts["memo"], r"\[(?P<no>[0-9A-Za-z-]{6,40})\]")
    return {
        **texts,
        "kind": memo_kind(texts["memo"]),
        "order_id": pc.fill_null(pc.struct_field(found, "no"), ""),
    }


def _in_balance(texts: Texts) -> Array:
    """Entries of the balance; the shop's coins are agents' money and no balance of users."""
    if "_currency" not in texts:
        return pa.array([True] * len(texts["memo"]))
    return pc.invert(pc.is_in(texts["_currency"], pa.array(["1", "硬币", "coin"])))


_ACG_TRAPS = (
    Text(
        "这是 acg-faka 的订单导出: 没有货品成本、没有退款(退了钱也不留痕迹, 佣金也不会退回), 一次最多导出 5,000 行。"
        "毛利相关的数字需要您另外补成本, 或只读方式直连数据库。",
        "This is acg-faka's order export: no cost of goods, no refunds (a refund leaves no trace, commissions stay), at "
        "most 5,000 rows at a time. Figures of margin need costs from you, or a read-only database connection.",
    ),
    Text(
        "acg-faka 导出里“优惠券”一列是券码, 不是金额, 没有当成优惠金额读。",
        "In acg-faka's export the column 优惠券 holds a code, not an amount; it was not read as a discount.",
    ),
    Text(
        "acg-faka 导出里“分站手续费”放的是另一个数(cost), 不是分站拿走的钱, 没有当成分站手续费读。",
        "In acg-faka's export 分站手续费 holds another number (cost), not what the site took; it was not read as a fee.",
    ),
    Text(
        "acg-faka 里第二层推广的钱在“返利”一列, 已和“推广分成”加在一起算作代理佣金。",
        "In acg-faka the second layer's share stands in 返利; it was added to 推广分成 as the agent's commission.",
    ),
    Text(
        "acg-faka 的余额不分本金和赠送, 用余额付的钱都先按本金算; 删除会员会连他的充值和流水一起删掉, 一键清理会删掉未付款订单。",
        "acg-faka does not tell principal from bonus, so what was paid by balance counts as principal; deleting a member "
        "deletes its top-ups and entries too, and its clean-up deletes unpaid orders.",
    ),
)
_ACG_TOP_UP_TRAPS = (
    Text(
        "acg-faka 充值里的“金额”是扣手续费之前的, 实际到账 = 金额 - 手续费; 会员被删除后, 他的充值记录也没有了。",
        "In acg-faka's top-ups 金额 is before the fee: what is credited is the amount less the fee; a deleted member's "
        "top-ups are gone too.",
    ),
)
_ACG_BILL_TRAPS = (
    Text(
        "acg-faka 的账单里“硬币”(currency=1)是代理的钱, 不是用户余额, 没有读进余额流水。",
        "In acg-faka's bill, coins (currency = 1) are agents' money, not balance; they were not read as entries.",
    ),
    Text(
        "acg-faka 的账单没有类型列, 类型是按备注里的词认的; 认不出的都算“手动调整”。",
        "acg-faka's bill has no kind; it was told from the words of the memo, and the rest counts as adjusted by hand.",
    ),
)
_ACG_STATUS = {"0": "unpaid", "1": "paid"}

SHAPES: tuple[Shape, ...] = (
    Shape(
        "acg-faka", "orders", frozenset({"订单号", "金额", "商品名称", "支付方式", "客户", "推广人", "分站", "推广分成"}),
        {
            "订单号": "order_id", "金额": "paid", "商品名称": "product_id", "数量": "qty", "支付方式": "payment_channel",
            "下单时间": "created_at", "下单ip": "ip_hash", "下单设备": "device", "支付时间": "paid_at",
            "订单状态": "status", "联系方式": "guest_key", "发货状态": "_delivery", "客户": "user_id",
            "推广人": "agent_id", "分站": "site_id", "接口手续费": "payment_fee", "推广分成": "agent_commission",
            "返利": "_rebate",
        },
        _acg_order, ("balance_paid", "source"), notes=_ACG_TRAPS, rows_suspicious=5000, names_members=True,
    ),
    Shape(
        "acg-faka", "recharges", frozenset({"订单号", "金额", "会员", "支付方式", "下单时间", "支付状态"}),
        {
            "订单号": "recharge_id", "金额": "amount", "会员": "user_id", "支付方式": "payment_channel",
            "下单时间": "created_at", "下单ip": "ip_hash", "支付时间": "paid_at", "支付状态": "status",
        },
        notes=_ACG_TOP_UP_TRAPS, rows_suspicious=5000, names_members=True,
    ),
    Shape(
        "acg-faka", "balance_entries", frozenset({"owner", "amount", "balance", "type", "log"}),
        {
            "id": "entry_id", "owner": "user_id", "amount": "amount", "balance": "balance_after",
            "type": "direction", "log": "memo", "createtime": "at", "currency": "_currency",
        },
        _acg_entry, ("kind", "order_id"), keep=_in_balance, notes=_ACG_BILL_TRAPS,
    ),
    Shape(
        "acg-faka", "orders", frozenset({"tradeno", "owner", "amount", "commodityid", "payid", "divideamount", "rent"}),
        {
            "tradeno": "order_id", "owner": "user_id", "amount": "paid", "commodityid": "product_id", "cardnum": "qty",
            "payid": "payment_channel", "createtime": "created_at", "createip": "ip_hash", "createdevice": "device",
            "paytime": "paid_at", "status": "status", "deliverystatus": "_delivery", "contact": "guest_key",
            "from": "agent_id", "rent": "cost_of_goods", "paycost": "payment_fee",
            "divideamount": "agent_commission", "rebate": "_rebate", "substationuserid": "site_id",
        },
        _acg_order, ("balance_paid", "source", "site_id", "agent_id"), words={"status": _ACG_STATUS},
        notes=_ACG_TRAPS[3:],
    ),
    Shape(
        "acg-faka", "recharges", frozenset({"tradeno", "userid", "amount", "payid", "paycost"}),
        {
            "tradeno": "recharge_id", "userid": "user_id", "amount": "amount", "payid": "payment_channel",
            "createtime": "created_at", "createip": "ip_hash", "paytime": "paid_at", "status": "status",
            "paycost": "fee",
        },
        words={"status": _ACG_STATUS}, notes=_ACG_TOP_UP_TRAPS,
    ),
    Shape(
        "acg-faka", "users", frozenset({"id", "username", "balance", "coin", "recharge", "pid"}),
        {
            "id": "user_id", "createtime": "created_at", "status": "status", "pid": "upline_id",
            "businesslevel": "tier", "email": "contact_hash", "loginip": "ip_hash", "recharge": "cum_recharge",
        },
        words={"status": {"0": "frozen", "1": "active"}},
        notes=(
            Text(
                "acg-faka 里手动改会员等级会把“累计充值”改掉, 所以这一列只能参考。",
                "In acg-faka setting a level by hand overwrites the cumulative top-up, so that column is a hint only.",
            ),
        ),
    ),
    # dujiaoka ------------------------------------------------------------------------------------------------
    Shape(
        "dujiaoka", "orders", frozenset({"ordersn", "goodsid", "totalprice", "actualprice", "email"}),
        {
            "ordersn": "order_id", "goodsid": "product_id", "goodsprice": "list_price", "buyamount": "qty",
            "actualprice": "paid", "coupondiscountprice": "coupon", "wholesalediscountprice": "promo_discount",
            "email": "guest_key", "payid": "payment_channel", "buyip": "ip_hash", "status": "status",
            "createdat": "created_at",
        },
        words={
            "status": {
                "1": "unpaid", "2": "paid", "3": "paid", "4": "delivered", "5": "failed", "6": "failed", "-1": "closed",
            }
        },
        notes=(
            Text(
                "这是独角数卡(dujiaoka)的订单: 它没有会员和余额, 顾客按邮箱区分(只保存加密后的指纹); 也没有货品成本。",
                "These are dujiaoka's orders: it has no members and no balance, customers are told by e-mail (kept as a "
                "keyed hash), and there is no cost of goods.",
            ),
        ),
    ),
    # dujiao-next ---------------------------------------------------------------------------------------------
    Shape(
        "dujiao-next", "orders", frozenset({"orderno", "status", "totalamount", "walletpaidamount", "onlinepaidamount"}),
        {
            "orderno": "order_id", "userid": "user_id", "guestemail": "guest_key", "status": "status",
            "onlinepaidamount": "paid", "walletpaidamount": "balance_paid", "createdat": "created_at",
            "paidat": "paid_at", "coupondiscountamount": "coupon", "promotiondiscountamount": "promo_discount",
            "memberdiscountamount": "level_discount", "clientip": "ip_hash",
        },
        notes=(
            Text(
                "这是 dujiao-next 的订单: 钱包余额不分本金和赠送, 用钱包付的钱都先按本金算。",
                "These are dujiao-next's orders: its wallet does not tell principal from bonus, so what was paid by wallet "
                "counts as principal.",
            ),
        ),
    ),
    Shape(
        "dujiao-next", "orders", frozenset({"id", "orderid", "channeltype", "status", "amount", "currency", "paidat"}),
        {
            "orderid": "order_id", "channeltype": "payment_channel", "status": "status", "amount": "paid",
            "createdat": "created_at", "paidat": "paid_at",
        },
        words={"status": {"success": "paid", "paid": "paid", "pending": "unpaid", "initiated": "unpaid"}},
        keep=lambda texts: pc.is_in(texts["status"], pa.array(["success", "paid", "completed"])),
        notes=(
            Text(
                "这是 dujiao-next 的支付导出: 只有付成功的一笔才当作订单, 看不到用户、商品和成本。",
                "This is dujiao-next's payment export: only payments that succeeded were read as orders; users, goods and "
                "costs are not in it.",
            ),
        ),
    ),
)  # fmt: skip

OF_NO_USE_HEADERS: tuple[frozenset[str], ...] = (
    frozenset({"id", "name", "accrual", "substation", "topdomain"}),
    frozenset({"id", "name", "handle", "code", "commodity", "recharge"}),
)
"""Tables of shops that hold settings and nothing of ours (acg-faka's business_level and pay)."""
