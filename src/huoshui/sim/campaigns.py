"""Campaigns: who is offered what at random, how people answer an amount, which orders that adds or removes.

Effects are potential outcomes. A grant never changes a price or a base order's dress; it adds orders
(`induced_by`) or removes base orders (`removed_by`), inside the window after the assignment.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np

from huoshui.sim.arrays import DAY_S, Columns, Flags, Floats, Ints, choose
from huoshui.sim.orders import Calendar, Orders, second_of_day
from huoshui.sim.people import DORMANT, HIGH, LOST, LOW, NEWCOMER, REGULAR, SEGMENTS, People

Key = Literal["newcomer", "useless", "negative", "dose", "retain", "reactivate", "targeted", "weekend"]
Family = Literal["none", "concave", "step", "s_shaped", "negative", "two_steps", "dip"]
FAMILIES: Final[tuple[Family, ...]] = (
    "none",
    "concave",
    "step",
    "s_shaped",
    "negative",
    "two_steps",
    "dip",
)
NONE, CONCAVE, STEP, S_SHAPED, NEGATIVE, TWO_STEPS, DIP = range(7)
Answers = Literal["plain", "odd", "visible"]
"""`odd`: what would be concave rises in two steps, and what would be one step or s-shaped first repels.
`visible`: curves as in `plain`, but how much somebody answers shows in what they did before (people.with_traits)."""
WINDOW_DAYS: Final = 14
ARMS: Final = ("treated", "control", "explore")
TREATED, CONTROL, EXPLORE = range(3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """Shares of the curve families among those a campaign is meant for; they add up to 1.

    The last two families are drawn in no campaign: `odd` answers turn others into them.
    """

    none: float = 0.0
    concave: float = 0.0
    step: float = 0.0
    s_shaped: float = 0.0
    negative: float = 0.0

    @property
    def weights(self) -> Floats:
        """In the order of FAMILIES."""
        return np.array([self.none, self.concave, self.step, self.s_shaped, self.negative, 0.0, 0.0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One campaign as the operator set it up, and how people really answer it.

    `amounts_fen` and `shares` are the arms (amount 0 is the control); `first` and `last` are shares of the
    period; `reach` is the share of the segments that is assigned at all. `extra_orders` at saturation is by
    segment; `lost_share` is the share of base orders that the family `negative` loses.
    """

    key: Key
    name: str
    purpose: Literal["acquire", "convert", "retain", "reactivate"]
    kind: Literal["task", "cashback"]
    first: float
    last: float
    segments: tuple[int, ...]
    amounts_fen: tuple[int, ...]
    shares: tuple[float, ...]
    expires_days: int
    value_cap_fen: int
    families: Mix
    extra_orders: Mapping[int, float] = field(default_factory=dict)
    lost_share: float = 0.0
    reach: float = 1.0
    explores: bool = False
    bar: float = 1.0
    spread_days: int | None = None
    """Days over which people are assigned, from the first on; None: all of the campaign."""


