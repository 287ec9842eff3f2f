"""Many trials at once, each looked at a thousand times: sums of both arms at every look, and what each rule says.

The product reads one trial from exact sums; here the same formulas run over (runs, looks) arrays. The bench holds the
two against each other on single trials.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from huoshui.core.trials.boundaries import Boundary, factor
from huoshui.core.trials.verdict import EVENTS_LEAST, UNITS_LEAST

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Data = Literal["normal", "5 % conversion", "zero-inflated lognormal"]
DATA: tuple[Data, ...] = ("normal", "5 % conversion", "zero-inflated lognormal")
RUNS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Setting:
    """A trial: what its outcomes look like, the share treated, and the effect as a share of the spread or of buyers.

    `known`: correlation of the outcome with the time before (normal data only).
    """

    data: Data
    treated: float = 0.5
    effect: float = 0.0
    known: float = 0.0
    units: int = 20_000
    looks: int = 1_000


@dataclass(frozen=True, slots=True)
class Looked:
    """Estimates at every look (runs, looks); an error of infinity where nothing may be read yet."""

    units: Floats
    value: Floats
    error: Floats


def looked(setting: Setting, runs: int, seed: int) -> Iterator[tuple[Looked, Looked]]:
    """The trials in parts that fit into memory, each of its own seed: as the product reads them, and as Welch does."""
    for part in range(0, runs, RUNS_AT_ONCE):
        rng, size = np.random.default_rng([seed, part]), min(RUNS_AT_ONCE, runs - part)
        if setting.known:
            yield estimates(*drawn(setting, size, rng), setting.looks)
        else:
            yield estimated(*drawn_sums(setting, size, rng))


def drawn(setting: Setting, runs: int, rng: np.random.Generator) -> tuple[Flags, Floats, Floats]:
    """Arm, outcome and what was known before, of each unit of each run."""
    shape = runs, setting.units
    treated = rng.random(shape) < setting.treated
    if setting.data == "normal":
        before = rng.normal(size=shape) if setting.known else np.zeros(shape)
        noise = rng.normal(size=shape) * np.sqrt(1 - setting.known**2)
        return treated, setting.known * before + noise + setting.effect * treated, before
    buys = rng.random(shape) < 0.05 * (1 + setting.effect * treated)
    worth = rng.lognormal(0.0, 1.0, shape) if setting.data == "zero-inflated lognormal" else 1.0
    return treated, np.where(buys, worth, 0.0), np.zeros(shape)


def drawn_sums(setting: Setting, runs: int, rng: np.random.Generator) -> tuple[list[Floats], list[Floats]]:
    """The sums that units of `drawn` have at every look, of the treated and of the others, by their own laws.

    Of normal outcomes sum and spread (chi-square) are independent; of the rest only who buys has to be drawn.
    """
    shape = runs, setting.looks
    each = setting.units // setting.looks
    treated = rng.binomial(each, setting.treated, shape)
    sums = []
    for count, effect in ((treated, setting.effect), (each - treated, 0.0)):
        nothing = np.zeros(shape)
        if setting.data == "normal":
            total = effect * count + np.sqrt(count) * rng.normal(size=shape)
            spread = 2 * rng.standard_gamma(np.maximum(count - 1, 0) / 2)
            squares = spread + total**2 / np.maximum(count, 1)
            columns = [count, count, total, nothing, squares, nothing, nothing]
        else:
            buyers = rng.binomial(count, 0.05 * (1 + effect))
            total = squares = buyers
            if setting.data == "zero-inflated lognormal":
                worth = rng.lognormal(0.0, 1.0, int(buyers.sum()))
                own = np.repeat(np.arange(buyers.size), buyers.ravel())
                total, squares = (
                    np.bincount(own, column, buyers.size).reshape(shape) for column in (worth, worth**2)
                )
            columns = [count, buyers, total, nothing, squares, nothing, nothing]
        sums.append([column.cumsum(axis=1).astype(np.float64) for column in columns])
    return sums[0], sums[1]


def effect_for(setting: Setting, drift: float) -> float:
    """The effect, in the terms of `Setting`, that is `drift` standard errors of the planned end."""
    each, other = setting.units * setting.treated, setting.units * (1 - setting.treated)
    if setting.data == "normal":
        return drift * float(np.sqrt(1 / each + 1 / other))
    mean, square = (np.exp(0.5), np.exp(2.0)) if setting.data == "zero-inflated lognormal" else (1.0, 1.0)
    low, high = 0.0, 10.0
    for _ in range(60):
        effect = (low + high) / 2
        variance = [0.05 * k * square - (0.05 * k * mean) ** 2 for k in (1 + effect, 1.0)]
        error = np.sqrt(variance[0] / each + variance[1] / other)
        low, high = (effect, high) if 0.05 * mean * effect < drift * error else (low, effect)
    return low


def found(looks: Looked, boundary: Boundary, *, planned: int, alpha: float) -> tuple[Flags, Flags, Floats]:
    """Of each run: whether it says more, whether it says less, and the share of the planned units at which it ended."""
    wide = factor(boundary, looks.units, planned_units=planned, alpha=alpha)
    if boundary == "fixed":
        wide[..., :-1] = np.inf
    return first_crossing(looks, wide)


def found_by_peeking(looks: Looked, *, alpha: float) -> tuple[Flags, Flags, Floats]:
    """The same of a plain test that is read at every look, as if it were the only one."""
    wide = factor("fixed", looks.units, planned_units=1, alpha=alpha)
    return first_crossing(looks, wide)


def first_crossing(looks: Looked, wide: Floats) -> tuple[Flags, Flags, Floats]:
    """The first look at which the interval leaves 0 decides."""
    with np.errstate(invalid="ignore"):
        crossed = np.abs(looks.value) > wide * looks.error
    ever = crossed.any(axis=1)
    at = np.where(ever, crossed.argmax(axis=1), crossed.shape[1] - 1)
    up = looks.value[np.arange(len(at)), at] > 0
    return ever & up, ever & ~up, (at + 1) / crossed.shape[1]


def estimates(treated: Flags, outcome: Floats, before: Floats, looks: int) -> tuple[Looked, Looked]:
    """Estimates at every look of units (runs, units) in their order: the product's, and the plain ones of each arm."""

    def at_looks(values: Floats) -> Floats:
        return values.reshape(len(values), looks, -1).sum(axis=2).cumsum(axis=1)

    own = treated.astype(np.float64)
    both = [at_looks(column) for column in _columns(outcome, before)]
    one = [at_looks(column * own) for column in _columns(outcome, before)]
    return estimated(one, [whole - part for whole, part in zip(both, one, strict=True)])


