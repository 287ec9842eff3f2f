"""Generalised linear fit with a penalty a group of coefficients, each told by the data themselves.

Answers (0 or 1) by the logistic, values by least squares. A group's coefficients are normal draws around 0; how wide is
found with the fit by the evidence (MacKay 1992), so that differences between users that the rows do not show are drawn
to nothing, and those that they show are left alone. The covariance is Laplace's.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from huoshui.learn.models.one_thread import on_one_thread

Floats = npt.NDArray[np.float64]
Family = Literal["answers", "values"]
ROUNDS = 60
TOLERANCE = 1e-6
PENALTY_START, PENALTY_LEAST, PENALTY_MOST = 10.0, 1e-3, 1e7
INTERCEPT_PENALTY = 1e-3
"""Keeps an arm without a single answer from running off to minus infinity."""


@dataclass(frozen=True, slots=True)
class LinearFit:
    """Coefficients (P,) with their covariance (P, P), and the penalty each group came to."""

    coefficients: Floats
    covariance: Floats
    penalties: Floats


@on_one_thread
def fit_linear(table: Floats, outcome: Floats, groups: npt.NDArray[np.intp], *, family: Family) -> LinearFit:
    """Outcome (N,) on the columns of `table` (N, P); `groups` (P,): the group of each column, -1 unpenalised."""
    count = int(groups.max()) + 1
    scale = 1.0 if family == "answers" else max(float(outcome.std()), 1e-12)
    target = outcome / scale
    if family == "values":
        coefficients, covariance, penalties = _values(table, target, groups, count)
    else:
        coefficients, covariance, penalties = _answers(table, target, groups, count)
    return LinearFit(coefficients * scale, covariance * scale**2, penalties)


def _answers(
    table: Floats, target: Floats, groups: npt.NDArray[np.intp], count: int
) -> tuple[Floats, Floats, Floats]:
    coefficients, penalties = np.zeros(table.shape[1]), np.full(count, PENALTY_START)
    share = float(target.mean().clip(1e-6, 1 - 1e-6))
    coefficients[0] = np.log(share / (1 - share))
    covariance: Floats = np.eye(table.shape[1])
    linear = table @ coefficients
    for _ in range(ROUNDS):
        ridge = _ridge(groups, penalties)
        chance = expit(linear)
        weight = np.maximum(chance * (1 - chance), 1e-9)
        covariance = np.linalg.inv((table * weight[:, None]).T @ table + np.diag(ridge))
        step = covariance @ (table.T @ (target - chance) - ridge * coefficients)
        linear, coefficients = _shortened(table, target, ridge, linear, coefficients, step)
        updated = _by_evidence(coefficients, covariance, groups, penalties)
        settled = np.abs(step).max() < TOLERANCE and np.abs(np.log(updated / penalties)).max(initial=0) < 0.01
        penalties = updated
        if settled:
            break
    return coefficients, covariance, penalties


def _shortened(
    table: Floats, target: Floats, ridge: Floats, linear: Floats, coefficients: Floats, step: Floats
) -> tuple[Floats, Floats]:
    """The step, halved until the penalised likelihood does not fall."""

    def loss(of: Floats, at: Floats) -> float:
        return float(np.logaddexp(0, of).sum() - target @ of + (ridge * at**2).sum() / 2)

    moved, before, share = table @ step, loss(linear, coefficients), 1.0
    while share > 1e-4 and loss(linear + share * moved, coefficients + share * step) > before + 1e-9 * abs(
        before
    ):
        share /= 2
    return linear + share * moved, coefficients + share * step


def _values(
    table: Floats, target: Floats, groups: npt.NDArray[np.intp], count: int
) -> tuple[Floats, Floats, Floats]:
    products, towards, square = table.T @ table, table.T @ target, float(target @ target)
    penalties, noise = np.full(count, PENALTY_START), 1.0
    coefficients: Floats = np.zeros(len(towards))
    covariance: Floats = np.eye(len(towards))
    for _ in range(ROUNDS):
        ridge = _ridge(groups, penalties)
        inverse = np.asarray(np.linalg.inv(products + noise * np.diag(ridge)), np.float64)
        coefficients = np.asarray(inverse @ towards)
        covariance = noise * inverse
        left = max(
            square - 2 * float(coefficients @ towards) + float(coefficients @ products @ coefficients), 0.0
        )
        used = len(towards) - float(ridge @ np.diag(covariance))
        noise = max(left / max(1.0, len(target) - used), 1e-12)
        updated = _by_evidence(coefficients, covariance, groups, penalties)
        settled = np.abs(np.log(updated / penalties)).max(initial=0) < 0.01
        penalties = updated
        if settled:
            break
    return coefficients, covariance, penalties


def _ridge(groups: npt.NDArray[np.intp], penalties: Floats) -> Floats:
    return np.asarray(np.append(penalties, INTERCEPT_PENALTY)[groups])


def _by_evidence(
    coefficients: Floats, covariance: Floats, groups: npt.NDArray[np.intp], penalties: Floats
) -> Floats:
    """Each group's penalty where the evidence is greatest: coefficients told by the data over their squares."""
    updated = penalties.copy()
    for group, penalty in enumerate(penalties):
        own = groups == group
        told = own.sum() - penalty * np.diag(covariance)[own].sum()
        squares = float((coefficients[own] ** 2).sum())
        updated[group] = max(told, 1e-9) / max(squares, 1e-12)
    return np.asarray(updated.clip(PENALTY_LEAST, PENALTY_MOST))