_ACTIVE: Final = (HIGH, REGULAR, LOW)
PLANS: Final = (
    Plan(
        key="newcomer", name="[模拟] 新人首单礼", purpose="acquire", kind="task", first=0.0, last=1.0,
        segments=(NEWCOMER,), amounts_fen=(0, 600), shares=(0.2, 0.8), expires_days=30, value_cap_fen=60_000,
        families=Mix(concave=0.7, step=0.3), extra_orders={NEWCOMER: 0.75},
    ),
    Plan(
        key="useless", name="[模拟] 全员感恩回馈", purpose="retain", kind="cashback", first=0.27, last=0.38,
        segments=_ACTIVE, amounts_fen=(0, 1_000), shares=(0.5, 0.5), expires_days=45, value_cap_fen=200_000,
        families=Mix(none=1.0), spread_days=4,
    ),
    Plan(
        key="negative", name="[模拟] 连环短信返现", purpose="convert", kind="cashback", first=0.52, last=0.63,
        segments=_ACTIVE, amounts_fen=(0, 800), shares=(0.5, 0.5), expires_days=45, value_cap_fen=200_000,
        families=Mix(negative=1.0), lost_share=0.5, spread_days=4,
    ),
    Plan(
        key="dose", name="[模拟] 满减金额试探", purpose="convert", kind="cashback", first=0.30, last=0.72,
        segments=(*_ACTIVE, DORMANT), reach=0.45, amounts_fen=(0, 200, 500, 1_000, 2_000), shares=(0.2,) * 5,
        explores=True, expires_days=30, value_cap_fen=200_000,
        families=Mix(none=0.08, concave=0.42, step=0.22, s_shaped=0.18, negative=0.10),
        extra_orders={HIGH: 1.3, REGULAR: 0.9, LOW: 0.55, DORMANT: 0.3}, lost_share=0.3,
    ),
    Plan(
        key="retain", name="[模拟] 高价值专属回馈", purpose="retain", kind="cashback", first=0.02, last=1.0,
        segments=(HIGH,), reach=0.9, amounts_fen=(0, 600), shares=(0.3, 0.7), expires_days=45,
        value_cap_fen=300_000, families=Mix(concave=0.8, s_shaped=0.2), extra_orders={HIGH: 1.3},
    ),
    Plan(
        key="reactivate", name="[模拟] 老友回归礼", purpose="reactivate", kind="task", first=0.05, last=1.0,
        segments=(DORMANT, LOST), reach=0.8, amounts_fen=(0, 500, 1_000, 1_500), shares=(0.25,) * 4,
        expires_days=21, value_cap_fen=60_000, families=Mix(none=0.2, step=0.8),
        extra_orders={DORMANT: 0.75, LOST: 0.4},
    ),
    Plan(
        key="targeted", name="[模拟] 下单即返券", purpose="retain", kind="cashback", first=0.10, last=0.58,
        segments=(NEWCOMER, *_ACTIVE), reach=0.4, amounts_fen=(300,), shares=(1.0,), expires_days=30,
        value_cap_fen=200_000, families=Mix(concave=1.0),
        extra_orders={NEWCOMER: 0.02, HIGH: 0.03, REGULAR: 0.03, LOW: 0.02},
    ),
    Plan(
        key="weekend", name="[模拟] 周末加油站", purpose="convert", kind="cashback", first=0.02, last=1.0,
        segments=_ACTIVE, reach=0.9, amounts_fen=(0, 400), shares=(0.3, 0.7), expires_days=14,
        value_cap_fen=200_000, families=Mix(concave=0.7, step=0.3),
        extra_orders={HIGH: 1.5, REGULAR: 1.1, LOW: 0.7},
    ),
)  # fmt: skip
KEYS: Final = tuple(plan.key for plan in PLANS)
LEVELS_FEN: Final = (0, 200, 500, 1_000, 2_000)
"""Amounts at which everyone's response to every campaign is known (`World.response`)."""
_FRESH_WEEKENDS: Final = 4
WORN_OUT: Final = 0.04


@dataclass(frozen=True, slots=True)
class Curves:
    """How each person answers each campaign, both (person, campaign): family, height, scale in fen.

    An answer above 0 is orders added in the window; below 0 it is minus the share of base orders lost.
    """

    family: Ints
    height: Floats
    scale_fen: Floats

    def extra_orders(self, person: Ints, campaign: int, amount_fen: Ints | Floats) -> Floats:
        """Expected extra orders in the window; of the family `negative`, minus the share of orders lost."""
        return answer(
            self.family[person, campaign],
            self.height[person, campaign],
            self.scale_fen[person, campaign],
            np.asarray(amount_fen, dtype=np.float64),
        )


