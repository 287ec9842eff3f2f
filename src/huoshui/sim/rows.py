"""The platform as canonical tables: what a shop would export at the cut, column by column.

A column is a list of texts or an array: fen and price are int64 fen, times datetime64[s] (NaT for none),
counts ints, rates decimal texts. Every id begins with SIM-.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from huoshui.lake.tables import TABLES
from huoshui.sim.arrays import DAY_S, Flags, Floats, Ints, Names, labels, pick
from huoshui.sim.balance import Books
from huoshui.sim.campaigns import ARMS, PLANS, WINDOW_DAYS, Assignments
from huoshui.sim.credits import Commissions
from huoshui.sim.events import TYPES, Events
from huoshui.sim.goods import (
    CATEGORIES,
    CHANNELS,
    LEVEL_DISCOUNTS,
    LEVEL_NAMES,
    LEVEL_THRESHOLDS_FEN,
    PROMOTER_RATES,
    RESERVE_RATE,
    SITE_CUT_RATE,
    TOP_UP_BONUS_FEN,
    TOP_UP_FEN,
    Goods,
    level_at,
)
from huoshui.sim.margins import Costs
from huoshui.sim.orders import NEVER_S, PARTLY_REFUNDED, STATUSES, Calendar, Orders, TopUps
from huoshui.sim.people import AGENT, PROMOTER, SITE, SOURCES, People
from huoshui.sim.pot import Pot, plan_window

Column = npt.NDArray[Any] | Sequence[str | None] | Sequence[int | None]
Tables = dict[str, dict[str, Column]]
CHANNEL_NAMES = tuple(channel.name for channel in CHANNELS)
OTHER_COSTS_FEN_PER_MONTH = 600_000
FROZEN_FUNDS_FEN = 480_000
MEMOS: Mapping[str, str] = {
    "opening": "期初余额",
    "recharge": "充值",
    "recharge_bonus": "充值赠送",
    "spend": "商品下单",
    "refund": "订单退款",
    "adjust": "人工调整",
    "transfer": "转账",
    "gift_card": "礼品卡兑换",
    "task": "任务奖励",
    "cashback": "活动返现",
    "commission": "推广分成",
    "withdrawal": "兑现",
    "expire": "到期作废",
    "clawback": "违规收回",
}


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that the tables are written from, already cut at `until_s`."""

    seed: int
    calendar: Calendar
    until_s: int
    people: People
    goods: Goods
    orders: Orders
    costs: Costs
    commissions: Commissions
    top_ups: TopUps
    assignments: Assignments
    events: Events
    books: Books
    pot: Pot

    @property
    def start(self) -> date:
        """The first day of the files."""
        return self.calendar.start


def canonical_tables(scene: Scene) -> Tables:
    """All sixteen tables, columns in canonical order."""
    built = {
        "users": _users(scene),
        "orders": _orders(scene),
        "balance_entries": _balance_entries(scene),
        "recharges": _recharges(scene),
        "refunds": _refunds(scene),
        "commissions": _commissions(scene),
        "agents": _agents(scene),
        "agent_prices": _agent_prices(scene),
        "campaigns": _campaigns(scene),
        "assignments": _assignments(scene),
        "events": _events(scene),
        "products": _products(scene),
        **_rules(scene),
    }
    return {name: {column: built[name][column] for column in TABLES[name].names} for name in TABLES}


def times(start: date, at_s: Ints) -> npt.NDArray[np.datetime64]:
    """Instants of seconds since the start; NaT where they never come."""
    moments = np.datetime64(start, "s") + at_s.astype("timedelta64[s]")
    return np.where(at_s >= NEVER_S, np.datetime64("NaT", "s"), moments)


def user_ids(persons: Ints) -> list[str]:
    """Ids of users."""
    return labels("U", persons, 6)


def agent_ids(positions: Ints) -> list[str]:
    """Ids of agents in layers; promoters carry their user id."""
    return labels("AG", positions, 4)


def order_ids(positions: Ints) -> list[str]:
    """Ids of orders, by their position among those written."""
    return labels("D", positions, 8)


