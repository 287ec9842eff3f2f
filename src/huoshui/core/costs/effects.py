"""Incremental effect of a campaign from its arms' moments: difference of weighted means, sharpened, with an interval.

Weights are 1/probability (Hajek means). The covariate is the value before the assignment; its slope within arms
(CUPED, Deng et al. 2013) takes out what could be known before. All figures are fen a user unless said otherwise.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

from huoshui.core.costs.facts import ArmMoments

Z_95 = 1.959964
USERS_MIN = 30
"""An arm with fewer users whose window has passed says nothing."""


@dataclass(frozen=True, slots=True)
class Effect:
    """Value a treated user brought beyond control, in fen, with its standard error."""

    mean_est: float
    error_est: float

    @property
    def low_est(self) -> float:
        """Lower end of the 95 % interval."""
        return self.mean_est - Z_95 * self.error_est

    @property
    def high_est(self) -> float:
        """Upper end of the 95 % interval."""
        return self.mean_est + Z_95 * self.error_est


@dataclass(frozen=True, slots=True)
class Arm:
    """One amount (or the control) of a campaign, its cells added up."""

    amount_fen: int
    control: bool
    cells: tuple[ArmMoments, ...]

    def total(self, name: str) -> float:
        """Sum of a field over the cells."""
        return float(sum(getattr(cell, name) for cell in self.cells))

    @property
    def n(self) -> int:
        """Users whose window has passed."""
        return int(self.total("n"))

    def mean(self, variable: str) -> float:
        """Weighted mean of y or x."""
        return self.total(f"sum_w{variable}") / self.total("sum_w")


def arms_of(cells: Iterable[ArmMoments]) -> tuple[Arm | None, list[Arm]]:
    """The control arm (None without one that is large enough) and the treated arms by amount.

    Amounts with too few users are put together under their mean: where every user gets another amount, that is one arm.
    """
    control: list[ArmMoments] = []
    treated: dict[int, list[ArmMoments]] = defaultdict(list)
    for cell in cells:
        (control if cell.control else treated[cell.amount_fen]).append(cell)
    base = Arm(0, True, tuple(control)) if sum(cell.n for cell in control) >= USERS_MIN else None
    arms = [Arm(amount, False, tuple(more)) for amount, more in treated.items()]
    few = [arm for arm in arms if 0 < arm.n < USERS_MIN]
    users = sum(arm.n for arm in few)
    arms = [arm for arm in arms if arm.n >= USERS_MIN]
    if users >= USERS_MIN:
        mean_fen = round(sum(arm.amount_fen * arm.n for arm in few) / users)
        arms.append(Arm(mean_fen, False, tuple(cell for arm in few for cell in arm.cells)))
    return base, sorted(arms, key=lambda arm: arm.amount_fen)


def slope(arms: Iterable[Arm]) -> float:
    """Slope of value on the value before, within arms, pooled; 0 where the covariate does not vary."""
    shared, spread = 0.0, 0.0
    for arm in arms:
        mean_x, mean_y, weight = arm.mean("x"), arm.mean("y"), arm.total("sum_w2")
        shared += (
            arm.total("sum_w2xy")
            - mean_x * arm.total("sum_w2y")
            - mean_y * arm.total("sum_w2x")
            + mean_x * mean_y * weight
        )
        spread += arm.total("sum_w2x2") - 2 * mean_x * arm.total("sum_w2x") + mean_x**2 * weight
    return shared / spread if spread > 0 else 0.0


def adjusted(arm: Arm, theta: float) -> Effect:
    """Mean of y - theta x in one arm, and its standard error."""
    weight, weight2 = arm.total("sum_w"), arm.total("sum_w2")
    mean = arm.mean("y") - theta * arm.mean("x")
    squares = arm.total("sum_w2y2") - 2 * theta * arm.total("sum_w2xy") + theta**2 * arm.total("sum_w2x2")
    sums = arm.total("sum_w2y") - theta * arm.total("sum_w2x")
    variance = max(0.0, squares - 2 * mean * sums + mean**2 * weight2) / weight**2
    return Effect(mean, sqrt(variance * arm.n / max(1, arm.n - 1)))


def anyway(arms: list[Arm], control: Arm) -> tuple[float, float, float] | None:
    """Of the treated who ordered, the share that would have without a reward: low, mean, high of 95 % (Fieller).

    A ratio of two rates with errors of their own: R belongs to the interval where control - R x treated is within its
    own error of 0. So 1 belongs to it exactly where the difference of the rates cannot be told from none. None where
    even the treated's rate cannot be told from none.
    """
    users = sum(arm.n for arm in arms)
    rates = [(arm.n / users, _bought(arm)) for arm in arms]
    treated = sum(share * rate.mean_est for share, rate in rates)
    noise = sum((share * rate.error_est) ** 2 for share, rate in rates)
    base = _bought(control)
    square = treated**2 - Z_95**2 * noise
    if square <= 0:
        return None
    half = treated * base.mean_est
    rest = base.mean_est**2 - (Z_95 * base.error_est) ** 2
    reach = sqrt(max(0.0, half**2 - square * rest))
    return (half - reach) / square, base.mean_est / treated, (half + reach) / square


def _bought(arm: Arm) -> Effect:
    """Share of an arm who ordered in the window (a Hajek mean of 0 and 1), and its standard error."""
    weight = arm.total("sum_w")
    rate = arm.total("sum_wb") / weight
    variance = (arm.total("sum_w2b") * (1 - 2 * rate) + rate**2 * arm.total("sum_w2")) / weight**2
    return Effect(rate, sqrt(max(0.0, variance) * arm.n / max(1, arm.n - 1)))


def difference(treated: Effect, control: Effect) -> Effect:
    """Treated less control."""
    return Effect(treated.mean_est - control.mean_est, sqrt(treated.error_est**2 + control.error_est**2))


def total_effect(arms: list[Arm], control: Arm) -> Effect:
    """Incremental value of all treated users together, in fen: each amount's effect times its users."""
    theta = slope([control, *arms])
    base = adjusted(control, theta)
    users = sum(arm.n for arm in arms)
    value, variance = 0.0, (users * base.error_est) ** 2
    for arm in arms:
        own = adjusted(arm, theta)
        value += arm.n * (own.mean_est - base.mean_est)
        variance += (arm.n * own.error_est) ** 2
    return Effect(value, sqrt(variance))