@dataclass(frozen=True, slots=True)
class Assignments(Columns):
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

    @classmethod
    def of_campaign(
        cls,
        campaign: int,
        person: Ints,
        at_s: Ints,
        *,
        arm: int | Ints,
        amount_fen: int | Ints,
        probability: float | Floats,
        fresh: float | Floats,
        recorded: bool,
    ) -> "Assignments":
        """Assignments of one campaign; one value stands for all of them."""

        def column(value: float | Ints | Floats, kind: type[np.int64 | np.float64 | np.bool_]) -> Any:
            return np.array(np.broadcast_to(value, person.shape), dtype=kind)

        return cls(
            column(campaign, np.int64),
            person,
            at_s,
            column(arm, np.int64),
            column(amount_fen, np.int64),
            column(probability, np.float64),
            column(fresh, np.float64),
            column(recorded, np.bool_),
        )

    @classmethod
    def joined(cls, parts: list["Assignments"]) -> "Assignments":
        """All of `parts`, by time."""
        together = cls.chained(parts)
        return together.take(np.lexsort((together.campaign, together.person, together.at_s)))


def answer(family: Ints, height: Floats, scale_fen: Floats, amount_fen: Floats) -> Floats:
    """The response curves: 0 at 0, flat beyond about 10 yuan; a dip turns to its full height at its scale."""
    concave = 1 - np.exp(-amount_fen / scale_fen)
    step = (amount_fen >= scale_fen).astype(np.float64)
    width = scale_fen / 6
    logistic = 1 / (1 + np.exp(-(amount_fen - scale_fen) / width))
    floor = 1 / (1 + np.exp(scale_fen / width))
    s_shaped = (logistic - floor) / (1 - floor)
    two_steps = 0.4 * step + 0.6 * (amount_fen >= 3.5 * scale_fen)
    dip = np.where(amount_fen >= scale_fen, 1.0, -0.4 * amount_fen / scale_fen)
    shape = np.select(
        [family == CONCAVE, family == STEP, family == S_SHAPED, family == NEGATIVE, family == TWO_STEPS],
        [concave, step, s_shaped, -concave, two_steps],
    )
    shape = np.where(family == DIP, dip, shape)
    return np.asarray(height * shape)


def draw_curves(rng: np.random.Generator, people: People, answers: Answers = "plain") -> Curves:
    """A curve for everyone and each campaign; price-sensitive people answer more."""
    shape = (people.count, len(PLANS))
    family = np.zeros(shape, dtype=np.int64)
    height = np.zeros(shape)
    scale = np.full(shape, 300.0)
    for number, plan in enumerate(PLANS):
        family[:, number] = choose(rng, plan.families.weights, people.count)
        by_segment = np.array([plan.extra_orders.get(segment, 0.0) for segment in range(len(SEGMENTS))])
        gained = by_segment[people.segment] * people.sensitivity
        height[:, number] = np.where(family[:, number] == NEGATIVE, plan.lost_share, gained)
        steps_yuan = np.array([4.0, 9.0, 9.5]) if plan.key == "reactivate" else np.array([2.0, 3.0, 4.0, 8.0])
        scale[:, number] = np.select(
            [family[:, number] == STEP, family[:, number] == S_SHAPED],
            [rng.choice(steps_yuan, people.count) * 100, rng.uniform(350, 600, people.count)],
            rng.uniform(120, 260, people.count),
        )
    height[people.rings.everyone] = 0.0
    if answers == "odd":
        family = np.where(family == CONCAVE, TWO_STEPS, family)
        family = np.where((family == STEP) | (family == S_SHAPED), DIP, family)
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
    """The campaign that goes after people who have just ordered, once each; it keeps no list."""
    number = KEYS.index("targeted")
    plan = PLANS[number]
    wanted = orders.sold & (orders.removed_by < 0) & np.isin(people.segment[orders.person], plan.segments)
    wanted &= (orders.at_s >= plan.first * calendar.end_s) & (rng.random(len(orders)) < plan.reach)
    at = orders.at_s[wanted]
    person, first = np.unique(orders.person[wanted], return_index=True)
    at = at[first] + rng.integers(120, 900, len(person))
    return Assignments.of_campaign(
        number,
        person,
        at,
        arm=TREATED,
        amount_fen=plan.amounts_fen[0],
        probability=1.0,
        fresh=1.0,
        recorded=False,
    )