def _users(scene: Scene) -> dict[str, Column]:
    people, until = scene.people, scene.until_s
    here = np.flatnonzero(people.registered_s[: people.users] < until)
    ring = people.rings.ring_of(people.count)[here]
    found = (
        people.rings.found_s[ring.clip(0)]
        if len(people.rings.members)
        else np.zeros(len(here), dtype=np.int64)
    )
    marked = people.rings.marked_of(people.count)[here] & (found < until)
    status = np.where(marked, 2, np.where(people.frozen[here], 1, 0))
    spent = np.zeros(people.count, dtype=np.int64)
    np.add.at(spent, scene.orders.person[scene.orders.sold], scene.orders.price_fen[scene.orders.sold])
    counted = np.zeros(people.count, dtype=np.int64)
    paid = scene.top_ups.paid
    np.add.at(counted, scene.top_ups.person[paid], (scene.top_ups.amount_fen + scene.top_ups.bonus_fen)[paid])
    cumulative = people.prior_top_up_fen[here] + counted[here]
    seller, promoter = people.seller[here], people.promoter[here]
    upline: Names = [
        f"SIM-AG{agent:04d}" if agent >= 0 else f"SIM-U{above:06d}" if above >= 0 else None
        for agent, above in zip(seller.tolist(), promoter.tolist(), strict=True)
    ]
    neighbours = people.neighbours
    return {
        "user_id": user_ids(here),
        "created_at": times(scene.start, people.registered_s[here]),
        "status": pick(("active", "frozen", "abuser"), status),
        "upline_id": upline,
        "tier": pick(LEVEL_NAMES, level_at(cumulative)),
        "country": ["CN"] * len(here),
        "contact_hash": labels("contact-", neighbours.contact[here], 6),
        "device_hash": labels("device-", neighbours.device[here], 6),
        "ip_hash": labels("ip-", neighbours.address[here], 6),
        "cum_recharge": cumulative,
        "cum_spend": people.prior_spend_fen[here] + spent[here],
    }


def _orders(scene: Scene) -> dict[str, Column]:
    orders, people, costs, goods = scene.orders, scene.people, scene.costs, scene.goods
    person, sold = orders.person, orders.sold
    guest = person >= people.users
    bonus, balance = scene.books.bonus_paid_fen, scene.books.balance_paid_fen
    money = orders.price_fen - bonus - balance
    commissions = np.zeros(len(orders), dtype=np.int64)
    kept = scene.commissions.rejected == 0
    np.add.at(commissions, scene.commissions.order[kept], scene.commissions.amount_fen[kept])
    return {
        "order_id": order_ids(np.arange(len(orders))),
        "user_id": _unless(guest, user_ids(person)),
        "guest_key": _unless(~guest, labels("guest-", person, 6)),
        "created_at": times(scene.start, orders.at_s),
        "paid_at": times(scene.start, np.where(sold, orders.at_s + 15, NEVER_S)),
        "status": pick(STATUSES, orders.status),
        "product_id": labels("P", orders.product, 4),
        "qty": orders.qty,
        "list_price": goods.price_fen[orders.product],
        "paid": money,
        "balance_paid": balance,
        "bonus_paid": bonus,
        "coupon": orders.coupon_fen,
        "level_discount": orders.level_discount_fen,
        "promo_discount": orders.promotion_fen,
        "cost_of_goods": np.where(sold, orders.cost_fen, 0),
        "payment_channel": pick(CHANNEL_NAMES, np.where(money > 0, orders.channel, -1)),
        "payment_fee": np.where(sold, costs.payment_fee_fen, 0),
        "source": pick(SOURCES, orders.source),
        "agent_id": _order_agents(scene),
        "agent_commission": commissions,
        "site_id": _unless(orders.source != SITE, labels("S", people.site[person], 2)),
        "site_fee": np.where(sold, costs.site_fee_fen, 0),
        "ip_hash": labels("ip-", people.neighbours.address[person], 6),
        "device": labels("device-", people.neighbours.device[person], 6),
    }


def _order_agents(scene: Scene) -> Names:
    orders, people = scene.orders, scene.people
    seller = np.where(orders.source == AGENT, people.seller[orders.person], -1).tolist()
    promoter = np.where(orders.source == PROMOTER, people.promoter[orders.person], -1).tolist()
    return [
        f"SIM-AG{agent:04d}" if agent >= 0 else f"SIM-U{above:06d}" if above >= 0 else None
        for agent, above in zip(seller, promoter, strict=True)
    ]


