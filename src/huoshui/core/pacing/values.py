"""What pacing works on and what it returns, as values. Contract: docs/spec/pacing.md.

Shapes: A audiences, H hours from the first of the period on; an array by both is (A, H). Amounts are whole fen, what is
expected a float named `*_est`. A state holds plain numbers alone: it can be written down and read again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from huoshui.core.allocate.values import CurvePoint

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
COMMON = 0
"""The use of whatever no minimum is protected for; a protected one has its place in PacePlan.protected, plus 1."""
PRICE_FLOOR = 0.01
"""Nobody asks what a fen brings that brings less than a hundredth of one."""
ReasonCode = Literal[
    "opening", "steady", "held_still", "step_limited", "more_demand", "less_demand", "peak_larger", "peak_smaller",
    "more_redeemed", "less_redeemed", "value_lower", "value_higher", "edge", "rest_stays", "protected", "tied_up",
    "near_end", "pot_empty", "no_count", "ended",
]  # fmt: skip
"""Why a price is what it is, the chief one first. `steady`: on plan. `held_still`: a change too small to make.
`step_limited`: on its way. `tied_up`: before the end, too much would be promised at once and not settled yet.
`near_end`: a grant ties up its whole face until the end. `no_count`: an hour whose arrivals nobody counted."""


@dataclass(frozen=True, slots=True)
class Peak:
    """A day on which more come, such as a big sale: `factor` times an ordinary day, worth `value_factor` each."""

    day: str
    name: str
    factor: float
    value_factor: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """Who will come, hour by hour from `first_day` ('YYYY-MM-DD') on, and beyond the period's end for the runway.

    `arrivals` (A, H); `value_factor` and `peak` (H,): what an arrival's value is multiplied by, and the position in
    `peaks` or -1. Standard deviations of the logarithm: `level_sd` of the whole level, `start_sd` of its first day's
    alone, `day_sd` of a day about it;
    `dispersion`: variance over mean of an hour's count about its day, at least 1.
    """

    first_day: str
    arrivals: Floats
    value_factor: Floats
    peak: Ints
    peaks: tuple[Peak, ...] = ()
    level_sd: float = 0.1
    dispersion: float = 1.0
    day_sd: float = 0.05
    start_sd: float = 0.03

    def __post_init__(self) -> None:
        hours = self.arrivals.shape[1]
        if self.value_factor.shape != (hours,) or self.peak.shape != (hours,):
            raise ValueError(f"{hours} hours wanted: {self.value_factor.shape}, {self.peak.shape}")
        if (
            not np.isfinite(self.arrivals).all()
            or (self.arrivals < 0).any()
            or (self.value_factor <= 0).any()
        ):
            raise ValueError("arrivals of at least 0 and value factors above 0 wanted")


@dataclass(frozen=True, slots=True, eq=False)
class PriceCurve:
    """Expected cost and value of an arrival at each price: `prices` ascend, cost and value never rise with them."""

    prices: Floats
    cost_est: Floats
    value_est: Floats
    _area: Floats = field(init=False, repr=False)
    """Of the cost between each price and the highest."""

    def __post_init__(self) -> None:
        if len(self.prices) == 0 or (np.diff(self.prices) <= 0).any() or self.prices[0] <= 0:
            raise ValueError("prices above 0 that ascend wanted")
        if (np.diff(self.cost_est) > 0).any() or (np.diff(self.value_est) > 0).any():
            raise ValueError("cost and value cannot rise with the price")
        areas = np.diff(self.prices) * (self.cost_est[1:] + self.cost_est[:-1]) / 2
        object.__setattr__(self, "_area", np.r_[np.cumsum(areas[::-1])[::-1], 0.0])

    def cost_at(self, price: Floats) -> Floats:
        """Expected fen an arrival; above the highest price nobody gets anything."""
        return np.interp(price, self.prices, self.cost_est, right=0.0)

    def beyond(self, price: Floats) -> Floats:
        """What higher prices would take in all: the cost's integral from the price on."""
        low = np.minimum(price, self.prices[0])
        inside = np.clip(price, self.prices[0], self.prices[-1])
        place = np.minimum(np.searchsorted(self.prices, inside, side="right"), len(self.prices) - 1)
        cost = np.interp(inside, self.prices, self.cost_est)
        part = (self.prices[place] - inside) * (cost + self.cost_est[place]) / 2
        area: Floats = self._area[place] + part + (self.prices[0] - low) * self.cost_est[0]
        return area

    def value_at(self, price: Floats) -> Floats:
        """Expected value an arrival."""
        return np.interp(price, self.prices, self.value_est, right=0.0)