def remove_orders(
    rng: np.random.Generator, orders: Orders, assignments: Assignments, curves: Curves
) -> Orders:
    """Mark base orders that a treatment loses: each in its window with the curve's share, once."""
    removed = orders.removed_by.copy()
    by_person = np.lexsort((orders.at_s, orders.person))
    # Longer than any order time and a window: keys of one person never reach those of the next.
    span = int(orders.at_s.max(initial=0)) + 2 * WINDOW_DAYS * DAY_S
    keys = orders.person[by_person] * span + orders.at_s[by_person]
    for number in range(len(PLANS)):
        mine = assignments.take((assignments.campaign == number) & (assignments.amount_fen > 0))
        share = -curves.extra_orders(mine.person, number, mine.amount_fen) * mine.fresh
        mine, share = mine.take(share > 0), share[share > 0].clip(max=1.0)
        begin = np.searchsorted(keys, mine.person * span + mine.at_s, side="right")
        end = np.searchsorted(keys, mine.person * span + mine.at_s + WINDOW_DAYS * DAY_S)
        length = end - begin
        within = np.arange(int(length.sum())) - np.repeat(np.cumsum(length) - length, length)
        hit = by_person[np.repeat(begin, length) + within]
        lost = hit[(rng.random(len(hit)) < np.repeat(share, length)) & (removed[hit] < 0)]
        removed[lost] = number
    return orders.with_changes(removed_by=removed)


def draw_induced(
    rng: np.random.Generator, assignments: Assignments, curves: Curves
) -> tuple[Ints, Ints, Ints]:
    """Person, second and campaign of the orders that treatments add, sooner rather than later."""
    extra = np.zeros(len(assignments))
    for number in range(len(PLANS)):
        mine = assignments.campaign == number
        extra[mine] = curves.extra_orders(assignments.person[mine], number, assignments.amount_fen[mine])
    counts = rng.poisson((extra * assignments.fresh).clip(0))
    who = np.repeat(np.arange(len(assignments)), counts)
    wait_s = (rng.beta(1.0, 2.2, len(who)) * (WINDOW_DAYS * DAY_S - 7_200)).astype(np.int64) + 3_600
    return assignments.person[who], assignments.at_s[who] + wait_s, assignments.campaign[who]


def _assign(rng: np.random.Generator, people: People, calendar: Calendar, number: int) -> Assignments:
    """One randomised campaign: who is meant and reached, when, and the arm each falls into."""
    plan = PLANS[number]
    begin_day = int(plan.first * calendar.days)
    meant = np.isin(people.segment, plan.segments) & ~people.frozen
    meant &= (people.leaves_s > begin_day * DAY_S) & (rng.random(people.count) < plan.reach)
    person = np.flatnonzero(meant)
    if plan.key == "newcomer":
        at = people.registered_s[person] + rng.integers(20, 300, len(person))
    else:
        days = _days_of(plan, calendar)
        at = rng.choice(days, len(person)) * DAY_S + second_of_day(rng, len(person))
    arm = choose(rng, np.array(plan.shares), len(person))
    amount = np.array(plan.amounts_fen, dtype=np.int64)[arm]
    worn_out = (plan.key == "weekend") & (at >= (begin_day + 7 * _FRESH_WEEKENDS) * DAY_S)
    return Assignments.of_campaign(
        number,
        person,
        at,
        arm=EXPLORE if plan.explores else np.where(amount > 0, TREATED, CONTROL),
        amount_fen=amount,
        probability=np.array(plan.shares)[arm],
        fresh=np.where(worn_out, WORN_OUT, 1.0),
        recorded=True,
    )


def _days_of(plan: Plan, calendar: Calendar) -> Ints:
    """The days on which a campaign assigns people."""
    first = int(plan.first * calendar.days)
    end = int(np.ceil(plan.last * calendar.days)) if plan.spread_days is None else first + plan.spread_days
    days = np.arange(first, end, dtype=np.int64)
    if plan.key == "weekend":
        days = days[(days + calendar.start.weekday()) % 7 >= 5]
    return days