def _balance_entries(scene: Scene) -> dict[str, Column]:
    entries = scene.books.entries
    kinds = entries.kinds
    order = _unless(entries.order < 0, order_ids(entries.order))
    others = _unless(entries.other < 0, user_ids(entries.other))
    incoming = entries.incoming.tolist()
    return {
        "entry_id": labels("E", np.arange(len(entries)), 8),
        "user_id": user_ids(entries.person),
        "at": times(scene.start, entries.at_s),
        "direction": ["in" if way else "out" for way in incoming],
        "amount": entries.amount_fen,
        "kind": kinds,
        "order_id": order,
        "balance_after": entries.balance_after_fen,
        "memo": [
            (f"来自{other}" if way else f"转账给{other}")
            if other
            else f"{MEMOS[kind]}[{number}]"
            if number
            else MEMOS[kind]
            for kind, number, other, way in zip(kinds, order, others, incoming, strict=True)
        ],
        "campaign_id": pick([campaign_id(number) for number in range(len(PLANS))], entries.campaign),
    }


def campaign_id(number: int) -> str:
    """The id of a campaign."""
    return f"SIM-C{number + 1:02d}"


def _recharges(scene: Scene) -> dict[str, Column]:
    top_ups = scene.top_ups
    return {
        "recharge_id": labels("R", np.arange(len(top_ups.person)), 7),
        "user_id": user_ids(top_ups.person),
        "created_at": times(scene.start, top_ups.at_s - 20),
        "paid_at": times(scene.start, np.where(top_ups.paid, top_ups.at_s, NEVER_S)),
        "status": ["paid" if paid else "unpaid" for paid in top_ups.paid.tolist()],
        "amount": top_ups.amount_fen,
        "bonus": np.where(top_ups.paid, top_ups.bonus_fen, 0),
        "fee": np.where(top_ups.paid, top_ups.fee_fen, 0),
        "payment_channel": pick(CHANNEL_NAMES, top_ups.channel),
        "ip_hash": labels("ip-", scene.people.neighbours.address[top_ups.person], 6),
    }


def _refunds(scene: Scene) -> dict[str, Column]:
    orders, books = scene.orders, scene.books
    back = np.flatnonzero(orders.refund_fen > 0)
    back = back[np.argsort(orders.refund_s[back], kind="stable")]
    by_balance = (books.bonus_paid_fen + books.balance_paid_fen)[back] > 0
    part = orders.status[back] == PARTLY_REFUNDED
    return {
        "refund_id": labels("F", np.arange(len(back)), 6),
        "order_id": order_ids(back),
        "amount": orders.refund_fen[back],
        "at": times(scene.start, orders.refund_s[back]),
        "type": [
            ("部分" if partly else "全额") + ("退回余额" if to_balance else "原路退回")
            for partly, to_balance in zip(part.tolist(), by_balance.tolist(), strict=True)
        ],
    }


def _commissions(scene: Scene) -> dict[str, Column]:
    rows = scene.commissions
    confirmed = rows.confirm_s < scene.until_s
    withdrawn = rows.confirm_s < scene.until_s - 40 * DAY_S
    code = np.where(rows.rejected == 1, 3, np.where(withdrawn, 2, np.where(confirmed, 1, 0)))
    rates = [f"{rate:.2f}" for rate in PROMOTER_RATES]
    return {
        "commission_id": labels("M", np.arange(len(rows.order)), 7),
        "order_id": order_ids(rows.order),
        "agent_id": user_ids(rows.promoter),
        "level": rows.level,
        "base": rows.base_fen,
        "rate": pick(rates, rows.level - 1),
        "amount": rows.amount_fen,
        "status": pick(("pending", "confirmed", "withdrawn", "rejected"), code),
        "confirm_at": times(scene.start, np.where(confirmed, rows.confirm_s, NEVER_S)),
    }


def _agents(scene: Scene) -> dict[str, Column]:
    people = scene.people
    positions = np.arange(len(people.agents.layer))
    promoters = np.unique(np.concatenate([people.promoter, people.promoter_above]))
    promoters = promoters[promoters >= 0]
    above = np.full(people.count, -1, dtype=np.int64)
    has = people.promoter >= 0
    above[people.promoter[has]] = people.promoter_above[has]
    levels: list[int | None] = [*people.agents.layer.tolist(), *([None] * len(promoters))]
    return {
        "agent_id": [*agent_ids(positions), *user_ids(promoters)],
        "upline_id": [
            *(f"SIM-AG{upline:04d}" if upline >= 0 else None for upline in people.agents.upline.tolist()),
            *(f"SIM-U{upline:06d}" if upline >= 0 else None for upline in above[promoters].tolist()),
        ],
        "level": levels,
    }


