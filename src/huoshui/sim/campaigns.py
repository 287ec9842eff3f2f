"""Campaigns: who is offered what at random, how people answer an amount, and which orders that adds or removes.

Effects are potential outcomes. A grant never changes a price or a base order's dress; it adds orders (`induced`) or
removes base orders (`removed`), each marked with its campaign, inside the window after the assignment.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from huoshui.sim.arrays import DAY_S, Flags, Floats, Ints, choose
from huoshui.sim.orders import Calendar, Orders, second_of_day
from huoshui.sim.people import DORMANT, HIGH, LOST, LOW, NEWCOMER, REGULAR, People

Key = Literal["newcomer", "useless", "negative", "dose", "retain", "reactivate", "targeted", "weekend"]
Family = Literal["none", "concave", "step", "s_shaped", "negative"]
FAMILIES: Final[tuple[Family, ...]] = ("none", "concave", "step", "s_shaped", "negative")
NONE, CONCAVE, STEP, S_SHAPED, NEGATIVE = range(5)
WINDOW_DAYS: Final = 14
ARMS: Final = ("treated", "control", "explore")
TREATED, CONTROL, EXPLORE = range(3)


@dataclass(frozen=True, slots=True)
class Plan:
    """One campaign as the operator set it up, and how people really answer it.

    `amounts_fen` and `shares` are the arms (amount 0 is the control); `first` and `last` are shares of the period.
    `families` weighs the curve families among those assigned; `height` is extra orders at saturation by segment,
    `loss` the share of base orders that the family `negative` loses.
    """

    key: Key
    name: str
    purpose: Literal["acquire", "convert", "retain", "reactivate"]
    kind: Literal["task", "cashback"]
    first: float
    last: float
    segments: tuple[int, ...]
    reach: float
    amounts_fen: tuple[int, ...]
    shares: tuple[float, ...]
    explores: bool
    expires_days: int
    bar: float
    value_cap_fen: int
    families: tuple[float, float, float, float, float]
    height: tuple[float, float, float, float, float, float]
    loss: float = 0.0
    spread_days: int | None = None
    """Days over which people are assigned, from the first on; None: all of the campaign."""


_NOBODY: Final = (0.0,) * 6
PLANS: Final[tuple[Plan, ...]] = (
    Plan("newcomer", "[模拟] 新人首单礼", "acquire", "task", 0.0, 1.0, (NEWCOMER,), 1.0, (0, 600), (0.2, 0.8), False, 30,
         1.0, 60_000, (0, 0.7, 0.3, 0, 0), (0.75, 0, 0, 0, 0, 0)),
    Plan("useless", "[模拟] 全员感恩回馈", "retain", "cashback", 0.27, 0.38, (HIGH, REGULAR, LOW), 1.0, (0, 800), (0.5, 0.5),
         False, 45, 1.0, 200_000, (1, 0, 0, 0, 0), _NOBODY, spread_days=4),
    Plan("negative", "[模拟] 连环短信返现", "convert", "cashback", 0.52, 0.63, (HIGH, REGULAR, LOW), 1.0, (0, 600), (0.5, 0.5),
         False, 45, 1.0, 200_000, (0, 0, 0, 0, 1), _NOBODY, loss=0.4, spread_days=4),
    Plan("dose", "[模拟] 满减金额试探", "convert", "cashback", 0.30, 0.72, (HIGH, REGULAR, LOW, DORMANT), 0.45,
         (0, 200, 500, 1_000, 2_000), (0.2,) * 5, True, 30, 1.0, 200_000, (0.08, 0.42, 0.22, 0.18, 0.10),
         (0, 1.3, 0.9, 0.55, 0.3, 0), loss=0.3),
    Plan("retain", "[模拟] 高价值专属回馈", "retain", "cashback", 0.02, 1.0, (HIGH,), 0.9, (0, 1_500), (0.3, 0.7), False, 45,
         1.0, 300_000, (0, 0.8, 0, 0.2, 0), (0, 3.2, 0, 0, 0, 0)),
    Plan("reactivate", "[模拟] 老友回归礼", "reactivate", "task", 0.05, 1.0, (DORMANT, LOST), 0.8, (0, 500, 1_000, 1_500),
         (0.25,) * 4, False, 21, 1.0, 60_000, (0.2, 0, 0.8, 0, 0), (0, 0, 0, 0, 0.75, 0.4)),
    Plan("targeted", "[模拟] 下单即返券", "retain", "cashback", 0.10, 1.0, (NEWCOMER, HIGH, REGULAR, LOW), 0.4, (300,), (1.0,),
         False, 30, 1.0, 200_000, (0, 1, 0, 0, 0), (0.02, 0.03, 0.03, 0.02, 0, 0)),
    Plan("weekend", "[模拟] 周末加油站", "convert", "cashback", 0.02, 1.0, (HIGH, REGULAR, LOW), 0.9, (0, 400), (0.3, 0.7), False,
         14, 1.0, 200_000, (0, 0.7, 0.3, 0, 0), (0, 1.5, 1.1, 0.7, 0, 0)),
)  # fmt: skip
KEYS: Final = tuple(plan.key for plan in PLANS)
LEVELS_FEN: Final = (0, 200, 500, 1_000, 2_000)
"""Amounts at which everyone's response to every campaign is known (`World.response`)."""
_FRESH_WEEKENDS: Final = 4
_WORN_OUT: Final = 0.04


