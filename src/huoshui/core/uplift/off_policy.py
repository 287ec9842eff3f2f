"""What another policy would have brought, from decisions logged with their probabilities. See docs/spec/off_policy.md.

Shapes: N decisions, K actions, one action a decision. A weight is the evaluated policy's probability of what was done
over the probability logged. Rewards and costs are in fen, or in anything else: estimates keep the unit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, log, sqrt
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtrit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Estimator = Literal["ips", "snips", "dr"]
State = Literal[
    "known", "leans_on_model", "unsupported", "few_carry_it", "too_few_overlapping", "wrong_probabilities",
    "no_overlap", "no_decisions", "no_cost",
]  # fmt: skip
EFFECTIVE_LEAST = 30.0
"""Effective decisions: fewer say nothing, as with the users of an arm."""
FREEDOM_LEAST = 6.0
"""Of the error: about three rewards among the decisions that overlap. A stricter bar would not make those told safer:
the logs that pass it are those that happened to miss the large rewards, and their intervals lie too low."""
WEIGHT_FREEDOM_LEAST, WEIGHT_ERROR_MOST = 20.0, 0.01
"""More than a hundredth of the policy must not hang on fewer than about ten large weights."""
CHANCE = 1e-4
"""Weights whose mean is off 1 by more than comes about so often are no chance."""
POLICY_TOLERANCE = 1e-6
HALVINGS, DOUBLINGS = 60, 40
SLANT_LEAST = LEAST = 1e-9
ROUNDING = 1e-20
"""Of the mean square: less variance than this is no variance."""


@dataclass(frozen=True, slots=True)
class LoggedDecisions:
    """What was logged. `unit` (N,): decisions of one user or linked group, whose rewards may hang together."""

    action: Ints
    probability: Floats
    unit: Ints | None = None

    def __post_init__(self) -> None:
        n = len(self.action)
        if self.probability.shape != (n,) or (self.unit is not None and self.unit.shape != (n,)):
            raise ValueError(f"{n} actions, and other numbers of probabilities or units")
        if n and not (self.probability.min() > 0 and self.probability.max() <= 1):
            raise ValueError("a probability logged is above 0 and at most 1")
        if n and self.action.min() < 0:
            raise ValueError("an action is a column of the policy")

    def __len__(self) -> int:
        return len(self.action)

    def by_unit(self, column: Floats) -> Floats:
        """A column added up by unit."""
        if self.unit is None:
            return column
        place = np.unique(self.unit, return_inverse=True)[1]
        return np.asarray(np.bincount(place, weights=column), np.float64)


@dataclass(frozen=True, slots=True)
class Overlap:
    """How far a log speaks of a policy. `matched`: decisions that the policy might have made.

    `effective_est`: so many units weighted alike would tell as much. `mean_weight_est` is 1 but for chance where the
    log tried all that the policy does; what is missing is the share of the policy that it never tried.
    """

    decisions: int
    units: int
    matched: int
    effective_est: float
    weight_max_est: float
    mean_weight_est: float
    mean_weight_low: float
    mean_weight_high: float
    mean_weight_error_est: float
    freedom_est: float
    """What that error itself rests on."""


@dataclass(frozen=True, slots=True)
class OffPolicyValue:
    """Value a decision, None where nothing can be said; `low` and `high` are None where the state gives no interval.

    `freedom_est`: what the error itself rests on. `model_share_est`: share of the policy that rests on the model alone.
    """

    estimator: Estimator
    state: State
    value_est: float | None
    low_est: float | None
    high_est: float | None
    error_est: float | None
    freedom_est: float | None
    model_share_est: float
    overlap: Overlap


@dataclass(frozen=True, slots=True)
class OffPolicyReturn:
    """Value and cost a decision beyond the policy it is held against, and the one over the other with its interval."""

    estimator: Estimator
    state: State
    value_est: float | None
    cost_est: float | None
    return_est: float | None
    low_est: float | None
    high_est: float | None
    overlap: Overlap


def overlap_of(decisions: LoggedDecisions, policy: Floats) -> Overlap:
    """How far the log speaks of `policy` (N, K)."""
    return _overlap(decisions, _weights(decisions, policy))


def off_policy_value(
    decisions: LoggedDecisions,
    reward: Floats,
    policy: Floats,
    *,
    estimator: Estimator = "snips",
    model: Floats | None = None,
    weight_max: float = inf,
    level: float = 0.95,
) -> OffPolicyValue:
    """Mean reward a decision if `policy` (N, K) had decided; `model` (N, K), cross-fitted, for `dr` alone."""
    terms = _terms(decisions, reward, policy, estimator, model, weight_max)
    overlap, state = terms.overlap, terms.state
    if state in NO_FIGURE:
        return OffPolicyValue(estimator, state, None, None, None, None, None, terms.model_share, overlap)
    ratio = _Ratio.of(decisions.by_unit(terms.top), decisions.by_unit(terms.bottom))
    return _told(estimator, state, ratio, level, terms.model_share, overlap)


def off_policy_gain(
    decisions: LoggedDecisions,
    reward: Floats,
    policy: Floats,
    *,
    against: Floats | None = None,
    estimator: Estimator = "snips",
    model: Floats | None = None,
    weight_max: float = inf,
    level: float = 0.95,
) -> OffPolicyValue:
    """Mean reward a decision beyond `against` (N, K), or beyond what was done where that is None.

    Both are estimated from the same decisions, whose chance they share: the interval is that of the difference. The
    overlap told is that of the policy that overlaps less.
    """
    own = _terms(decisions, reward, policy, estimator, model, weight_max)
    other = _other(decisions, reward, against, estimator, model, weight_max)
    worse = _worse(own, other)
    if worse.state in NO_FIGURE:
        return OffPolicyValue(
            estimator, worse.state, None, None, None, None, None, own.model_share, worse.overlap
        )
    beyond = decisions.by_unit(own.pseudo_values() - other.pseudo_values())
    share = max(own.model_share, other.model_share)
    ratio = _Ratio.of(beyond, decisions.by_unit(np.ones(len(decisions))))
    if not beyond.any():
        # The same policy twice: nothing lies between, whatever the log says.
        return OffPolicyValue(estimator, "known", 0.0, 0.0, 0.0, 0.0, ratio.freedom, share, worse.overlap)
    return _told(estimator, worse.state, ratio, level, share, worse.overlap)


def off_policy_return(
    decisions: LoggedDecisions,
    reward: Floats,
    cost: Floats,
    policy: Floats,
    *,
    against: Floats | None = None,
    estimator: Estimator = "snips",
    model: Floats | None = None,
    cost_model: Floats | None = None,
    weight_max: float = inf,
    level: float = 0.95,
) -> OffPolicyReturn:
    """Value a fen of cost, both beyond `against` (N, K); None: all value and all cost, nothing taken out.

    Value and cost come from the same decisions and move together, so the interval is Fieller's of their ratio.
    """
    pairs = [
        (
            _terms(decisions, column, policy, estimator, table, weight_max),
            None if against is None else _terms(decisions, column, against, estimator, table, weight_max),
        )
        for column, table in ((reward, model), (cost, cost_model))
    ]
    own, other = pairs[0]
    worse = own if other is None else _worse(own, other)
    overlap, state = worse.overlap, worse.state
    if state in NO_FIGURE:
        return OffPolicyReturn(estimator, state, None, None, None, None, None, overlap)
    value, paid = (mine.pseudo_values() - (his.pseudo_values() if his else 0.0) for mine, his in pairs)
    top, bottom, ones = (decisions.by_unit(column) for column in (value, paid, np.ones(len(decisions))))
    ratio, costs = _Ratio.of(top, bottom), _Ratio.of(bottom, ones)
    cost_low, cost_high = costs.interval(level) or (
        (costs.value, costs.value) if not costs.spread else (-inf, inf)
    )
    if cost_low <= 0 <= cost_high:
        return OffPolicyReturn(
            estimator, "no_cost", float(value.mean()), costs.value, None, None, None, overlap
        )
    told = _told(estimator, state, ratio, level, max(own.model_share, pairs[1][0].model_share), overlap)
    return OffPolicyReturn(
        estimator,
        told.state,
        float(value.mean()),
        costs.value,
        told.value_est,
        told.low_est,
        told.high_est,
        overlap,
    )


def _told(
    estimator: Estimator, state: State, ratio: "_Ratio", level: float, model_share: float, overlap: Overlap
) -> OffPolicyValue:
    """A figure with its interval, or without where a few decisions make it or the log does not speak of it."""
    if ratio.freedom < FREEDOM_LEAST and ORDER.index(state) < ORDER.index("few_carry_it"):
        state = "few_carry_it"
    found = ratio.interval(level) if state in ("known", "leans_on_model") else None
    if state in ("known", "leans_on_model") and found is None:
        state = "few_carry_it"
    low, high = found or (None, None)
    error = ratio.error if found else None
    return OffPolicyValue(
        estimator, state, ratio.value, low, high, error, ratio.freedom, model_share, overlap
    )


# --- one policy's terms ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Terms:
    """Of one policy: the value is the sum of `top` over that of `bottom`."""

    top: Floats
    bottom: Floats
    overlap: Overlap
    state: State
    model_share: float

    def pseudo_values(self) -> Floats:
        """Value + influence of each decision: their mean is the value, their spread its error."""
        mean = float(self.bottom.mean())
        value = float(self.top.mean()) / mean
        moved: Floats = (self.top - value * self.bottom) / mean
        return value + moved


def _terms(
    decisions: LoggedDecisions, outcome: Floats, policy: Floats, estimator: Estimator, model: Floats | None,
    weight_max: float,
) -> _Terms:  # fmt: skip
    weight = _weights(decisions, policy)
    if outcome.shape != weight.shape or not np.isfinite(outcome).all():
        raise ValueError(f"{len(weight)} rewards wanted, all of them numbers")
    overlap = _overlap(decisions, weight)
    left = weight > weight_max
    if estimator == "dr":
        if model is None or model.shape != policy.shape or not np.isfinite(model).all():
            raise ValueError("dr wants a model of the shape of the policy, without gaps")
        expected = model[np.arange(len(decisions)), decisions.action]
        top = (policy * model).sum(axis=1) + np.where(left, 0.0, weight) * (outcome - expected)
        share = float(weight[left].sum() / max(1, len(decisions)))
        return _Terms(top, np.ones(len(weight)), overlap, _state(overlap, estimator, share), share)
    if model is not None or np.isfinite(weight_max):
        raise ValueError(f"{estimator} knows no model to leave a decision to")
    bottom = weight if estimator == "snips" else np.ones(len(weight))
    return _Terms(weight * outcome, bottom, overlap, _state(overlap, estimator, 0.0), 0.0)


def _other(
    decisions: LoggedDecisions, outcome: Floats, against: Floats | None, estimator: Estimator, model: Floats | None,
    weight_max: float,
) -> _Terms:  # fmt: skip
    """The same of the policy held against; without one, what was done: every weight is 1 and no model is asked."""
    if against is not None:
        return _terms(decisions, outcome, against, estimator, model, weight_max)
    ones = np.ones(len(decisions))
    overlap = _overlap(decisions, ones)
    return _Terms(outcome, ones, overlap, "known" if overlap.units > 1 else "no_decisions", 0.0)


def _worse(one: _Terms, other: _Terms) -> _Terms:
    """The one of which the log says less."""
    return one if ORDER.index(one.state) >= ORDER.index(other.state) else other


def _weights(decisions: LoggedDecisions, policy: Floats) -> Floats:
    n = len(decisions)
    if policy.ndim != 2 or len(policy) != n or (n and int(decisions.action.max()) >= policy.shape[1]):
        raise ValueError(f"a policy of {n} rows wanted, with a column for every action: {policy.shape}")
    if n and not (policy.min() >= 0 and np.abs(policy.sum(axis=1) - 1).max() <= POLICY_TOLERANCE):
        raise ValueError("the probabilities of a decision are at least 0 and add up to 1")
    weight: Floats = policy[np.arange(n), decisions.action] / decisions.probability
    return weight


def _overlap(decisions: LoggedDecisions, weight: Floats) -> Overlap:
    by_unit, ones = decisions.by_unit(weight), decisions.by_unit(np.ones(len(weight)))
    total, squares = float(by_unit.sum()), float((by_unit**2).sum())
    mean, low, high = total / max(1, len(weight)), 0.0, inf
    ratio = _Ratio.of(by_unit, ones) if len(by_unit) > 1 else None
    if ratio:
        # Weights all alike: how likely is it that no decision came to none?
        alike = (mean * CHANCE ** (1 / ratio.units), mean)
        low, high = (ratio.interval(1 - CHANCE) or (low, high)) if ratio.spread else alike
        # And so often weights as large as any seen may have been missed.
        high = max(high, mean - float((by_unit / ones).max()) * log(CHANCE) / ratio.units)
    return Overlap(
        decisions=len(weight),
        units=len(by_unit),
        matched=int((weight > 0).sum()),
        effective_est=total**2 / squares if squares else 0.0,
        weight_max_est=float(weight.max(initial=0.0)),
        mean_weight_est=mean,
        mean_weight_low=low,
        mean_weight_high=high,
        mean_weight_error_est=ratio.error if ratio else inf,
        freedom_est=ratio.freedom if ratio else 0.0,
    )


ORDER: tuple[State, ...] = (
    "known", "leans_on_model", "unsupported", "few_carry_it", "too_few_overlapping", "wrong_probabilities",
    "no_overlap", "no_decisions", "no_cost",
)  # fmt: skip
"""From what says most to what says least."""
NO_FIGURE = ("wrong_probabilities", "no_overlap", "no_decisions")


def _state(overlap: Overlap, estimator: Estimator, model_share: float) -> State:
    if overlap.units < 2:
        return "no_decisions"
    if overlap.matched == 0:
        return "no_overlap"
    if overlap.effective_est < EFFECTIVE_LEAST:
        return "too_few_overlapping"
    if overlap.mean_weight_low > 1:
        return "wrong_probabilities"
    if overlap.freedom_est < WEIGHT_FREEDOM_LEAST and overlap.mean_weight_error_est > WEIGHT_ERROR_MOST:
        return "few_carry_it"
    if overlap.mean_weight_high < 1:
        return "leans_on_model" if estimator == "dr" else "unsupported"
    return "leans_on_model" if model_share > 0 else "known"


# --- the interval of a ratio of means --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Ratio:
    """Sum of A over sum of B over units, with the moments of what is left, A - value x B, and of B about its mean.

    Of A - v B mean, variance and skewness are polynomials in v, so that a whole interval costs no second pass.
    """

    value: float
    units: int
    mean: float
    squares: tuple[float, float, float]
    cubes: tuple[float, float, float, float]
    kurtosis: float
    """Of A - value x B, above that of a normal."""
    freedom: float
    straightened_freedom: float

    @classmethod
    def of(cls, a: Floats, b: Floats) -> "_Ratio":
        """Of A and B by unit."""
        mean, n = float(b.mean()), len(a)
        value = float(a.mean()) / mean if mean else 0.0
        left, db = a - value * b, b - mean
        second = float((left**2).mean())
        if second <= ROUNDING * float((a**2).mean() + value**2 * (b**2).mean()):
            second, left = 0.0, np.zeros(n)
        cubes = tuple(float((left**i * db ** (3 - i)).mean()) for i in (3, 2, 1, 0))
        # How far the spread is off by chance, in all, and apart from what goes with the mean and is straightened.
        spread = float((left**4).mean()) / second**2 - 1 if second else 0.0
        apart = spread - cubes[0] ** 2 / second**3 if second else 0.0
        return cls(
            value=value,
            units=n,
            mean=mean,
            squares=(second, float((left * db).mean()), float((db**2).mean())),
            cubes=cubes,  # type: ignore[arg-type]
            kurtosis=spread - 2,
            freedom=min(n - 1.0, 2 * n / max(spread, LEAST)) if second else 0.0,
            straightened_freedom=min(n - 1.0, 2 * n / max(apart, LEAST)) if second else 0.0,
        )

    @property
    def spread(self) -> float:
        """Deviation of A - value x B; 0 where nothing varies."""
        return sqrt(self.squares[0])

    @property
    def error(self) -> float:
        """Standard error of the value by the delta method."""
        return self.spread / abs(self.mean) / sqrt(self.units - 1)

    def _moments(self, v: float) -> tuple[float, float, float]:
        """Mean, deviation and skewness of A - v B."""
        d = v - self.value
        (ll, lb, bb), (lll, llb, lbb, bbb) = self.squares, self.cubes
        variance = ll - 2 * d * lb + d * d * bb
        if variance <= 0:
            return -d * self.mean, 0.0, 0.0
        third = lll - 3 * d * llb + 3 * d * d * lbb - d**3 * bbb
        return -d * self.mean, sqrt(variance), third / variance**1.5

    def interval(self, level: float) -> tuple[float, float] | None:
        """Values whose A - v B has a mean within its error of 0; None where they have no end, or nothing varies."""
        if not self.spread:
            return None
        quantile = self._quantile((1 - level) / 2)
        step = self.error * (1 if self.mean > 0 else -1)
        ends = (
            _end(lambda v: self._over(v, quantile), self.value, -step),
            _end(lambda v: self._over(v, -quantile), self.value, step),
        )
        if None in ends:
            return None
        low, high = sorted(end for end in ends if end is not None)
        return low, high

    def _quantile(self, beyond: float) -> float:
        """Of the straightened statistic: beyond it on one side.

        Student's first: how far the spread itself is off. Then the next term of Edgeworth's series, which knows that
        the estimated skewness moves with the mean as well; but the fourth moment it asks for is told by the freedom
        alone, so it counts by so much as that lies above the least.
        """
        normal = -float(ndtri(beyond))
        student = -float(stdtrit(self.straightened_freedom, beyond))
        wider = _second_order(normal, self.kurtosis, self.cubes[0] ** 2 / self.squares[0] ** 3) / self.units
        # As Student's where it widens: his freedom is what widens a normal quantile by as much.
        freedom = min(self.units - 1.0, (normal**2 + 1) / 4 / max(wider, LEAST))
        edgeworth = -float(stdtrit(freedom, beyond)) if wider > 0 else normal / (1 - wider)
        return student + max(0.0, 1 - FREEDOM_LEAST / self.freedom) * (edgeworth - student)

    def _over(self, v: float, quantile: float) -> float:
        """How far the mean of A - v B lies above that `quantile` of its own error."""
        mean, deviation, skewness = self._moments(v)
        return mean - deviation * _unstraightened(quantile, skewness, self.units) / sqrt(self.units - 1)


def _second_order(x: float, kurtosis: float, skewness_squared: float) -> float:
    """What the 1/n term of the straightened statistic's series asks its quantile `x` to be widened by, times n / x.

    Hall (1992), the Bootstrap and Edgeworth Expansion, 2.3 and 3.9: the polynomials of a studentized mean put through
    the cubic, and the covariance of skewness and mean, kurtosis - 3/2 skewness^2. Of a normal it is Student's.
    """
    own = (x**2 + 1) / 4 + kurtosis * (3 * x**2 + 5) / 12
    return own - skewness_squared * (22 * x**2 / 54 + 31 / 72)


def _unstraightened(quantile: float, skewness: float, n: int) -> float:
    """The statistic of a skewed mean whose straightened form is `quantile` (Hall 1992, inverse of his cubic)."""
    slant = skewness / sqrt(n)
    if abs(slant) < SLANT_LEAST:
        return quantile
    return 3 * (float(np.cbrt(1 + slant * (quantile - slant / 6))) - 1) / slant


def _end(over: Callable[[float], float], start: float, step: float) -> float | None:
    """Where `over` changes its sign, from `start` in steps that double, then by halving; None where it never does."""
    inside, sign = start, over(start) > 0
    outside = start + step
    for _ in range(DOUBLINGS):
        if (over(outside) > 0) != sign:
            break
        inside, outside = outside, start + 2 * (outside - start)
    else:
        return None
    for _ in range(HALVINGS):
        middle = (inside + outside) / 2
        if (over(middle) > 0) == sign:
            inside = middle
        else:
            outside = middle
    return outside
