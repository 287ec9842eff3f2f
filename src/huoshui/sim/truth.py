"""What no shop knows: where the incentive really went, what each campaign really brought, who is one hand."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from huoshui.sim.arrays import DAY_S, Flags, Floats, Ints, share_of
from huoshui.sim.campaigns import (
    EXPLORE,
    FAMILIES,
    LEVELS_FEN,
    NEGATIVE,
    PLANS,
    TREATED,
    WINDOW_DAYS,
    Assignments,
    Curves,
)
from huoshui.sim.goods import (
    CHANNEL_RATES,
    CHANNELS,
    FAIR_STEP,
    LEVEL_DISCOUNTS,
    RESERVE_RATE,
    channel_fee,
    level_at,
)
from huoshui.sim.orders import Orders, cumulative_before
from huoshui.sim.people import AGENT, SEGMENTS, People
from huoshui.sim.pot import Pot
from huoshui.sim.recount import Fate, recount_bonus
from huoshui.sim.response import Response
from huoshui.sim.rows import FROZEN_FUNDS_FEN, Scene, Tables, campaign_id, times, user_ids


@dataclass(frozen=True, slots=True)
class LeakMonth:
    """The leak layer in one month ('all' for the whole), in fen."""

    month: str
    orders: int
    order_price_fen: int
    take_fen: int
    fair_fen: int
    excess_fen: int
    bonus_take_fen: int
    bonus_excess_fen: int


@dataclass(frozen=True, slots=True)
class Leak:
    """The layer that takes more than its step, over sold agent orders (refunded ones too)."""

    layer: int
    take_share_est: float
    fair_share: float
    months: tuple[LeakMonth, ...]
    takes_by_layer_fen: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class DrainMonth:
    """Level discount of one month ('all': the whole) beyond what principal alone had earned, in fen."""

    month: str
    users: int
    orders: int
    discount_fen: int
    excess_fen: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """One cut of a campaign (by month of assignment, by amount, or all of it)."""

    cut: str
    treated: int
    control: int
    granted_fen: int
    spent_fen: int
    expired_fen: int
    open_fen: int
    induced_orders: int
    removed_orders: int
    incremental_value_fen: int
    waste_fen: int
    return_est: float | None


@dataclass(frozen=True, slots=True)
class Curve:
    """Mean response of one hidden segment at each amount: extra orders and fen of value within the window."""

    segment: str
    users: int
    amounts_fen: tuple[int, ...]
    orders_est: tuple[float, ...]
    value_fen_est: tuple[float, ...]
    families: dict[str, int]


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as it really was; `fee_saved_fen_est`: payment fee its bonus saved, in no value here."""

    campaign_id: str
    key: str
    name: str
    randomised: bool
    total: Outcome
    matured: Outcome
    """Those whose whole window lies in the files."""
    by_month: tuple[Outcome, ...]
    by_amount: tuple[Outcome, ...]
    fee_saved_fen_est: float
    flat_from_fen: int | None
    """Of several amounts, the least whose mean response is within 5 % of the best: what lies above is wasted."""
    response: tuple[Curve, ...]


@dataclass(frozen=True, slots=True)
class Incentive:
    """Where the incentive went. put_in = issued + reserve + frozen + cost shares of the bonus-paid price.

    Reach counts spent by users whom the shop has not marked; `reach_share_true` leaves out all rings.
    """

    issued_fen: int
    issued_by_kind_fen: dict[str, int]
    issued_by_month_fen: dict[str, int]
    reserve_fen: int
    frozen_fen: int
    agents_on_bonus_fen: tuple[int, int, int]
    commission_on_bonus_fen: int
    fees_on_bonus_fen: int
    site_on_bonus_fen: int
    platform_cut_on_bonus_fen: int
    put_in_fen: int
    put_in_without_frozen_fen: int
    spent_fen: int
    spent_by_marked_fen: int
    spent_by_rings_fen: int
    refunded_fen: int
    expired_fen: int
    clawed_back_fen: int
    open_fen: int
    open_frozen_fen: int
    reach_share: float
    reach_share_without_frozen: float
    reach_share_true: float


@dataclass(frozen=True, slots=True)
class ChannelCost:
    """A payment channel over the files, orders and top-ups together; what the cheapest would have taken."""

    payment_channel: str
    payments: int
    amount_fen: int
    fee_fen: int
    cheapest_fee_fen: int


@dataclass(frozen=True, slots=True)
class Ring:
    """One hand and its accounts."""

    members: tuple[str, ...]
    marked: bool
    issued_fen: int
    spent_fen: int