@dataclass(frozen=True, slots=True)
class Curves:
    """How each person answers each campaign, both (person, campaign): family, height, scale in fen."""

    family: Ints
    height: Floats
    scale_fen: Floats

    def extra_orders(self, person: Ints, campaign: int, amount_fen: Ints | Floats) -> Floats:
        """Expected extra orders within the window; for the family `negative`, minus the share of base orders lost."""
        return answer(
            self.family[person, campaign],
            self.height[person, campaign],
            self.scale_fen[person, campaign],
            np.asarray(amount_fen, dtype=np.float64),
        )


@dataclass(frozen=True, slots=True)
class Assignments:
    """Who was offered what, by time. `recorded` is False for the campaign that keeps no list."""

    campaign: Ints
    person: Ints
    at_s: Ints
    arm: Ints
    amount_fen: Ints
    probability: Floats
    fresh: Floats
    """1 where the campaign is new to people, near 0 where it has worn out."""
    recorded: Flags

    def __len__(self) -> int:
        return len(self.person)

    def take(self, where: Flags | Ints) -> "Assignments":
        """The assignments at `where`, in that order."""
        return Assignments(
            self.campaign[where], self.person[where], self.at_s[where], self.arm[where], self.amount_fen[where],
            self.probability[where], self.fresh[where], self.recorded[where],
        )  # fmt: skip

    @staticmethod
    def joined(parts: list["Assignments"]) -> "Assignments":
        """All of `parts`, by time."""
        names = ("campaign", "person", "at_s", "arm", "amount_fen", "probability", "fresh", "recorded")
        together = Assignments(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
        return together.take(np.lexsort((together.campaign, together.person, together.at_s)))


def answer(family: Ints, height: Floats, scale_fen: Floats, amount_fen: Floats) -> Floats:
    """The response curves: 0 at 0, flat beyond about 10 yuan."""
    concave = 1 - np.exp(-amount_fen / scale_fen)
    step = (amount_fen >= scale_fen).astype(np.float64)
    width = scale_fen / 5
    logistic = 1 / (1 + np.exp(-(amount_fen - scale_fen) / width))
    floor = 1 / (1 + np.exp(scale_fen / width))
    s_shaped = (logistic - floor) / (1 - floor)
    shape = np.select(
        [family == CONCAVE, family == STEP, family == S_SHAPED, family == NEGATIVE],
        [concave, step, s_shaped, -concave],
    )
    return np.asarray(height * shape)


def draw_curves(rng: np.random.Generator, people: People) -> Curves:
    """A curve for everyone and each campaign; price-sensitive people answer more."""
    shape = (people.count, len(PLANS))
    family = np.zeros(shape, dtype=np.int64)
    height = np.zeros(shape)
    scale = np.full(shape, 300.0)
    for number, plan in enumerate(PLANS):
        family[:, number] = choose(rng, np.array(plan.families, dtype=np.float64), people.count)
        by_segment = np.array([*plan.height, 0.0])
        gained = by_segment[people.segment] * people.sensitivity
        height[:, number] = np.where(family[:, number] == NEGATIVE, plan.loss, gained)
        steps_yuan = np.array([4.0, 9.0, 9.5]) if plan.key == "reactivate" else np.array([2.0, 3.0, 4.0, 8.0])
        drawn_fen = np.select(
            [family[:, number] == STEP, family[:, number] == S_SHAPED],
            [rng.choice(steps_yuan, people.count) * 100, rng.uniform(350, 650, people.count)],
            rng.uniform(120, 320, people.count),
        )
        scale[:, number] = drawn_fen
    height[people.rings.everyone] = 0.0
    return Curves(family, height, scale)


def draw_assignments(rng: np.random.Generator, people: People, calendar: Calendar) -> Assignments:
    """Every randomised campaign over the whole period; each draws for itself."""
    parts = [
        _assign(rng, people, calendar, number) for number, plan in enumerate(PLANS) if plan.key != "targeted"
    ]
    return Assignments.joined(parts)


def draw_targeted(
    rng: np.random.Generator, people: People, calendar: Calendar, orders: Orders
) -> Assignments:
    """The campaign that goes after people who have just ordered, once each, and keeps no list of the others."""
    number = KEYS.index("targeted")
    plan = PLANS[number]
    wanted = orders.sold & (orders.removed_by < 0) & np.isin(people.segment[orders.person], plan.segments)
    wanted &= (orders.at_s >= plan.first * calendar.end_s) & (rng.random(len(orders)) < plan.reach)
    at = orders.at_s[wanted]
    person, first = np.unique(orders.person[wanted], return_index=True)
    at = at[first] + rng.integers(120, 900, len(person))
    return _rows(
        number, person, at, np.full(len(person), TREATED), np.full(len(person), plan.amounts_fen[0]), 1.0
    )


def remove_orders(
    rng: np.random.Generator, orders: Orders, assignments: Assignments, curves: Curves
) -> Orders:
    """Mark base orders that a treatment loses: each within the window with the curve's share, the first one to ask."""
    removed = orders.removed_by.copy()
    by_person = np.lexsort((orders.at_s, orders.person))
    span = 4 * calendar_span(orders)
    keys = orders.person[by_person] * span + orders.at_s[by_person]
    for number in range(len(PLANS)):
        mine = assignments.take((assignments.campaign == number) & (assignments.amount_fen > 0))
        share = -curves.extra_orders(mine.person, number, mine.amount_fen) * mine.fresh
        mine, share = mine.take(share > 0), share[share > 0]
        begin = np.searchsorted(keys, mine.person * span + mine.at_s, side="right")
        end = np.searchsorted(keys, mine.person * span + mine.at_s + WINDOW_DAYS * DAY_S)
        length = end - begin
        within = np.arange(int(length.sum())) - np.repeat(np.cumsum(length) - length, length)
        hit = by_person[np.repeat(begin, length) + within]
        lost = hit[(rng.random(len(hit)) < np.repeat(share, length)) & (removed[hit] < 0)]
        removed[lost] = number
    return orders.with_changes(removed_by=removed)


def calendar_span(orders: Orders) -> int:
    """A number of seconds that no order time reaches, to make keys of person and time."""
    return int(orders.at_s.max(initial=0)) + 2 * WINDOW_DAYS * DAY_S


def draw_induced(
    rng: np.random.Generator, assignments: Assignments, curves: Curves
) -> tuple[Ints, Ints, Ints]:
    """Person, second and campaign of the orders that treatments add: sooner rather than later within the window."""
    extra = np.zeros(len(assignments))
    for number in range(len(PLANS)):
        mine = assignments.campaign == number
        extra[mine] = curves.extra_orders(assignments.person[mine], number, assignments.amount_fen[mine])
    counts = rng.poisson((extra * assignments.fresh).clip(0))
    who = np.repeat(np.arange(len(assignments)), counts)
    wait_s = (rng.beta(1.0, 2.2, len(who)) * (WINDOW_DAYS * DAY_S - 7_200)).astype(np.int64) + 3_600
    return assignments.person[who], assignments.at_s[who] + wait_s, assignments.campaign[who]


def _assign(rng: np.random.Generator, people: People, calendar: Calendar, number: int) -> Assignments:
    plan = PLANS[number]
    users = np.arange(people.users)
    begin_s = int(plan.first * calendar.days) * DAY_S
    end_s = int(np.ceil(plan.last * calendar.days)) * DAY_S
    until_s = end_s if plan.spread_days is None else begin_s + plan.spread_days * DAY_S
    meant = np.isin(people.segment[: people.users], plan.segments) & ~people.frozen[: people.users]
    person = users[meant & (rng.random(people.users) < plan.reach)]
    person = person[people.leaves_s[person] > begin_s]
    if plan.key == "newcomer":
        at = people.registered_s[person] + rng.integers(20, 300, len(person))
    elif plan.key == "weekend":
        at = rng.choice(_saturdays(calendar), len(person)) * DAY_S + second_of_day(rng, len(person))
    else:
        days = (until_s - begin_s) // DAY_S
        at = begin_s + rng.integers(0, days, len(person)) * DAY_S + second_of_day(rng, len(person))
    arm_number = choose(rng, np.array(plan.shares), len(person))
    amount = np.array(plan.amounts_fen, dtype=np.int64)[arm_number]
    probability = np.array(plan.shares)[arm_number]
    treated = np.where(plan.explores, EXPLORE, np.where(amount > 0, TREATED, CONTROL))
    rows = _rows(number, person, at, treated, amount, probability)
    fresh = np.ones(len(person))
    if plan.key == "weekend":
        fresh = np.where(at < (_saturdays(calendar)[0] + 7 * _FRESH_WEEKENDS) * DAY_S, 1.0, _WORN_OUT)
    return Assignments(
        rows.campaign, rows.person, rows.at_s, rows.arm, rows.amount_fen, rows.probability, fresh,
        np.ones(len(person), dtype=np.bool_),
    )  # fmt: skip


def _rows(
    number: int, person: Ints, at_s: Ints, arm: Ints, amount: Ints, probability: Floats | float
) -> Assignments:
    count = len(person)
    return Assignments(
        np.full(count, number, dtype=np.int64), person, at_s, arm.astype(np.int64), amount.astype(np.int64),
        np.broadcast_to(np.asarray(probability, dtype=np.float64), (count,)).copy(), np.ones(count),
        np.zeros(count, dtype=np.bool_),
    )  # fmt: skip


def _saturdays(calendar: Calendar) -> Ints:
    first = (5 - calendar.start.weekday()) % 7
    return np.arange(first, calendar.days, 7, dtype=np.int64)
