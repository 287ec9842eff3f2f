"""Reconcile before trust: what should add up across the tables and does not, with its amount and likely cause.

Each check yields rows (id, off_fen): an order, user or channel, and by how much it is off (recorded less
expected). A check whose tables or columns are not there says nothing. Amounts of one fen a row are rounding
and are let pass.
"""

# ruff: noqa: E501 -- one sentence a line reads better than wrapped Chinese

from collections.abc import Callable
from dataclasses import dataclass

import ibis
import ibis.expr.datatypes as dt
from ibis import _
from ibis.expr.types import Table as IbisTable

from huoshui.base.errors import Text
from huoshui.lake.engines import Lake
from huoshui.lake.facts.arithmetic import at_rate, person_key, pieces_fen
from huoshui.lake.tables import SOLD_STATUSES

EXAMPLES = 5
ROUNDING_FEN = 1


@dataclass(frozen=True, slots=True)
class Difference:
    """What does not add up: rows off, by how much in all (absolute and net, in fen), the largest ones, the likely cause."""

    code: str
    title: Text
    rows: int
    amount_fen: int
    net_fen: int
    examples: tuple[tuple[str, int], ...]
    """(id, off in fen), the largest first."""
    cause: Text


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that should add up."""

    code: str
    title: Text
    cause: Text
    off: Callable[[Lake], IbisTable | None]


def reconcile(lake: Lake) -> list[Difference]:
    """Everything in `lake` that does not add up, the largest amount first."""
    found = [difference for check in CHECKS if (difference := _run(lake, check)) is not None]
    return sorted(found, key=lambda one: -one.amount_fen)


def _run(lake: Lake, check: Check) -> Difference | None:
    rows = check.off(lake)
    if rows is None:
        return None
    off = rows.filter(_.off_fen.abs() > ROUNDING_FEN)
    total = off.aggregate(
        rows=_.count(),
        amount=_.off_fen.abs().sum().cast("int64").fill_null(0),
        net=_.off_fen.sum().cast("int64").fill_null(0),
    ).to_pyarrow().to_pylist()[0]  # fmt: skip
    if not total["rows"]:
        return None
    largest = off.order_by([_.off_fen.abs().desc(), _.id]).limit(EXAMPLES).to_pyarrow().to_pylist()
    examples = tuple((str(row["id"]), int(row["off_fen"])) for row in largest)
    return Difference(
        check.code, check.title, total["rows"], total["amount"], total["net"], examples, check.cause
    )


def _has(lake: Lake, table: str, *columns: str) -> bool:
    return lake.has(table) and all(lake.has(table, column) for column in columns)


def _sold(lake: Lake) -> IbisTable:
    """Orders that were paid for; all of them where the files say nothing of status."""
    orders = lake.table("orders")
    return orders.filter(orders.status.isnull() | orders.status.isin(SOLD_STATUSES))


def _signed(entries: IbisTable) -> ibis.Value:
    return ibis.ifelse(entries.direction == "in", entries.amount, -entries.amount)


def _balance_moves(lake: Lake) -> IbisTable | None:
    """Moves of a user's balance that no entry explains, at each instant with entries."""
    if not _has(lake, "balance_entries", "balance_after"):
        return None
    entries = lake.table("balance_entries").filter(_.balance_after.notnull())
    doubtful = lake.materialise("doubtful_balances", _doubtful_balances(entries))
    entries = entries.semi_join(doubtful, person_key(entries.user_id) == doubtful.person)
    placed = entries.select(
        "user_id",
        "at",
        after=entries.balance_after,
        signed=_signed(entries),
        # entries of one second stand in the order of their numbers; 10 comes after 9
        place=ibis.row_number().over(
            ibis.window(group_by="user_id", order_by=["at", entries.entry_id.length(), "entry_id"])
        ),
    )
    instants = placed.group_by(["user_id", "at"]).aggregate(
        moved=_.signed.sum(), after=_.after.argmax(_.place)
    )
    before = instants.after.lag().over(ibis.window(group_by="user_id", order_by="at"))
    moves = instants.mutate(before=before).filter(_.before.notnull())
    off = moves.select("user_id", off=moves.after - moves.before - moves.moved)
    return off.filter(_.off != 0).group_by(id="user_id").aggregate(off_fen=_.off.abs().sum())