def curve_of(points: Sequence[CurvePoint], arrivals: float) -> PriceCurve:
    """The curve of a plan by price, an arrival: `points` of core.allocate.curve hold `arrivals` of them.

    Without points nobody is ever worth anything. Raises ValueError without arrivals.
    """
    if arrivals <= 0:
        raise ValueError(f"a curve of {arrivals} arrivals")
    if not points:
        return PriceCurve(np.ones(1), np.zeros(1), np.zeros(1))
    by_price: dict[float, CurvePoint] = {}
    for point in points:
        price = max(point.price_est, PRICE_FLOOR)
        if price not in by_price or by_price[price].spent_fen < point.spent_fen:
            by_price[price] = point
    ordered = [by_price[price] for price in sorted(by_price)]
    cost = np.array([point.spent_fen for point in ordered], np.float64) / arrivals
    value = np.array([point.value_est for point in ordered], np.float64) / arrivals
    # What rounding or a sample turned the wrong way is laid flat.
    return PriceCurve(
        np.array(sorted(by_price), np.float64),
        np.maximum.accumulate(cost[::-1])[::-1],
        np.maximum.accumulate(value[::-1])[::-1],
    )


@dataclass(frozen=True, slots=True)
class Settlement:
    """When it shows whether a grant is used.

    `used_by` (limit_hours + 1,): share of what is ever used that is used by that age in hours, its last entry 1; what
    was not used by the limit is released. `use_share`: expected cost over face, as the plan takes it.
    """

    limit_hours: int
    used_by: tuple[float, ...]
    use_share: float

    def __post_init__(self) -> None:
        if self.limit_hours < 0 or len(self.used_by) != self.limit_hours + 1 or self.used_by[-1] != 1.0:
            raise ValueError(f"{self.limit_hours + 1} shares up to 1 wanted: {len(self.used_by)}")
        if not 0 < self.use_share <= 1:
            raise ValueError(f"a share above 0, at most 1 wanted: {self.use_share}")

    def share_by(self, age_hours: int) -> float:
        """The share used by an age."""
        return self.used_by[min(age_hours, self.limit_hours)]


def even_settlement(limit_hours: int, use_share: float) -> Settlement:
    """What is used is used evenly over the hours up to the limit."""
    shares = tuple(age / limit_hours for age in range(limit_hours)) if limit_hours else ()
    return Settlement(limit_hours, (*shares, 1.0), use_share)


