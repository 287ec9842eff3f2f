"""Response factors from files: learn who answers more than others of their segment, and say so of every candidate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from ibis.expr.types import Table as IbisTable

from huoshui.base.errors import Text
from huoshui.core.costs.values import SEGMENTS
from huoshui.core.uplift.response_factors import FactorState, Learned, factors, learn_factors, scores
from huoshui.core.uplift.row_effects import Estimate
from huoshui.flow.learning.rows import ROWS_MAX, LearningRows, learning_rows, on_scale
from huoshui.flow.learning.words import FEATURE_WORDS
from huoshui.lake.facts.features import candidate_features, trial_rows
from huoshui.lake.facts.prepared import Prepared

CAMPAIGNS_APART = 0.3
"""How far a campaign's own slope is thought to lie from that of all campaigns, before its rows are seen."""
STRENGTH_MOST = 1.25
COLUMNS_AT_ONCE = 8
ROWS_IN_ALL = 400_000
"""Rows of all campaigns that a plan learns from; twice as many would order users better by less than 2 %."""


@dataclass(frozen=True, slots=True)
class UserFactors:
    """What a plan needs of what was learned; `factors` by kind, kind 0 is 1.

    `campaigns` are those planned with it, `strengths` how much of a factor's distance from 1 counts in each. A reason's
    number is 0 for none, 2 x feature + 1 for more of it than others, + 2 for less, features as in `names`.
    """

    state: FactorState
    reason: Text
    factors: tuple[float, ...]
    campaigns: tuple[str, ...]
    strengths: tuple[float, ...]
    names: tuple[str, ...]
    slope: Estimate
    rows: int
    users: int

    @property
    def used(self) -> bool:
        """Whether any user's figure is moved by it."""
        return len(self.factors) > 1 and bool(self.campaigns)

    def factors_in(self, campaign: str) -> npt.NDArray[np.float64]:
        """The factor of each kind in a campaign; 1 in those that are planned without."""
        if campaign not in self.campaigns:
            return np.ones(len(self.factors))
        strength = self.strengths[self.campaigns.index(campaign)]
        return 1 + strength * (np.array(self.factors) - 1)


def learned_of(
    prepared: Prepared, assigned: IbisTable, given: IbisTable, states: IbisTable, *, seed: int
) -> tuple[LearningRows, Learned]:
    """The rows of all campaigns with a control, and what they tell of who answers."""
    counts = assigned.group_by("campaign_id").aggregate(rows=assigned.count()).to_pyarrow()
    each = rows_each(counts["rows"].to_pylist(), ROWS_IN_ALL)
    rows = learning_rows(trial_rows(prepared, assigned, given, states, rows_max=min(ROWS_MAX, each)))
    return rows, learn_factors(rows.orders, segments=len(SEGMENTS), seed=seed)


def rows_each(sizes: Sequence[int], most: int) -> int:
    """So many rows of each campaign come to `most` in all, where small campaigns are read whole."""
    left = most
    for place, size in enumerate(sorted(sizes)):
        each = left // (len(sizes) - place)
        if size > each:
            return max(1, each)
        left -= size
    return most


def user_factors(rows: LearningRows, learned: Learned) -> UserFactors:
    """What a plan keeps; its factors are told with the candidates.

    A campaign that brings nothing detectable has no slope: whoever answers more brings nothing more there.
    """
    strengths = {campaign: _strength(slope, learned.slope) for campaign, slope in learned.by_campaign}
    told = {campaign: one for campaign, one in strengths.items() if one > 0 and learned.used}
    return UserFactors(
        learned.state,
        learned.reason,
        (1.0,),
        tuple(told),
        tuple(told.values()),
        rows.names,
        learned.forward,
        learned.rows,
        learned.users,
    )


def _strength(slope: Estimate, overall: Estimate) -> float:
    """A campaign's own slope over that of all campaigns, drawn to it as far as its rows are few; 0 without a slope."""
    if not isfinite(slope.value_est) or slope.error_est <= 0 or overall.value_est <= 0:
        return 0.0
    seen, before = slope.error_est**-2, CAMPAIGNS_APART**-2
    mean = (seen * slope.value_est + before * overall.value_est) / (seen + before)
    return float(np.clip(mean / overall.value_est, 0.0, STRENGTH_MOST))


def candidate_answers(
    prepared: Prepared,
    given: IbisTable,
    rows: IbisTable,
    learned: Learned,
    *,
    segments: "pa.ChunkedArray[Any]",
    first_day: date,
) -> tuple[pa.Table, tuple[float, ...]]:
    """Answer (the kind) and answer_reason of each candidate, by key and user_id; and the factor of each kind.

    `segments`: those of `rows` in the same order. Features are read a few at a time: those of a million users at once
    would be as large as all else of a plan.
    """
    model = learned.model
    assert model is not None
    told = candidate_features(prepared, given, rows, first_day=first_day)
    segment = _places(segments, SEGMENTS)
    groups: dict[int, dict[str, npt.NDArray[np.float32]]] = {}

    def column(place: int) -> npt.NDArray[np.float32]:
        group = place // COLUMNS_AT_ONCE
        if group not in groups:
            groups.clear()
            names = model.names[group * COLUMNS_AT_ONCE : (group + 1) * COLUMNS_AT_ONCE]
            groups[group] = _by_place(told.select("moment", *names).to_pyarrow(), len(segment))
        name = model.names[place]
        return on_scale(name, groups[group][name])

    found = scores(model, column, segment)
    prepared.lake.drop(told)
    kind, table = factors(learned, found.score, segment)
    answers = {"answer": pa.array(kind), "answer_reason": pa.array(found.reason)}
    return pa.table(answers), tuple(float(factor) for factor in table)


def _by_place(read: pa.Table, users: int) -> dict[str, npt.NDArray[np.float32]]:
    """Each column in the order of `moment`, a user's place: cheaper here than a sort by the engine."""
    place = read["moment"].to_numpy()
    # A user left out or told twice would shift everybody else's answers.
    assert len(place) == users
    assert (np.bincount(place, minlength=users) == 1).all()
    columns = {}
    for name in read.column_names[1:]:
        columns[name] = np.empty(users, np.float32)
        columns[name][place] = read[name].to_numpy()
    return columns


def reason_words(names: Sequence[str], reason: int) -> Text | None:
    """A reason's number in words; None for none."""
    if not reason:
        return None
    words = FEATURE_WORDS[names[(reason - 1) // 2]]
    return words.more if reason % 2 else words.less


def _places(column: Any, names: Sequence[str]) -> npt.NDArray[np.intp]:
    """Each text's place in `names`."""
    encoded = column.dictionary_encode().combine_chunks()
    places = np.array([names.index(name) for name in encoded.dictionary.to_pylist()], np.intp)
    return places[encoded.indices.to_numpy()] if len(places) else np.zeros(0, np.intp)