def _doubtful_balances(entries: IbisTable) -> IbisTable:
    """Users whose entries may not chain, told without sorting them.

    In an unbroken chain every balance before an entry is the balance after another, but for the first and the last:
    so the hashes of all balances after, less those of all before, leave just those two. Users with several entries in
    their first or last second may look broken here, and are looked at again in order.
    """
    moves = entries.select(
        "at", person=person_key(entries.user_id), after=entries.balance_after, signed=_signed(entries)
    )
    sums = moves.group_by("person").aggregate(
        rest=(_mixed(moves.after) - _mixed(moves.after - moves.signed)).sum(),
        last=moves.after.argmax(moves.at),
        first=(moves.after - moves.signed).argmin(moves.at),
    )
    return sums.filter(sums.rest != _mixed(sums["last"]) - _mixed(sums["first"])).select("person")


@ibis.udf.scalar.builtin(name="hash", signature=((dt.int64,), dt.uint64))
def _hash(amount):  # type: ignore[no-untyped-def]
    """An amount's hash by the engine."""


def _mixed(amount: ibis.Value) -> ibis.Value:
    """31 bits of an amount's hash: sums of them tell which amounts they hold, and never overflow."""
    return (_hash(amount) % PRIME).cast("int64")


PRIME = 2_147_483_647
"""The largest prime of 31 bits: products of two numbers below it fit in 64."""
PARTS = 4096


def _unequal(one: IbisTable, other: IbisTable) -> list[int]:
    """The parts (`_part`) of all ids in which `fen` of some id may not sum to the same on both sides.

    Amounts are multiplied by a number drawn from their id and summed by part: where every id agrees, both sums do,
    and where one does not they agree with a chance of 1 in PRIME. So nothing is grouped or joined by id but in the
    parts that are off.
    """
    moves = one.select("id", "fen").union(other.select("id", fen=-other.fen))
    weighed = (moves.fen % PRIME) * (person_key(moves.id) % PRIME).cast("int64")
    sums = moves.group_by(part=_part(moves.id)).aggregate(rest=weighed.sum())
    found: list[int] = sums.filter(sums.rest % PRIME != 0).to_pyarrow()["part"].to_pylist()
    return found


def _part(name: ibis.Value) -> ibis.Value:
    """One of PARTS parts of all ids, by hash."""
    return (person_key(name) % PARTS).cast("int32")


def _commissions(lake: Lake) -> IbisTable | None:
    if not (_has(lake, "orders", "agent_commission") and lake.has("commissions")):
        return None
    commissions = lake.table("commissions")
    standing = commissions.filter(commissions.status.isnull() | (commissions.status != "rejected"))
    orders = lake.table("orders").filter(_.agent_commission.notnull())
    doubtful = _unequal(
        orders.select(id=orders.order_id, fen=orders.agent_commission),
        standing.select(id=standing.order_id, fen=standing.amount),
    )
    if not doubtful:
        return None
    standing = standing.filter(_part(standing.order_id).isin(doubtful))
    orders = orders.filter(_part(orders.order_id).isin(doubtful))
    sums = standing.group_by("order_id").aggregate(expected=_.amount.sum())
    both = orders.left_join(sums, "order_id")
    return both.select(id=both.order_id, off_fen=both.agent_commission - both.expected.fill_null(0))