def _agent_prices(scene: Scene) -> dict[str, Column]:
    sold = np.repeat(np.flatnonzero(scene.goods.by_agents), 3)
    layer = np.tile(np.array([1, 2, 3], dtype=np.int64), len(sold) // 3)
    return {
        "product_id": labels("P", sold, 4),
        "level": layer,
        "price": scene.goods.agent_price_fen[sold, layer - 1],
    }


def _campaigns(scene: Scene) -> dict[str, Column]:
    windows = [plan_window(number, scene.calendar) for number in range(len(PLANS))]
    return {
        "campaign_id": [campaign_id(number) for number in range(len(PLANS))],
        "name": [plan.name for plan in PLANS],
        "purpose": [plan.purpose for plan in PLANS],
        "start": times(scene.start, np.array([first for first, _ in windows]) * DAY_S),
        "end": times(scene.start, np.array([end for _, end in windows]) * DAY_S - 1),
        "budget": np.array(scene.pot.budget_fen, dtype=np.int64),
        "bar": [f"{plan.bar:.2f}" for plan in PLANS],
        "window_days": np.full(len(PLANS), WINDOW_DAYS, dtype=np.int64),
        "value_cap": np.array([plan.value_cap_fen for plan in PLANS], dtype=np.int64),
    }


def _assignments(scene: Scene) -> dict[str, Column]:
    rows = scene.assignments.take(scene.assignments.recorded)
    return {
        "assignment_id": labels("A", np.arange(len(rows)), 7),
        "campaign_id": [campaign_id(number) for number in rows.campaign.tolist()],
        "user_id": user_ids(rows.person),
        "at": times(scene.start, rows.at_s),
        "arm": pick(ARMS, rows.arm),
        "amount": rows.amount_fen,
        "probability": _rates(rows.probability),
    }


def _events(scene: Scene) -> dict[str, Column]:
    rows, people = scene.events, scene.people
    guest = rows.person >= people.users
    return {
        "event_id": labels("V", np.arange(len(rows.person)), 8),
        "user_id": _unless(guest, user_ids(rows.person)),
        "visitor": _unless(~guest, labels("visitor-", rows.person, 6)),
        "at": times(scene.start, rows.at_s),
        "type": pick(TYPES, rows.type),
        "product_id": _unless(rows.product < 0, labels("P", rows.product, 4)),
        "props": [None] * len(rows.person),
    }


def _products(scene: Scene) -> dict[str, Column]:
    goods = scene.goods
    return {
        "product_id": labels("P", np.arange(len(goods.names)), 4),
        "name": list(goods.names),
        "category": pick([kind.name for kind in CATEGORIES], goods.category),
        "price": goods.price_fen,
        "cost": goods.cost_fen,
        "in_pool": np.zeros(len(goods.names), dtype=np.bool_),
    }


def _rules(scene: Scene) -> Tables:
    first, last = times(scene.start, np.array([0, scene.calendar.end_s - 1]))
    given = TOP_UP_BONUS_FEN > 0
    return {
        "levels": {
            "level": list(LEVEL_NAMES),
            "threshold": LEVEL_THRESHOLDS_FEN,
            "discount": _rates(LEVEL_DISCOUNTS),
        },
        "recharge_bonus_rules": {"amount": TOP_UP_FEN[given], "bonus": TOP_UP_BONUS_FEN[given]},
        "payment_channels": {
            "payment_channel": list(CHANNEL_NAMES),
            "provider": [channel.provider for channel in CHANNELS],
            "fee_rate": [f"{channel.rate:.4f}" for channel in CHANNELS],
            "fee_fixed": np.array([channel.fixed_fen for channel in CHANNELS], dtype=np.int64),
        },
        "costs": {
            "scope": ["source", "all", "all", "all"],
            "scope_id": ["site", None, None, None],
            "part": ["platform_cut", "risk_reserve", "frozen", "other"],
            "base": ["order_price", "bonus_issued", "month", "month"],
            "from": np.repeat(first, 4),
            "to": np.repeat(last, 4),
            "rate": [f"{SITE_CUT_RATE:.2f}", f"{RESERVE_RATE:.2f}", None, None],
            "fixed": np.array([0, 0, FROZEN_FUNDS_FEN, OTHER_COSTS_FEN_PER_MONTH], dtype=np.int64),
        },
    }


def _unless(hidden: Flags, names: Sequence[str]) -> Names:
    return [None if out else name for out, name in zip(hidden.tolist(), names, strict=True)]


def _rates(rates: Floats) -> list[str]:
    return [f"{rate:.4f}" for rate in rates.tolist()]
