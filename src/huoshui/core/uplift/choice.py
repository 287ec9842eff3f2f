"""Which learner to believe, and whether there is anything to believe: by Qini on rows drawn by chance.

Rows are cut into folds by unit. Each learner is judged on rows that it has not seen (cross-validation), and the
simplest within a standard error of the best is taken. Whether users differ at all is asked of the best Qini, with a
wider interval. Folds learn from each other's rows: where users do not differ, what two folds have in common by
chance is counted twice, once as each judges the other, and the sum varies by up to the root of 2 more than its rows
tell. Only if that interval lies above 0 do users differ; else everybody gets the average effect.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np

from huoshui.base.errors import Text
from huoshui.core.trials.draws import draws
from huoshui.core.uplift.qini import Qini, qini_influence, qini_of, too_few
from huoshui.core.uplift.row_effects import Estimate, amount_shares, average_effects, error_of, row_effects
from huoshui.core.uplift.rows import Floats, Rows, TrialRows

COUNTED_TWICE = sqrt(2.0)
"""Errors of cross-validated figures are this much wider than their rows tell."""

ChoiceState = Literal["users_differ", "no_detectable_difference", "too_few"]
AverageState = Literal["above_nothing", "not_detectable", "below_nothing"]

DIFFER = Text(
    "用户之间的反应看得出差别, 按预测排序发放。",
    "Users respond differently, and detectably so: they are ranked by their predicted effect.",
)
NO_DIFFERENCE = Text(
    "看不出用户之间的差别, 每个人都按平均效果算。",
    "No detectable difference between users: everybody counts with the average effect.",
)
AVERAGE_REASONS: dict[AverageState, Text] = {
    "above_nothing": Text("平均看有效果。", "On average there is an effect."),
    "not_detectable": Text(
        "平均效果小到测不出来。这不等于没用: 挑人发可能仍然值, 不要因此停掉。",
        "The average effect is too small to detect. That never means stop: choosing whom may still pay.",
    ),
    "below_nothing": Text("平均看是负效果。", "On average the effect is below nothing."),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A learner judged by rows that it has not seen; `behind`: the best one's Qini less its own, on the same rows."""

    name: str
    qini: Qini
    behind: Estimate
    choosable: bool


@dataclass(frozen=True, slots=True)
class Average:
    """The average effect of one amount."""

    amount_fen: int
    state: AverageState
    reason: Text
    effect: Estimate


@dataclass(frozen=True, slots=True)
class Choice:
    """Which learner was taken and whether it may be believed: `deciding` is the highest Qini on rows not seen
    among those that may be taken.

    With `no_detectable_difference` and `too_few` everybody gets the average effect; `chosen` is then what would have
    been taken, None without anything to judge by.
    """

    state: ChoiceState
    reason: Text
    chosen: str | None
    deciding: Qini
    candidates: tuple[Candidate, ...]
    averages: tuple[Average, ...]


def folds_of(rows: TrialRows, folds: int, *, seed: int) -> Rows:
    """(N,): each row's fold, even within each arm; rows of one unit share theirs."""
    unit = np.arange(rows.rows, dtype=np.uint64) if rows.unit is None else rows.unit
    _, first, number = np.unique(unit, return_index=True, return_inverse=True)
    order = np.lexsort((draws(unit[first], "fold", seed=seed), rows.arm[first]))
    fold = np.empty(len(first), np.intp)
    fold[order] = np.arange(len(first)) % folds
    return fold[number]


def choose(
    rows: TrialRows,
    *,
    fold: Rows,
    apart: Mapping[str, Floats],
    choosable: Sequence[str],
    expected_est: Floats | None = None,
) -> Choice:
    """The learner to take, and whether users differ.

    `apart` by learner (N, K): scores of each fold by learners fitted on all other folds. `choosable`: whom to take
    from, simplest first: the first that is within a standard error of the best. The others stand beside.
    """
    lacking = too_few(rows)
    if lacking is not None:
        nothing = float("nan")
        none = Qini("too_few", lacking, nothing, nothing, nothing, nothing, rows.rows)
        return Choice("too_few", lacking, None, none, (), ())
    averages = _averages(rows, expected_est)
    effects = row_effects(rows, expected_est)
    judged = {
        name: qini_influence(amount_shares(rows), score, effects, fold) for name, score in apart.items()
    }
    leading = max(choosable, key=lambda name: judged[name][0])
    best, moved_best = judged[leading]
    candidates = {
        name: Candidate(
            name=name,
            qini=qini_of(Estimate(value, COUNTED_TWICE * error_of(moved, rows.unit)), rows.rows),
            behind=Estimate(best - value, COUNTED_TWICE * error_of(moved_best - moved, rows.unit)),
            choosable=name in choosable,
        )
        for name, (value, moved) in judged.items()
    }
    chosen = next(name for name in choosable if _alike(candidates[name].behind))
    deciding = candidates[leading].qini
    differ = deciding.state == "better_than_chance"
    return Choice(
        "users_differ" if differ else "no_detectable_difference",
        DIFFER if differ else NO_DIFFERENCE,
        chosen,
        deciding,
        tuple(candidates.values()),
        averages,
    )


def _alike(behind: Estimate) -> bool:
    """No further behind the best than one standard error (Breiman et al. 1984): by chance alone, as far as is known."""
    return behind.value_est <= behind.error_est


def _averages(rows: TrialRows, expected_est: Floats | None) -> tuple[Average, ...]:
    found = []
    for amount, effect in zip(rows.amounts_fen, average_effects(rows, expected_est), strict=True):
        state: AverageState = "not_detectable"
        if effect.low_est > 0:
            state = "above_nothing"
        elif effect.high_est < 0:
            state = "below_nothing"
        found.append(Average(amount, state, AVERAGE_REASONS[state], effect))
    return tuple(found)
