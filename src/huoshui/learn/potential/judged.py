"""How good a score is on rows it has not seen: AUC, Brier score, calibration; users, not rows, are the draws."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Z_95 = 1.959964
DECILES = 10
STEPS_MAX = 50
NEARLY = 1e-10


@dataclass(frozen=True, slots=True)
class Figure:
    """An estimate with its 95 % interval."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, value: float, influence: Floats, users: Ints) -> "Figure":
        """`influence` (N,): what each row moves the value by; rows of one user move together."""
        by_user = np.bincount(np.unique(users, return_inverse=True)[1], weights=influence)
        error = sqrt(float((by_user**2).sum()) * len(by_user) / max(1, len(by_user) - 1))
        return cls(value, value - Z_95 * error, value + Z_95 * error)


@dataclass(frozen=True, slots=True)
class Decile:
    """Of rows in the order of their score: how many, chance said, share found."""

    rows: int
    said: float
    found: float


@dataclass(frozen=True, slots=True)
class Judged:
    """A score on rows it has not seen, beside silence alone and beside the base rate.

    `auc_gain`: AUC beyond that of silence. `brier_gain`: Brier score of the base rate less the model's.
    `slope`, `intercept`: of the labels on the score's log odds; 1 and 0 where chances are right.
    """

    rows: int
    users: int
    rate: float
    auc: Figure
    auc_silence: float
    auc_gain: Figure
    brier: float
    brier_base: float
    brier_gain: Figure
    slope: Figure
    intercept: Figure
    deciles: tuple[Decile, ...]


def judged(chance: Floats, label: Ints, users: Ints, *, silence: Floats, base_rate: float) -> Judged:
    """`chance` (N,) of label 1, against labels 0 and 1. `silence`: since the last look; longer ranks higher."""
    area, moves = auc_of(chance, label)
    area_silence, moves_silence = auc_of(silence, label)
    if area_silence < 0.5:  # whichever way round it ranks better: the peer is not to be made weak
        area_silence, moves_silence = 1 - area_silence, -moves_silence
    errors, errors_base = (chance - label) ** 2, (base_rate - label) ** 2
    gain = errors_base - errors
    slope, intercept = _calibration(chance, label, users)
    return Judged(
        rows=len(label),
        users=len(np.unique(users)),
        rate=float(label.mean()),
        auc=Figure.of(area, moves, users),
        auc_silence=area_silence,
        auc_gain=Figure.of(area - area_silence, moves - moves_silence, users),
        brier=float(errors.mean()),
        brier_base=float(errors_base.mean()),
        brier_gain=Figure.of(float(gain.mean()), (gain - gain.mean()) / len(gain), users),
        slope=slope,
        intercept=intercept,
        deciles=_deciles(chance, label),
    )


def auc_of(score: Floats, label: Ints) -> tuple[float, Floats]:
    """Chance that a row of label 1 ranks above one of label 0, ties half, and what each row moves it by.

    DeLong, DeLong, Clarke-Pearson 1988: a row's placement among those of the other label.
    """
    order, ones = np.sort(score[label == 0]), np.sort(score[label == 1])
    if not len(order) or not len(ones):
        raise ValueError("rows of both labels wanted")
    placed = np.empty(len(score))
    for own, other, sign in ((1, order, 1.0), (0, ones, -1.0)):
        mine = label == own
        below = np.searchsorted(other, score[mine], "left")
        upto = np.searchsorted(other, score[mine], "right")
        share = (below + upto) / 2 / len(other)
        placed[mine] = share if sign > 0 else 1 - share
    area = float(placed[label == 1].mean())
    count = np.where(label == 1, len(ones), len(order))
    return area, (placed - area) / count


def fit_odds(columns: Floats, label: Ints, *, ridge: float, free: int = 1) -> Floats:
    """Coefficients (P,) of a logistic regression by Newton's steps; the first `free` are not drawn to 0."""
    coefficients = np.zeros(columns.shape[1])
    penalty = np.full(columns.shape[1], ridge)
    penalty[:free] = 0.0

    def loss(values: Floats) -> float:
        odds = columns @ values
        return float(np.logaddexp(0, odds).sum() - odds @ label + 0.5 * penalty @ values**2)

    best = loss(coefficients)
    for _ in range(STEPS_MAX):
        chance = chances(columns @ coefficients)
        slope = columns.T @ (chance - label) + penalty * coefficients
        curve = (columns * (chance * (1 - chance))[:, None]).T @ columns
        curve[np.diag_indices_from(curve)] += penalty + NEARLY
        step = np.linalg.solve(curve, slope)
        size, moved = 1.0, loss(coefficients - step)
        while moved > best + NEARLY and size > NEARLY:
            size /= 2
            moved = loss(coefficients - size * step)
        coefficients, fell, best = coefficients - size * step, best - moved, moved
        if fell < NEARLY * len(label):
            break
    return coefficients


def chances(odds: Floats) -> Floats:
    """Of log odds."""
    return np.asarray(np.exp(-np.logaddexp(0, -odds)))


def log_odds(chance: Floats) -> Floats:
    """Of chances; those of 0 and 1 count as one in a million."""
    kept = np.clip(chance, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(kept / (1 - kept)))


def _calibration(chance: Floats, label: Ints, users: Ints) -> tuple[Figure, Figure]:
    """Slope and intercept with errors that hold for rows of one user hanging together (sandwich)."""
    columns = np.column_stack([np.ones(len(label)), log_odds(chance)])
    found = fit_odds(columns, label, ridge=0.0, free=2)
    fitted = chances(columns @ found)
    curve = (columns * (fitted * (1 - fitted))[:, None]).T @ columns
    moves = (columns * (label - fitted)[:, None]) @ np.linalg.pinv(curve)
    return Figure.of(float(found[1]), moves[:, 1], users), Figure.of(float(found[0]), moves[:, 0], users)


def _deciles(chance: Floats, label: Ints) -> tuple[Decile, ...]:
    parts = np.array_split(np.argsort(chance, kind="stable"), DECILES)
    return tuple(
        Decile(len(own), float(chance[own].mean()), float(label[own].mean())) for own in parts if len(own)
    )