@dataclass(frozen=True, slots=True)
class Truth:
    """Everything known about a world, ready for JSON."""

    simulated: bool
    seed: int
    start: str
    as_of: str
    users: int
    orders: int
    peak_days: tuple[str, ...]
    leak: Leak
    drain: tuple[DrainMonth, ...]
    campaigns: tuple[Campaign, ...]
    incentive: Incentive
    pot: Pot
    channels: tuple[ChannelCost, ...]
    rings: tuple[Ring, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    def campaign(self, key: str) -> Campaign:
        """The campaign called `key`; KeyError without."""
        for campaign in self.campaigns:
            if campaign.key == key:
                return campaign
        raise KeyError(key)


@dataclass(frozen=True, slots=True)
class Effects:
    """What only the simulator has: removed orders (after the written ones), values of all, the curves."""

    orders: Orders
    value_fen: Ints
    curves: Curves
    response: Response


def tell_truth(scene: Scene, tables: Tables, effects: Effects) -> Truth:
    """The truth about the tables as written."""
    rings = _rings_here(scene)
    fates = recount_bonus(tables, frozenset(user for members in rings for user in members))
    by_campaign: dict[str | None, dict[str, Fate]] = {}
    for fate in fates:
        by_campaign.setdefault(fate.campaign_id, {})[fate.user_id] = fate
    return Truth(
        simulated=True,
        seed=scene.seed,
        start=scene.start.isoformat(),
        as_of=scene.pot.as_of,
        users=len(tables["users"]["user_id"]),
        orders=len(scene.orders),
        peak_days=tuple(
            str(day)
            for day in times(scene.start, np.array(scene.calendar.peaks) * DAY_S).astype("datetime64[D]")
        ),
        leak=_leak(scene),
        drain=_drain(scene),
        campaigns=tuple(
            _campaign(scene, effects, by_campaign.get(campaign_id(number), {}), number)
            for number in range(len(PLANS))
        ),
        incentive=_incentive(scene, fates),
        pot=scene.pot,
        channels=_channels(scene),
        rings=_ring_truths(scene, rings, fates),
    )


def _months_of(scene: Scene, at_s: Ints) -> "np.ndarray[Any, np.dtype[np.str_]]":
    return np.asarray(times(scene.start, at_s).astype("datetime64[M]").astype(str))


def _leak(scene: Scene) -> Leak:
    orders, layer = scene.orders, scene.goods.leak_layer
    sold = orders.sold & (orders.source == AGENT)
    take = scene.costs.layers_fen[:, layer - 1]
    fair = share_of(orders.price_fen, FAIR_STEP)
    bonus_share = scene.books.bonus_paid_fen / np.maximum(1, orders.price_fen)
    months = _months_of(scene, orders.at_s)
    rows = []
    for month in (*np.unique(months[sold]).tolist(), "all"):
        mine = sold & ((months == month) | (month == "all"))
        rows.append(
            LeakMonth(
                month,
                int(mine.sum()),
                int(orders.price_fen[mine].sum()),
                int(take[mine].sum()),
                int(fair[mine].sum()),
                int((take - fair)[mine].sum()),
                round(float((take * bonus_share)[mine].sum())),
                round(float(((take - fair) * bonus_share)[mine].sum())),
            )
        )
    takes = scene.costs.layers_fen[sold].sum(axis=0).tolist()
    return Leak(
        layer,
        rows[-1].take_fen / max(1, rows[-1].order_price_fen),
        FAIR_STEP,
        tuple(rows),
        (takes[0], takes[1], takes[2]),
    )


def _drain(scene: Scene) -> tuple[DrainMonth, ...]:
    orders = scene.orders
    principal = cumulative_before(scene.people, scene.top_ups, orders.person, orders.at_s, with_bonus=False)
    gross = scene.goods.price_fen[orders.product] * orders.qty
    earned = share_of(gross, LEVEL_DISCOUNTS[level_at(principal)])
    given = orders.level_discount_fen
    counted = orders.sold & (given > 0)
    excess = np.where(counted, given - earned, 0)
    months = _months_of(scene, orders.at_s)
    rows = []
    for month in (*np.unique(months).tolist(), "all"):
        mine = counted & ((months == month) | (month == "all"))
        hit = mine & (excess > 0)
        users = len(np.unique(orders.person[hit]))
        rows.append(DrainMonth(month, users, int(hit.sum()), int(given[mine].sum()), int(excess[mine].sum())))
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class _Gains:
    """By treated assignment of one campaign: incremental value and the orders behind it."""

    value_fen: Ints
    induced: Ints
    removed: Ints


def _campaign(scene: Scene, effects: Effects, fate_of: dict[str, Fate], number: int) -> Campaign:
    plan = PLANS[number]
    rows = scene.assignments.take(scene.assignments.campaign == number)
    treated = (rows.amount_fen > 0) & ((rows.arm == TREATED) | (rows.arm == EXPLORE))
    gains = _gains(effects, rows.take(treated), number)
    lots = np.array(
        [
            (fate.issued_fen, fate.spent_fen, fate.expired_fen, fate.open_fen)
            if (fate := fate_of.get(user))
            else (0,) * 4
            for user in user_ids(rows.person[treated])
        ],
        dtype=np.int64,
    ).reshape(-1, 4)
    months = _months_of(scene, rows.at_s)

    def outcome(cut: str, mine: Flags) -> Outcome:
        inside = mine[treated]
        issued, spent, expired, still_open = lots[inside].sum(axis=0).tolist()
        value = int(gains.value_fen[inside].sum())
        return Outcome(
            cut, int(inside.sum()), int((mine & ~treated).sum()), issued, spent, expired, still_open,
            int(gains.induced[inside].sum()), int(gains.removed[inside].sum()), value, spent - value,
            value / spent if spent else None,
        )  # fmt: skip

    everyone = np.ones(len(rows), dtype=np.bool_)
    spent_all = int(lots[:, 1].sum())
    return Campaign(
        campaign_id=campaign_id(number),
        key=plan.key,
        name=plan.name,
        randomised=plan.key != "targeted",
        total=outcome("all", everyone),
        matured=outcome("matured", rows.at_s + WINDOW_DAYS * DAY_S <= scene.until_s),
        by_month=tuple(outcome(month, months == month) for month in np.unique(months).tolist()),
        by_amount=tuple(
            outcome(str(amount), rows.amount_fen == amount) for amount in sorted({*plan.amounts_fen} - {0})
        ),
        fee_saved_fen_est=spent_all * float(CHANNEL_RATES[scene.orders.channel].mean()),
        flat_from_fen=_flat_from(rows, effects, number),
        response=_curves(scene.people, effects, number),
    )


def _gains(effects: Effects, treated: Assignments, number: int) -> _Gains:
    """min(value with, cap) - min(value without, cap) within the window, by treated assignment."""
    orders, cap = effects.orders, PLANS[number].value_cap_fen
    written = orders.sold & (orders.removed_by < 0)
    induced = written & (orders.induced_by == number)
    removed = orders.sold & (orders.removed_by == number)
    with_it = _sum_within(orders, effects.value_fen, written, treated)
    gained = _sum_within(orders, effects.value_fen, induced, treated)
    lost = _sum_within(orders, effects.value_fen, removed, treated)
    ones = np.ones(len(orders), dtype=np.int64)
    return _Gains(
        np.minimum(with_it, cap) - np.minimum(with_it - gained + lost, cap),
        _sum_within(orders, ones, induced, treated),
        _sum_within(orders, ones, removed, treated),
    )


def _sum_within(orders: Orders, amount: Ints, where: Flags, rows: Assignments) -> Ints:
    """Sum of `amount` over the orders of each assigned person within the window."""
    span = 2**34
    person, at, amount = orders.person[where], orders.at_s[where], amount[where]
    order = np.lexsort((at, person))
    keys = person[order] * span + at[order]
    running = np.concatenate([[0], np.cumsum(amount[order])])
    begin = np.searchsorted(keys, rows.person * span + rows.at_s)
    end = np.searchsorted(keys, rows.person * span + rows.at_s + WINDOW_DAYS * DAY_S)
    return np.asarray(running[end] - running[begin])


def _flat_from(rows: Assignments, effects: Effects, number: int) -> int | None:
    """By the true curves of those treated, in orders."""
    plan, treated = PLANS[number], rows.person[rows.amount_fen > 0]
    amounts = [amount for amount in plan.amounts_fen if amount]
    if len(amounts) < 2 or not len(treated):
        return None
    keep = effects.curves.family[treated, number] != NEGATIVE
    means = [
        float(effects.curves.extra_orders(treated[keep], number, np.full(int(keep.sum()), amount)).mean())
        for amount in amounts
    ]
    return next(amount for amount, mean in zip(amounts, means, strict=True) if mean >= 0.95 * max(means))


def _curves(people: People, effects: Effects, number: int) -> tuple[Curve, ...]:
    plan, response = PLANS[number], effects.response
    rows = []
    for segment in plan.segments:
        mine = np.flatnonzero(people.segment[: people.users] == segment)
        mine = mine[~np.isin(mine, people.rings.everyone)]
        families = np.bincount(effects.curves.family[mine, number], minlength=len(FAMILIES)).tolist()
        rows.append(
            Curve(
                SEGMENTS[segment],
                len(mine),
                LEVELS_FEN,
                _means(response.orders_est[mine, number], 4),
                _means(response.value_est[mine, number], 1),
                {name: count for name, count in zip(FAMILIES, families, strict=True) if count},
            )
        )
    return tuple(rows)


def _means(table: "np.ndarray[Any, np.dtype[np.float32]]", digits: int) -> tuple[float, ...]:
    if not len(table):
        return ()
    return tuple(round(float(mean), digits) for mean in table.mean(axis=0, dtype=np.float64))


def _incentive(scene: Scene, fates: list[Fate]) -> Incentive:
    orders, costs = scene.orders, scene.costs
    share = np.where(orders.sold, scene.books.bonus_paid_fen / np.maximum(1, orders.price_fen), 0.0)
    issued = sum(fate.issued_fen for fate in fates)
    spent = sum(fate.spent_fen for fate in fates)
    by_kind: dict[str, int] = {}
    by_month: dict[str, int] = {}
    for fate in fates:
        by_kind[fate.kind] = by_kind.get(fate.kind, 0) + fate.issued_fen
        by_month[fate.month] = by_month.get(fate.month, 0) + fate.issued_fen
    layers = (costs.layers_fen * share[:, None]).sum(axis=0).tolist()
    commission, fees, site, cut = (
        _part(amount, share)
        for amount in (
            costs.commission_fen,
            costs.payment_fee_fen,
            costs.site_fee_fen,
            costs.platform_cut_fen,
        )
    )
    reserve = round(issued * RESERVE_RATE)
    frozen = FROZEN_FUNDS_FEN * len(by_month)
    put_in = issued + reserve + sum(round(layer) for layer in layers) + commission + fees + site + cut
    marked, rings = sum(f.spent_by_marked_fen for f in fates), sum(f.spent_by_rings_fen for f in fates)
    return Incentive(
        issued_fen=issued,
        issued_by_kind_fen=by_kind,
        issued_by_month_fen=by_month,
        reserve_fen=reserve,
        frozen_fen=frozen,
        agents_on_bonus_fen=(round(layers[0]), round(layers[1]), round(layers[2])),
        commission_on_bonus_fen=commission,
        fees_on_bonus_fen=fees,
        site_on_bonus_fen=site,
        platform_cut_on_bonus_fen=cut,
        put_in_fen=put_in + frozen,
        put_in_without_frozen_fen=put_in,
        spent_fen=spent,
        spent_by_marked_fen=marked,
        spent_by_rings_fen=rings,
        refunded_fen=sum(fate.refunded_fen for fate in fates),
        expired_fen=sum(fate.expired_fen for fate in fates),
        clawed_back_fen=sum(fate.clawed_back_fen for fate in fates),
        open_fen=sum(fate.open_fen for fate in fates),
        open_frozen_fen=sum(fate.open_frozen_fen for fate in fates),
        reach_share=(spent - marked) / (put_in + frozen),
        reach_share_without_frozen=(spent - marked) / put_in,
        reach_share_true=(spent - rings) / (put_in + frozen),
    )


def _part(amount_fen: Ints, share: Floats) -> int:
    return round(float((amount_fen * share).sum()))


def _channels(scene: Scene) -> tuple[ChannelCost, ...]:
    orders, top_ups = scene.orders, scene.top_ups
    money = orders.price_fen - scene.books.bonus_paid_fen - scene.books.balance_paid_fen
    paid = orders.sold & (money > 0)
    channel = np.concatenate([orders.channel[paid], top_ups.channel[top_ups.paid]])
    amount = np.concatenate([money[paid], top_ups.amount_fen[top_ups.paid]])
    fee = np.concatenate([scene.costs.payment_fee_fen[paid], top_ups.fee_fen[top_ups.paid]])
    cheapest = int(np.argmin(CHANNEL_RATES))
    least = channel_fee(amount, np.full(len(amount), cheapest))
    rows = []
    for number, kind in enumerate(CHANNELS):
        mine = channel == number
        sums = (int(column[mine].sum()) for column in (amount, fee, least))
        rows.append(ChannelCost(kind.name, int(mine.sum()), *sums))
    return tuple(rows)


def _rings_here(scene: Scene) -> list[list[str]]:
    """Members of each ring who had registered by the cut."""
    registered = scene.people.registered_s
    return [user_ids(members[registered[members] < scene.until_s]) for members in scene.people.rings.members]


def _ring_truths(scene: Scene, rings: list[list[str]], fates: list[Fate]) -> tuple[Ring, ...]:
    number_of = {user: number for number, members in enumerate(rings) for user in members}
    issued, spent = [0] * len(rings), [0] * len(rings)
    for fate in fates:
        if (number := number_of.get(fate.user_id)) is not None:
            issued[number] += fate.issued_fen
            spent[number] += fate.spent_fen
    marked = scene.people.rings.marked & (scene.people.rings.found_s < scene.until_s)
    return tuple(
        Ring(tuple(members), bool(marked[number]), issued[number], spent[number])
        for number, members in enumerate(rings)
        if members
    )
