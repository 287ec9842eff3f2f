"""The model: fitted on early days, set right on later ones, judged on the last; saved as numbers alone."""

import hashlib
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from huoshui.learn.potential.events import BUYS, HORIZON_US, LEAVES, Asked
from huoshui.learn.potential.judged import Floats, Ints, Judged, chances, fit_odds, judged
from huoshui.learn.potential.state import FEATURES

Features = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int8]
Verdict = Literal["useful", "no_better_than_silence", "no_better_than_base", "too_few"]
VERSION = 1
ROWS_LEAST = 200
"""Of either label in each part."""
ROWS_MAX = 60_000
"""Rows that coefficients are fitted on: more move them by less than their errors."""
PARTS = (0.6, 0.8)
KNOTS = (0.25, 0.5, 0.75)
RIDGE = 10.0
"""As if each coefficient had been seen to be 0 by so many rows."""
BLOCK = 4_096
VARIES = 1e-6


@dataclass(frozen=True, slots=True)
class Potential:
    """Chances of leaving without an order: a sum over features of a straight line with bends, on the log odds."""

    features: tuple[str, ...]
    horizon_us: int
    mean: Floats
    scale: Floats
    """One over the deviation; 0 for a feature that never varied."""
    knots: Floats
    coefficients: Floats
    base_rate: float
    data_hash: str

    def chance(self, features: Features) -> Floats:
        """(M,) chance that no order is paid within the horizon."""
        odds = np.empty(len(features))
        for start in range(0, len(features), BLOCK):
            part = slice(start, start + BLOCK)
            odds[part] = self._columns(features[part]) @ self.coefficients
        return chances(odds)

    def reasons(self, features: Features, *, most: int = 3) -> list[list[tuple[str, float]]]:
        """For each row the features that move its log odds most beside those of the mean user, largest first."""
        columns = self._columns(features)[:, 1:] - self._columns(self.mean[None].astype(np.float32))[:, 1:]
        moved = (columns * self.coefficients[1:]).reshape(len(features), 1 + len(KNOTS), -1).sum(axis=1)
        order = np.argsort(-np.abs(moved), axis=1, kind="stable")[:, :most]
        return [
            [(self.features[place], float(row[place])) for place in places]
            for row, places in zip(moved, order, strict=True)
        ]

    def _columns(self, features: Features) -> Floats:
        return _columns(features, self.mean, self.scale, self.knots)


@dataclass(frozen=True, slots=True)
class Fitted:
    """What came of a fit: the verdict, the model where there is one, and how it did on the last days."""

    verdict: Verdict
    rows: tuple[int, int, int]
    model: Potential | None
    judged: Judged | None


def fit_potential(
    features: Features, label: Labels, asked: Asked, *, horizon_us: int = HORIZON_US, ridge: float = RIDGE
) -> Fitted:
    """Fit, set right and judge on three parts of time. Rows without a label yet are left out."""
    if features.shape != (len(label), len(FEATURES)) or len(asked) != len(label):
        raise ValueError(
            f"a row of {len(FEATURES)} features and a label for each of {len(asked)} moments wanted"
        )
    parts = [np.flatnonzero(own) for own in _parts(label, asked, horizon_us)]
    rows = (len(parts[0]), len(parts[1]), len(parts[2]))
    counts = [np.bincount(label[own], minlength=2).min() for own in parts]
    if min(counts) < ROWS_LEAST:
        return Fitted("too_few", rows, None, None)
    first, second, last = parts
    model = _fitted(features, label, _thinned(first), horizon_us, ridge, _hash(features, label, asked))
    model = _set_right(model, features[second], label[second].astype(np.int64))
    silence = features[last][:, FEATURES.index("since_viewed")].astype(np.float64)
    found = judged(
        model.chance(features[last]), label[last].astype(np.int64), asked.user[last], silence=silence,
        base_rate=float(label[np.concatenate([first, second])].mean()),
    )  # fmt: skip
    return Fitted(_verdict(found), rows, model, found)


def _parts(label: Labels, asked: Asked, horizon_us: int) -> tuple[npt.NDArray[np.bool_], ...]:
    """Three parts of time; what a row's horizon tells lies within its own part."""
    known = (label == LEAVES) | (label == BUYS)
    if not known.any():
        return known, known, known
    at = asked.at_us
    first, second = (int(np.quantile(at[known], share)) for share in PARTS)
    early = known & (at + horizon_us <= first)
    middle = known & (at > first) & (at + horizon_us <= second)
    return early, middle, known & (at > second)


def _thinned(rows: Ints) -> Ints:
    """At most ROWS_MAX of them, evenly over time."""
    if len(rows) <= ROWS_MAX:
        return rows
    return rows[np.linspace(0, len(rows) - 1, ROWS_MAX).astype(np.int64)]


def _fitted(
    features: Features, label: Labels, rows: Ints, horizon_us: int, ridge: float, data_hash: str
) -> Potential:
    own = features[rows].astype(np.float64)
    mean, deviation = own.mean(axis=0), own.std(axis=0)
    scale = np.where(deviation > VARIES, 1 / np.maximum(deviation, VARIES), 0.0)
    knots = np.quantile((own - mean) * scale, KNOTS, axis=0)
    columns = _columns(features[rows], mean, scale, knots)
    coefficients = fit_odds(columns, label[rows].astype(np.int64), ridge=ridge)
    rate = float(label[rows].mean())
    return Potential(FEATURES, horizon_us, mean, scale, knots, coefficients, rate, data_hash)


def _columns(features: Features, mean: Floats, scale: Floats, knots: Floats) -> Floats:
    """1, each feature in deviations, and what of it lies beyond each knot."""
    straight = (features - mean) * scale
    return np.hstack(
        [np.ones((len(features), 1)), straight, *(np.maximum(straight - row, 0.0) for row in knots)]
    )


def _set_right(model: Potential, features: Features, label: Ints) -> Potential:
    """Slope and intercept of the log odds as later days have them."""
    odds = model._columns(features) @ model.coefficients
    intercept, slope = fit_odds(np.column_stack([np.ones(len(odds)), odds]), label, ridge=0.0, free=2)
    coefficients = model.coefficients * max(0.0, slope)
    coefficients[0] += intercept
    return replace(model, coefficients=coefficients)


def _verdict(found: Judged) -> Verdict:
    if found.auc.low <= 0.5 or found.brier_gain.low <= 0:
        return "no_better_than_base"
    return "useful" if found.auc_gain.low > 0 else "no_better_than_silence"


def _hash(features: Features, label: Labels, asked: Asked) -> str:
    """Of the rows a model was fitted and judged on."""
    digest = hashlib.sha256()
    for column in (features, label, asked.user, asked.at_us):
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()