def _channel_fees(lake: Lake) -> IbisTable | None:
    """By channel, because a channel's bill rounds and charges as it likes order by order."""
    if not (
        _has(lake, "orders", "payment_fee", "payment_channel") and _has(lake, "payment_channels", "fee_rate")
    ):
        return None
    orders = _sold(lake).filter((_.paid > 0) & _.payment_fee.notnull())
    channels = lake.table("payment_channels").filter(_.fee_rate.notnull())
    both = orders.inner_join(channels, "payment_channel")
    expected = at_rate(both.paid, both.fee_rate) + both.fee_fixed.fill_null(0)
    off = both.select("payment_channel", off=both.payment_fee - expected)
    sums = off.group_by(id="payment_channel").aggregate(total=_.off.sum(), orders=_.count())
    # rounding may add up to a fen an order and says nothing
    return sums.select("id", off_fen=ibis.ifelse(sums.total.abs() > sums.orders, sums.total, 0))


def _price_parts(lake: Lake) -> IbisTable | None:
    if not _has(lake, "orders", "list_price"):
        return None
    orders = _sold(lake).filter(_.list_price.notnull())
    whole = pieces_fen(orders.list_price, orders.qty.fill_null(1))
    parts = orders.paid
    for name in ("balance_paid", "bonus_paid", "coupon", "level_discount", "promo_discount"):
        parts = parts + orders[name].fill_null(0)
    return orders.select(id=orders.order_id, off_fen=parts - whole)


def _balance_spends(lake: Lake) -> IbisTable | None:
    if not (_has(lake, "orders", "balance_paid") and _has(lake, "balance_entries", "order_id")):
        return None
    entries = lake.table("balance_entries")
    spends = entries.filter((entries.kind == "spend") & entries.order_id.notnull())
    spends = spends.select(id=spends.order_id, fen=-_signed(spends))
    sold = _sold(lake)
    orders = sold.select(
        id=sold.order_id, fen=sold.balance_paid.fill_null(0) + sold.bonus_paid.fill_null(0)
    ).filter(_.fen > 0)
    doubtful = _unequal(spends, orders)
    if not doubtful:
        return None
    sums = spends.filter(_part(spends.id).isin(doubtful)).group_by("id").aggregate(spent=_.fen.sum())
    both = orders.filter(_part(orders.id).isin(doubtful)).left_join(sums, "id")
    return both.select("id", off_fen=both.spent.fill_null(0) - both.fen)


def _entries_against_top_ups(lake: Lake, kind: str, column: str) -> IbisTable | None:
    """By user, within the time that both tables cover."""
    if not (_has(lake, "recharges", column) and lake.has("balance_entries")):
        return None
    entries, recharges = lake.table("balance_entries"), lake.table("recharges")
    if not entries.filter(_.kind == kind).limit(1).count().to_pyarrow().as_py():
        return None
    covered = entries.aggregate(first=_.at.min(), last=_.at.max()).to_pyarrow().to_pylist()[0]
    paid = recharges.filter(recharges.status.isnull() | (recharges.status == "paid"))
    at = paid.paid_at.fill_null(paid.created_at)
    paid = paid.filter(at.between(covered["first"], covered["last"]))
    topped = paid.select(id=paid.user_id, fen=paid[column].fill_null(0))
    entries = entries.filter(_.kind == kind)
    credited = entries.select(id=entries.user_id, fen=entries.amount)
    doubtful = _unequal(credited, topped)
    if not doubtful:
        return None
    moves = credited.union(topped.mutate(fen=-topped.fen))
    moves = moves.filter(_part(moves.id).isin(doubtful))
    return moves.group_by("id").aggregate(off_fen=_.fen.sum())


def _top_ups(lake: Lake) -> IbisTable | None:
    return _entries_against_top_ups(lake, "recharge", "amount")


def _top_up_bonus(lake: Lake) -> IbisTable | None:
    return _entries_against_top_ups(lake, "recharge_bonus", "bonus")