def estimated(one: list[Floats], other: list[Floats]) -> tuple[Looked, Looked]:
    """The same from the sums of the treated and of the others at every look."""
    both = [part + rest for part, rest in zip(one, other, strict=True)]
    least = np.minimum(one[0], other[0])
    ready = (least >= UNITS_LEAST) & (both[1] * least >= EVENTS_LEAST * both[0])
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.nan_to_num(_moment(both, 2, 3, 5) / _moment(both, 3, 3, 6))
        ours = _read(both, one, other, slope, ready, together=True)
        return ours, _read(both, one, other, np.zeros_like(slope), ready, together=False)


def _read(
    both: list[Floats], one: list[Floats], other: list[Floats], slope: Floats, ready: Flags, *, together: bool
) -> Looked:
    value = one[2] / one[0] - other[2] / other[0] - slope * (one[3] / one[0] - other[3] / other[0])
    variance = _variance(one, slope) / one[0] + _variance(other, slope) / other[0]
    if together:
        variance = np.maximum(variance, _variance(both, slope) * (1 / one[0] + 1 / other[0]))
    error = np.sqrt(variance)
    return Looked(both[0], value, np.where(ready & (error > 0), error, np.inf))


def _columns(y: Floats, x: Floats) -> Iterator[Floats]:
    yield from (np.ones_like(y), (y != 0).astype(np.float64), y, x, y * y, y * x, x * x)


def _moment(sums: list[Floats], one: int, other: int, product: int) -> Floats:
    return sums[product] - sums[one] * sums[other] / sums[0]


def _variance(sums: list[Floats], slope: Floats) -> Floats:
    residual = _moment(sums, 2, 2, 4) - 2 * slope * _moment(sums, 2, 3, 5) + slope**2 * _moment(sums, 3, 3, 6)
    return residual / (sums[0] - 1)