@dataclass(frozen=True, slots=True)
class Protected:
    """A named use and the least it may spend: an audience in all hours, or everyone in the hours of some peaks.

    `fen` of expected cost. Where both fit an arrival, the use named first has it.
    """

    name: str
    fen: int
    audience: int | None = None
    peaks: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Terms:
    """How the controller moves; each bound with its reason in docs/spec/pacing.md.

    `step_max` an hour, `still` below which a change waits. On the logarithm of demand over forecast: how far the level
    strays in a day, how much it grows or falls a day and for how many days that goes on, how far the calendar's peak
    factors may all be off, and one peak beside the others. `redemption_half_life` in hours; `response_sd`: prior of
    measured / promised.
    """

    step_max: float = 0.15
    still: float = 0.015
    level_drift_sd: float = 0.005
    slope_sd: float = 0.011
    slope_days: float = 30.0
    peaks_sd: float = 0.33
    own_sd: float = 0.1
    redemption_half_life: float = 336.0
    redemption_prior_hours: float = 36.0
    response_sd: float = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class PacePlan:
    """All that is fixed for a period of `hours` hours: forecast, a curve for each audience, the budget, the edge.

    `explore_est`: expected fen an arrival that chance gives away whatever the price is; it is reserved first.
    """

    forecast: Forecast
    hours: int
    curves: tuple[PriceCurve, ...]
    budget_fen: int
    edge_est: float
    settlement: Settlement
    protected: tuple[Protected, ...] = ()
    explore_est: float = 0.0
    terms: Terms = Terms()
    use: Ints = field(init=False)
    """(A, H): which use each audience's arrivals of each hour belong to."""
    grid: "Grid" = field(init=False, repr=False)
    """Cells of the whole period, without a strait."""

    def __post_init__(self) -> None:
        audiences, hours = self.forecast.arrivals.shape
        if len(self.curves) != audiences:
            raise ValueError(f"{audiences} audiences and {len(self.curves)} curves")
        if not 0 < self.hours <= hours:
            raise ValueError(f"a period of {self.hours} hours in a forecast of {hours}")
        if self.budget_fen < 0 or self.edge_est < 0:
            raise ValueError("budget and edge are at least 0")
        object.__setattr__(self, "use", self._use())
        object.__setattr__(self, "grid", self.grid_of(()))

    @property
    def uses(self) -> int:
        """Uses in all, the common one counted."""
        return len(self.protected) + 1

    def _use(self) -> Ints:
        use = np.full(self.forecast.arrivals.shape, COMMON, np.int64)
        for place, one in reversed(list(enumerate(self.protected, start=1))):
            if one.audience is not None:
                use[one.audience] = place
            else:
                use[:, np.isin(self.forecast.peak, list(one.peaks))] = place
        return use

    def grid_of(self, straits: tuple[int, ...]) -> "Grid":
        """The cells of the period where the pot must last through the hour before each strait too."""
        hours, limit = np.arange(self.hours), self.settlement.limit_hours
        late = hours + limit >= self.hours
        factors, factor = np.unique(self.forecast.value_factor[: self.hours], return_inverse=True)
        kind = factor * 2 + late
        for strait in straits:
            kind = kind * 3 + np.where(hours >= strait, 2, np.where(hours + limit >= strait, 1, 0))
        audience = np.arange(len(self.curves))[:, None]
        kind = (kind * len(self.curves) + audience) * self.uses + self.use[:, : self.hours]
        kinds, cell = np.unique(kind, return_inverse=True)
        rest, use = np.divmod(kinds, self.uses)
        rest, audiences = np.divmod(rest, len(self.curves))
        zones = []
        for _ in straits:
            rest, zone = np.divmod(rest, 3)
            zones.append(zone)
        rest, lates = np.divmod(rest, 2)
        return Grid(cell.reshape(kind.shape), audiences, use, lates > 0, tuple(zones[::-1]), factors[rest])


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Hours and audiences of a period, those alike in one cell: `cell` (A, H), the others by cell (C,).

    `late`: what is granted ties up its whole face at the period's end, for it settles after it. `zones`, by strait: 2
    after it, 1 where the same holds for the strait, 0 before. `factor`: of the value.
    """

    cell: Ints
    audience: Ints
    use: Ints
    late: Flags
    zones: tuple[Ints, ...]
    factor: Floats


@dataclass(frozen=True, slots=True)
class Cohort:
    """What an hour granted and what is known of it. `expected_est`: what the plan expects to be used of it."""

    hour: int
    face_fen: int
    expected_est: float
    redeemed_fen: int = 0
    released_fen: int = 0

    @property
    def open_fen(self) -> int:
        """Neither used nor released yet."""
        return self.face_fen - self.redeemed_fen - self.released_fen


@dataclass(frozen=True, slots=True)
class Track:
    """Mean (5,) and covariance (5 x 5, by row) of what may be otherwise than forecast, as of an hour not seen yet."""

    mean: tuple[float, ...]
    covariance: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class PaceState:
    """Where the controller stands before `hour`. `prices_est` by use; sums as docs/spec/pacing.md names them."""

    hour: int
    prices_est: tuple[float, ...]
    committed_fen: int
    redeemed_fen: int
    released_fen: int
    early_est: tuple[float, ...]
    """By use: expected cost of what was granted before the last settlement limit of the period."""
    late_fen: tuple[int, ...]
    """By use: face of what was granted after it."""
    track: Track
    used_seen: float
    used_expected: float
    settled_seen: float
    settled_expected: float
    """Of all that has settled: what was used, and what the plan expected of it."""
    response_sum: float
    response_weight: float
    cohorts: tuple[Cohort, ...] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """What became known in an hour of the grants of an earlier one, in whole fen."""

    hour: int
    redeemed_fen: int
    released_fen: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What grants whose window has passed were promised to bring, and what a holdout says they brought."""

    promised_est: float
    measured_est: float
    variance_est: float


@dataclass(frozen=True, slots=True)
class Observed:
    """One hour as an installation sees it.

    By audience: `arrivals` (None where nobody counted), `committed_fen` face granted, `expected_est` what the plan
    expects to be used of it.
    """

    hour: int
    arrivals: tuple[int, ...] | None
    committed_fen: tuple[int, ...]
    expected_est: tuple[float, ...]
    settled: tuple[Settled, ...] = ()
    measured: Measured | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The price of one hour, why, and the state to go on from.

    `price_est`: what the last fen of the common pot brings. By audience: of a level's value by the plan are taken
    `model_price_est` a fen of its expected cost and `face_price_est` a fen of its face, and the best level above 0 is
    given; `may_commit_fen` is the hard stop. `rest_stays_est`: what no use is expected to be worth.
    """

    state: PaceState
    hour: int
    price_est: float
    model_price_est: tuple[float, ...]
    face_price_est: tuple[float, ...]
    may_commit_fen: tuple[int, ...]
    left_fen: int
    back_est: float
    rest_stays_est: float
    kept_est: tuple[float, ...]
    """By protected use: what others may not touch."""
    level_est: float
    redemption_est: float
    response_est: float
    reasons: tuple[ReasonCode, ...]