def _refunds(lake: Lake) -> IbisTable | None:
    """Refunds past what the order brought, and orders marked refunded without a refund."""
    if not (lake.has("refunds") and _has(lake, "orders", "status")):
        return None
    orders = lake.table("orders")
    sums = lake.table("refunds").group_by("order_id").aggregate(refunded=_.amount.sum())
    price = orders.paid + orders.balance_paid.fill_null(0) + orders.bonus_paid.fill_null(0)
    both = orders.mutate(price=price).left_join(sums, "order_id")
    refunded = both.refunded.fill_null(0)
    off = ibis.cases(
        (refunded > both.price, refunded - both.price),
        ((both.status == "refunded") & (refunded == 0), -both.price),
        else_=0,
    )
    return both.select(id=both.order_id, off_fen=off)


def _cumulative(lake: Lake) -> IbisTable | None:
    """Members whose cumulative top-up is less than what the files show: it was overwritten."""
    if not (_has(lake, "users", "cum_recharge") and lake.has("recharges")):
        return None
    recharges = lake.table("recharges")
    paid = recharges.filter(recharges.status.isnull() | (recharges.status == "paid"))
    sums = paid.group_by("user_id").aggregate(topped=_.amount.sum())
    users = lake.table("users").filter(_.cum_recharge.notnull())
    both = users.inner_join(sums, "user_id")
    return both.select(id=both.user_id, off_fen=ibis.least(both.cum_recharge - both.topped, 0))


CHECKS: tuple[Check, ...] = (
    Check(
        "balance_moves",
        Text("余额变动和流水对不上的用户", "users whose balance moved without an entry"),
        Text("多半是后台直接改过余额, 或有流水被删、没导出来", "most likely edited by hand, or entries were deleted or not exported"),
        _balance_moves,
    ),
    Check(
        "commissions",
        Text("订单上的代理佣金和佣金表对不上", "commission on orders against the commission table"),
        Text("多半是退款后佣金没有收回, 或某一层的佣金没导出来", "most likely kept after a refund, or one layer was not exported"),
        _commissions,
    ),
    Check(
        "channel_fees",
        Text("支付手续费和通道费率算出来的不一样", "payment fees against the channel's rate"),
        Text("多半是费率改过、通道有最低收费, 或走了别的通道", "most likely the rate changed, has a minimum, or another channel was used"),
        _channel_fees,
    ),
    Check(
        "price_parts",
        Text("单价 x 数量 和 实付 + 余额 + 各种优惠 对不上", "list price x quantity against what was paid and taken off"),
        Text("多半是有一种优惠没有导出来, 或改过价", "most likely a kind of discount is not in the export, or prices were edited"),
        _price_parts,
    ),
    Check(
        "balance_spends",
        Text("订单用掉的余额和消费流水对不上", "balance paid on orders against spend entries"),
        Text("多半是会员被删(流水一起没了), 或流水没导全", "most likely the member was deleted with the entries, or entries are missing"),
        _balance_spends,
    ),
    Check(
        "top_ups",
        Text("充值单和充值流水对不上的用户", "users whose top-ups differ from their entries"),
        Text("多半是到账前扣了手续费、会员被删, 或手动补过单", "most likely the fee was taken before crediting, a member was deleted, or one was credited by hand"),
        _top_ups,
    ),
    Check(
        "top_up_bonus",
        Text("充值赠送和赠送流水对不上的用户", "users whose top-up bonus differs from their entries"),
        Text("多半是赠送规则中途改过, 或手动补送过", "most likely the bonus rule changed, or bonus was given by hand"),
        _top_up_bonus,
    ),
    Check(
        "refunds",
        Text("退款和订单对不上", "refunds against orders"),
        Text("多半是退款没记进退款表, 或同一单退了两次", "most likely a refund was not recorded, or one order was refunded twice"),
        _refunds,
    ),
    Check(
        "cumulative",
        Text("累计充值比充值单加起来还少的用户", "users whose cumulative top-up is less than their top-ups"),
        Text("多半是手动改会员等级时把累计充值覆盖了", "most likely overwritten when a level was set by hand"),
        _cumulative,
    ),
)  # fmt: skip
