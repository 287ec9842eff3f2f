"""Why a user's predicted effect differs from the average user's: what each feature adds to it.

A feature's part is the mean of two answers: what is lost when the user's value is put to the average, and what the
average user gains with the user's value. Where features add up it is exact; where they work together each gets half.
The answer is the model's, about the model: what goes along with a response need not cause it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from huoshui.core.uplift.rows import Features, Floats

Predict = Callable[[Features], Floats]
Direction = Literal["raises", "lowers"]
SHARE_LEAST = 0.1
"""A part below this share of the largest is not worth a word."""
ROWS_AT_ONCE = 1 << 16


@dataclass(frozen=True, slots=True)
class Reason:
    """One feature's part in a user's predicted effect, beside the average user's value; `value` NaN: unknown."""

    feature: str
    direction: Direction
    size_est: float
    """How much of effect it adds or takes, above 0, in the outcome's unit."""
    value: float
    average: float


def contributions(predict: Predict, features: Features, average: Features) -> Floats:
    """(N, F): what each feature adds to a user's effect beyond that of the average user.

    `predict`: effects (N,) of features (N, F). `average` (F,): the average user's features.
    """
    users, count = features.shape
    base = float(predict(average[None])[0])
    found = np.empty((users, count))
    own = _in_parts(predict, features)
    for at in range(count):
        without = features.copy()
        without[:, at] = average[at]
        alone = np.repeat(average[None], users, axis=0)
        alone[:, at] = features[:, at]
        found[:, at] = (own - _in_parts(predict, without) + _in_parts(predict, alone) - base) / 2
    return found


def _in_parts(predict: Predict, features: Features) -> Floats:
    parts = [
        predict(features[start : start + ROWS_AT_ONCE]) for start in range(0, len(features), ROWS_AT_ONCE)
    ]
    return np.concatenate(parts) if parts else np.zeros(0)


def reasons_of(
    names: tuple[str, ...], parts: Floats, features: Features, average: Features, *, most: int = 3
) -> tuple[tuple[Reason, ...], ...]:
    """Of each user the features with the largest parts, largest first; none where the model knows no difference."""
    found = []
    for row, values in zip(parts, features, strict=True):
        order = np.argsort(-np.abs(row), kind="stable")[:most]
        least = SHARE_LEAST * float(np.abs(row).max(initial=0.0))
        found.append(
            tuple(
                Reason(
                    feature=names[at],
                    direction="raises" if row[at] > 0 else "lowers",
                    size_est=float(abs(row[at])),
                    value=float(values[at]),
                    average=float(average[at]),
                )
                for at in order.tolist()
                if abs(row[at]) > 0 and abs(row[at]) >= least
            )
        )
    return tuple(found)
