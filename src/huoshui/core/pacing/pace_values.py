"""What pacing says of a period, as values: all that the page, the terminal, the workbook and the JSON show of it.

Amounts are int fen, estimates floats named `*_est`; days 'YYYY-MM-DD'. Codes are stable, words belong to whoever shows
them. Contract: docs/spec/pacing.md.
"""

from dataclasses import dataclass, field
from typing import Literal

from huoshui.base.errors import Text
from huoshui.core.allocate.plan_values import ReserveLine
from huoshui.core.pacing.demand import DayKind

ArrivalsFrom = Literal["events", "orders"]
"""What arrivals were counted by: looking and ordering, or ordering alone."""
PeakFrom = Literal["operator", "past", "recurring"]
"""Who says that a day is a peak: the operator; the operator, with a factor from the past; the past alone."""
WhatIfCode = Literal["traffic", "peaks", "value", "redemption", "budget"]


@dataclass(frozen=True, slots=True)
class PaceScope:
    """What it is for, and what it was told from. `begins`: the first day still to be paced."""

    period: str
    first_day: str
    last_day: str
    begins: str
    data_first_day: str
    data_last_day: str
    arrivals_from: ArrivalsFrom
    weeks: int
    simulated: bool
    gross: bool


@dataclass(frozen=True, slots=True)
class PaceDay:
    """One day of the period.

    Arrivals with an 80 % band; face granted, what of it is ever used, its value, and the uncommitted rest at its end.
    `past`: as it was, by the files; its value and price are not known.
    """

    day: str
    kind: DayKind
    peak: str | None
    arrivals_est: float
    arrivals_low_est: float
    arrivals_high_est: float
    granted_est: float
    used_est: float
    value_est: float | None
    price_est: float | None
    left_est: float
    past: bool = False


@dataclass(frozen=True, slots=True)
class PeakSaid:
    """A peak of the period, and where its factor comes from."""

    day: str
    name: str
    factor: float
    value_factor: float
    source: PeakFrom


@dataclass(frozen=True, slots=True)
class UsePaced:
    """A protected use: its minimum, what it is expected to have, and its own price where it is lower."""

    name: str
    minimum_fen: int
    expected_est: float
    price_est: float


@dataclass(frozen=True, slots=True)
class PaceWhatIf:
    """The period if something is otherwise: with the price re-solved every hour, and with today's price kept.

    `factor`: of arrivals, peaks, value or use; of the budget for `budget`. Days are None where the pot lasts.
    """

    code: WhatIfCode
    factor: float
    budget_fen: int
    price_mean_est: float
    used_est: float
    value_est: float
    rest_est: float
    empty_day: str | None
    kept_empty_day: str | None
    kept_value_est: float
    kept_rest_est: float


@dataclass(frozen=True, slots=True)
class PeriodPace:
    """The whole of it.

    `budget_fen` is the pot; what is set aside from it stands in `reserves`; `offers_fen` is what pacing spends over the
    period, `committed_fen` of it granted already, `left_fen` not. `price_est`: what the last fen brings (at least the
    edge). `rest_stays_est`: what nobody is expected to be worth. Runway in days from `scope.begins`, at today's price.
    """

    scope: PaceScope
    budget_fen: int
    edge_est: float
    price_est: float
    reserves: tuple[ReserveLine, ...]
    offers_fen: int
    committed_fen: int
    released_fen: int
    left_fen: int
    back_est: float
    rest_stays_est: float
    used_est: float
    value_est: float
    runway_est: float | None
    runway_low_est: float | None
    runway_high_est: float | None
    level_sd: float
    settle_hours: int
    use_share_est: float
    a_day_est: tuple[tuple[DayKind, float], ...]
    peaks: tuple[PeakSaid, ...]
    days: tuple[PaceDay, ...]
    uses: tuple[UsePaced, ...]
    what_ifs: tuple[PaceWhatIf, ...]
    notes: tuple[Text, ...] = field(default=())
