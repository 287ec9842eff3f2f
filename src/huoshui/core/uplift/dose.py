"""How much is enough: each user's effects at several amounts as one curve, and where it stops to rise.

Predicted effects at neighbouring amounts are noisy and cross each other; a plan would pick the luckiest. So each
user's are replaced by the nearest curve from 0 that rises ever less (or, where a threshold is at work, that just
rises): weighted least squares on the cone of such curves.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from huoshui.core.uplift.dose_kernel import nearest
from huoshui.core.uplift.row_effects import average_covariance, row_effects
from huoshui.core.uplift.rows import AMOUNTS_MOST, Amounts, Effects, Flags, Floats, TrialRows
from huoshui.core.uplift.shapes import generators_of, shape_test

DoseShape = Literal["concave", "monotone"]
USERS_AT_ONCE = 1 << 16
FLAT_SHARE = 1e-3
"""A rise of less than this share of a user's greatest effect is none."""
SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Doses:
    """One curve a user.

    `effect_est` (N, K): on the curve. `flat_fen` (N,): the smallest amount that brings the most, 0 where nothing brings
    anything. `works_fen` (N,): the smallest amount up to there whose interval lies above 0; 0 where none does.
    """

    amounts_fen: tuple[int, ...]
    effect_est: Floats
    flat_fen: Amounts
    works_fen: Amounts

    @property
    def allowed(self) -> Flags:
        """(N, K): amounts that may be granted: none above the flat point."""
        return np.asarray(np.array(self.amounts_fen) <= self.flat_fen[:, None])


def fit_doses(
    effects: Effects, *, shape: DoseShape = "concave", edge_est: float = 0.0, weights: Floats | None = None
) -> Doses:
    """The nearest curve of each user.

    `edge_est`: what a fen more must bring at least to be no flat piece, in outcome per fen. `weights` (K,): how much
    each amount's effects count, one over the square of their error; equal where not told.
    """
    amounts = np.array(effects.amounts_fen, np.float64)
    if len(amounts) > AMOUNTS_MOST:
        raise ValueError(f"{len(amounts)} amounts, at most {AMOUNTS_MOST}")
    if not np.isfinite(effects.effect_est).all():
        raise ValueError("an effect that is no number")
    curve = generators_of(effects.amounts_fen, shape)
    count = (np.ones(len(amounts)) if weights is None else weights / weights.max())[:, None]
    curve = np.ascontiguousarray(curve / np.sqrt((count * curve**2).sum(axis=0)))
    weighted = count * curve
    squares = np.ascontiguousarray(weighted.T @ curve)
    solutions = _solutions(squares)
    fitted = np.empty(effects.effect_est.shape)
    for start in range(0, len(fitted), USERS_AT_ONCE):
        own = slice(start, start + USERS_AT_ONCE)
        coefficients = np.zeros(fitted[own].shape)
        targets = np.ascontiguousarray(effects.effect_est[own] @ weighted)
        nearest(targets, solutions, squares, coefficients, SLACK)
        fitted[own] = coefficients @ curve.T
    flat = _flat(fitted, amounts, edge_est)
    return Doses(effects.amounts_fen, fitted, flat, _working(effects, fitted, flat))


def dose_shape(rows: TrialRows, *, expected_est: Floats | None = None, seed: int = 0) -> DoseShape:
    """Concave unless the average effects of the amounts speak against it (5 %): then users' curves may have steps."""
    average = row_effects(rows, expected_est).mean(axis=0)[None]
    covariance = average_covariance(rows, expected_est)[None]
    found = shape_test(average, covariance, rows.amounts_fen, seed).narrowest(average)
    return "concave" if found == "concave" else "monotone"


def _solutions(squares: Floats) -> Floats:
    """(2^K, K, K): for each set of generators the matrix from targets to their coefficients, 0 for the others."""
    amounts = len(squares)
    solutions = np.zeros((1 << amounts, amounts, amounts))
    for pattern in range(1, 1 << amounts):
        own = np.flatnonzero(pattern >> np.arange(amounts) & 1)
        solutions[pattern][np.ix_(own, own)] = np.linalg.inv(squares[np.ix_(own, own)])
    return solutions


def _flat(fitted: Floats, amounts: Floats, edge_est: float) -> Amounts:
    """The smallest amount whose effect less the edge is the greatest, nothing counted in."""
    gain = np.concatenate([np.zeros((len(fitted), 1)), fitted - edge_est * amounts], axis=1)
    most = gain.max(axis=1, keepdims=True)
    enough = gain >= most - FLAT_SHARE * np.abs(fitted).max(axis=1, keepdims=True)
    return np.asarray(np.array([0, *amounts], np.int64)[enough.argmax(axis=1)])


def _working(effects: Effects, fitted: Floats, flat: Amounts) -> Amounts:
    amounts = np.array(effects.amounts_fen, np.int64)
    sure: npt.NDArray[np.bool_] = (effects.low_est > 0) & (fitted > 0) & (amounts <= flat[:, None])
    return np.where(sure.any(axis=1), amounts[sure.argmax(axis=1)], 0)
