"""The same months as an acg-faka shop would export them, with that shop's traps.

Order and top-up exports (usernames, no cost of goods, no bonus, no refunds, at most 5,000 rows a file) and
the tables `user`, `bill`, `business_level` as a read-only database role would dump them. Members are plain
integers there, as in the shop; order numbers, usernames and contacts begin with SIM-.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from huoshui.base.money import yuan_text
from huoshui.sim.arrays import DAY_S, Flags
from huoshui.sim.balance import Entries
from huoshui.sim.campaigns import PLANS
from huoshui.sim.goods import LEVEL_NAMES, LEVEL_THRESHOLDS_FEN, level_at
from huoshui.sim.label import BOM, prepare_folder
from huoshui.sim.orders import NEVER_S
from huoshui.sim.people import PROMOTER, SITE
from huoshui.sim.rows import CHANNEL_NAMES, Scene, times
from huoshui.sim.world import World

ROWS_PER_EXPORT: Final = 5_000
_NEW_ROWS_PER_EXPORT: Final = 4_600
_UNPAID_KEPT_S: Final = 3 * DAY_S
_DELETED_OF: Final = 50
"""One old member in so many has been deleted, with bill and top-ups; the orders stay, without a name."""
_OVERWRITTEN_OF: Final = 120
"""One member in so many had a level set by hand, which overwrote the cumulative top-up."""

ORDER_HEADER: Final = (
    "订单号", "金额", "商品名称", "数量", "支付方式", "下单时间", "下单IP",
    "下单设备", "支付时间", "订单状态", "联系方式", "发货状态", "优惠券", "客户",
    "推广人", "分站", "分站手续费", "接口手续费", "推广分成", "返利",
)  # fmt: skip
TOP_UP_HEADER: Final = ("订单号", "金额", "会员", "支付方式", "下单时间", "下单IP", "支付时间", "支付状态")
BILL_HEADER: Final = ("id", "owner", "amount", "balance", "type", "currency", "log", "create_time")
USER_HEADER: Final = (
    "id", "username", "email", "balance", "coin", "recharge", "pid", "create_time", "login_ip", "status",
    "business_level",
)  # fmt: skip
LEVEL_HEADER: Final = ("id", "name", "cost", "accrual", "substation", "top_domain", "price", "supplier")
_MEMOS: Final = {
    "opening": "期初",
    "recharge": "充值",
    "recharge_bonus": "充值赠送",
    "spend": "商品下单",
    "refund": "后台加款",
    "adjust": "人工调整",
    "gift_card": "礼品卡兑换",
    "task": "任务奖励",
    "cashback": "活动返现",
    "commission": "推广分成",
    "withdrawal": "兑现",
    "expire": "到期扣除",
    "clawback": "违规扣除",
}


def write_acg_faka(world: World, out: Path) -> None:
    """Exports and dumps of such a shop into `out`, with label and truth; BadOption on a used folder."""
    prepare_folder(world, out)
    scene = world.scene
    deleted = _deleted(scene)
    for name, header, rows in (
        ("订单", ORDER_HEADER, list(_orders(scene, deleted))),
        ("充值", TOP_UP_HEADER, list(_top_ups(scene, deleted))),
    ):
        for number, begin in enumerate(range(0, max(1, len(rows)), _NEW_ROWS_PER_EXPORT), start=1):
            _write(out / f"{name}_{number:02d}.csv", header, rows[begin : begin + ROWS_PER_EXPORT])
    bill, balances, coins = _bill(scene, deleted)
    _write(out / "bill.csv", BILL_HEADER, bill)
    _write(out / "user.csv", USER_HEADER, _members(scene, deleted, balances, coins))
    levels = (
        (number, name, "0.20", "0.10", 1, 0, f"{100 * number}.00", 1)
        for number, name in enumerate(LEVEL_NAMES, 1)
    )
    _write(out / "business_level.csv", LEVEL_HEADER, levels)


def username(person: int) -> str:
    """The name a member chose."""
    return f"SIM-user{person:06d}"


def _deleted(scene: Scene) -> Flags:
    """Old members who are gone; promoters and site owners stay."""
    people = scene.people
    gone = (np.arange(people.count) % _DELETED_OF == 7) & (people.registered_s < 0)
    gone[np.unique(np.concatenate([people.promoter, people.promoter_above]))] = False
    return np.asarray(gone)


def _orders(scene: Scene, deleted: Flags) -> Iterator[Sequence[Any]]:
    """By time. A refund leaves no trace, unpaid orders are cleared away, a coupon shows as its code."""
    orders, people, books, costs = scene.orders, scene.people, scene.books, scene.costs
    balance = books.bonus_paid_fen + books.balance_paid_fen
    shown = orders.sold | (orders.at_s > scene.until_s - _UNPAID_KEPT_S)
    created, paid_at = _moments(scene, orders.at_s), _moments(scene, orders.at_s + 15)
    first, second = _promoters_shares(scene)
    for row in np.flatnonzero(shown).tolist():
        person, sold = int(orders.person[row]), bool(orders.sold[row])
        money = int(orders.price_fen[row] - balance[row])
        member = person < people.users
        promoter = int(people.promoter[person]) if orders.source[row] == PROMOTER else -1
        at_site = orders.source[row] == SITE
        yield (
            f"'SIM-D{row:08d}",
            _plain_yuan(money or int(orders.price_fen[row])),
            scene.goods.names[int(orders.product[row])],
            int(orders.qty[row]),
            CHANNEL_NAMES[int(orders.channel[row])] if money else "余额",
            created[row],
            f"SIM-ip-{people.neighbours.address[person]:06d}",
            ("手机", "电脑")[person % 3 == 0],
            paid_at[row] if sold else "",
            "已支付" if sold else "未支付",
            f"'SIM-contact-{people.neighbours.contact[person]:06d}",
            "已发货" if sold else "未发货",
            f"{60_000_000 + row}" if orders.coupon_fen[row] else "",
            username(person) if member and not deleted[person] else "",
            username(promoter) if promoter >= 0 else "",
            f"SIM-site{people.site[person]}" if at_site else "",
            _plain_yuan(int(costs.site_fee_fen[row])) if at_site else "0.00",
            _plain_yuan(int(costs.payment_fee_fen[row])) if sold else "0.00",
            _plain_yuan(first.get(row, 0)),
            _plain_yuan(second.get(row, 0)),
        )


def _promoters_shares(scene: Scene) -> tuple[dict[int, int], dict[int, int]]:
    """Commission by order, level 1 and level 2; this shop takes none back, so rejected ones stand too."""
    rows = scene.commissions
    shares: tuple[dict[int, int], dict[int, int]] = ({}, {})
    for order, level, amount in zip(
        rows.order.tolist(), rows.level.tolist(), rows.amount_fen.tolist(), strict=True
    ):
        shares[level - 1][order] = amount
    return shares


def _top_ups(scene: Scene, deleted: Flags) -> Iterator[Sequence[Any]]:
    """By time; the amount is before the fee, what is credited is the amount less the fee."""
    top_ups = scene.top_ups
    created, paid_at = _moments(scene, top_ups.at_s - 20), _moments(scene, top_ups.at_s)
    for row, person in enumerate(top_ups.person.tolist()):
        paid = bool(top_ups.paid[row])
        if deleted[person] or (not paid and top_ups.at_s[row] < scene.until_s - _UNPAID_KEPT_S):
            continue
        yield (
            f"'SIM-R{row:07d}",
            _plain_yuan(int(top_ups.amount_fen[row] + top_ups.fee_fen[row])),
            username(person),
            CHANNEL_NAMES[int(top_ups.channel[row])],
            created[row],
            f"SIM-ip-{scene.people.neighbours.address[person]:06d}",
            paid_at[row] if paid else "",
            "已支付" if paid else "未支付",
        )


def _bill(scene: Scene, deleted: Flags) -> tuple[list[Sequence[Any]], dict[int, int], dict[int, int]]:
    """Entries of members who are still there, coins of site owners too; last balance and coins of each."""
    balances: dict[int, int] = {}
    coins: dict[int, int] = {}
    coined = np.flatnonzero(scene.orders.sold & (scene.costs.site_fee_fen > 0))
    lines: list[tuple[int, int, int, int, int, int, str]] = []
    entries = scene.books.entries
    kept = entries.take(~deleted[entries.person])
    columns = (kept.person, kept.at_s, kept.amount_fen, kept.balance_after_fen, kept.incoming)
    for entry in zip(*(column.tolist() for column in columns), _memos(kept), strict=True):
        person, at_s, amount, after, way, memo = entry
        balances[person] = after
        lines.append((at_s, person, amount, after, way, 0, memo))
    for row in coined.tolist():
        owner, amount = _site_owner(scene, row), int(scene.costs.site_fee_fen[row])
        coins[owner] = coins.get(owner, 0) + amount
        memo = f"分站商品出售[SIM-D{row:08d}]"
        lines.append((int(scene.orders.at_s[row]) + 20, owner, amount, coins[owner], 1, 1, memo))
    lines.sort(key=lambda line: line[0])
    moments = _moments(scene, np.array([line[0] for line in lines], dtype=np.int64))
    rows = [
        (number, owner + 1, _plain_yuan(amount), _plain_yuan(after), way, currency, memo, moment)
        for number, ((_, owner, amount, after, way, currency, memo), moment) in enumerate(
            zip(lines, moments, strict=True), start=1
        )
    ]
    return list(rows), balances, coins


def _site_owner(scene: Scene, order: int) -> int:
    """The member who runs the site of an order: one of the first, none of whom is ever deleted."""
    return int(scene.people.site[scene.orders.person[order]])


def _memos(entries: Entries) -> Iterator[str]:
    columns = (entries.other, entries.incoming, entries.order, entries.campaign)
    for kind, other, way, order, campaign in zip(
        entries.kinds, *(column.tolist() for column in columns), strict=True
    ):
        if other >= 0:
            yield f"来自ID:{other + 1}" if way else f"转账给ID:{other + 1}"
        elif kind in ("spend", "commission"):
            yield f"{_MEMOS[kind]}[SIM-D{order:08d}]"
        elif campaign >= 0 and way:
            yield f"{_MEMOS[kind]}:{PLANS[campaign].name}"
        else:
            yield _MEMOS[kind]


def _members(
    scene: Scene, deleted: Flags, balances: dict[int, int], coins: dict[int, int]
) -> Iterator[Sequence[Any]]:
    """Members who are still there; `recharge` counts the bonus, and errs where a level was set by hand."""
    people, top_ups = scene.people, scene.top_ups
    counted = people.prior_top_up_fen.copy()
    np.add.at(counted, top_ups.person[top_ups.paid], (top_ups.amount_fen + top_ups.bonus_fen)[top_ups.paid])
    by_hand = np.arange(people.count) % _OVERWRITTEN_OF == 11
    above = np.minimum(level_at(counted) + 1, len(LEVEL_NAMES) - 1)
    counted = np.where(by_hand, LEVEL_THRESHOLDS_FEN[above], counted)
    level = level_at(counted)
    created = _moments(scene, people.registered_s)
    for person in np.flatnonzero(
        (people.registered_s[: people.users] < scene.until_s) & ~deleted[: people.users]
    ).tolist():
        yield (
            person + 1,
            username(person),
            f"SIM-contact-{people.neighbours.contact[person]:06d}",
            _plain_yuan(balances.get(person, 0)),
            _plain_yuan(coins.get(person, 0)),
            _plain_yuan(int(counted[person])),
            int(people.promoter[person]) + 1,
            created[person],
            f"SIM-ip-{people.neighbours.address[person]:06d}",
            0 if people.frozen[person] else 1,
            int(level[person]) + 1,
        )


def _moments(scene: Scene, at_s: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> list[str]:
    texts = np.char.replace(times(scene.start, np.minimum(at_s, NEVER_S - 1)).astype(str), "T", " ")
    return [str(text) for text in texts.tolist()]


def _plain_yuan(amount_fen: int) -> str:
    return yuan_text(amount_fen).replace(",", "")


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("wb") as raw:
        raw.write(BOM)
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
