"""Rows of cohorts and units, read a batch at a time, into what core judges: exact sums by arm, cohorts by day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from huoshui.core.trials.returns import ReturnSums, return_sums_of
from huoshui.core.watch import CohortSums, GuardTerms, HorizonSums, cohort_sums, horizon_sums
from huoshui.flow.evaluating.replay import CohortDay
from huoshui.lake.facts.cohorts import HORIZONS

Ints = npt.NDArray[np.int64]
ArmKey = tuple[bool, int]
"""Control or not, and the amount in fen."""

DayArms = dict[date, dict[ArmKey, ReturnSums]]


@dataclass(frozen=True, slots=True)
class Read:
    """Of one campaign, from all of its rows."""

    cohorts: dict[date, CohortSums] = field(default_factory=dict)
    horizons: dict[int, HorizonSums] = field(
        default_factory=lambda: {days: HorizonSums(days) for days in HORIZONS}
    )


def read_rows(
    batches: Iterable[pa.RecordBatch],
    terms: Mapping[str, GuardTerms],
    chances: Mapping[str, Mapping[ArmKey, float]],
) -> dict[str, Read]:
    """Cohorts by day and margins by horizon, campaign by campaign; rows come by campaign and day.

    `chances`: of the amounts of a campaign whose chances are the same for everybody, each amount's; others are read by
    the row's own, where there is one amount.
    """
    found: dict[str, Read] = defaultdict(Read)
    for batch in batches:
        if not batch.num_rows:
            continue
        campaign = batch["campaign_id"].dictionary_encode()
        day = batch["day"].cast(pa.int32()).to_numpy()
        code = campaign.indices.to_numpy()
        for start, end in _runs(code, day):
            own = batch.slice(start, end - start)
            name = campaign.dictionary[int(code[start])].as_py()
            when = own["day"][0].as_py()
            _add(found[name], own, when, terms[name], chances.get(name))
    return dict(found)


def _add(
    read: Read, own: pa.RecordBatch, day: date, terms: GuardTerms, chances: Mapping[ArmKey, float] | None
) -> None:
    treated = ~_flags(own["control"])
    value, cost = _ints(own["value_fen"]), _ints(own["cost_fen"])
    # What a control got by mistake is told apart; it is no cost of the arm.
    cost = np.where(treated, cost, 0).clip(min=0)
    sums = cohort_sums(
        day,
        value.astype(np.float64),
        cost.astype(np.float64),
        terms,
        treated=treated,
        probability=_treated_chance(own, treated, terms, chances),
    )
    read.cohorts[day] = read.cohorts[day] + sums if day in read.cohorts else sums
    drawn = _flags(own["drawn"])
    for days in HORIZONS:
        seen = _flags(own[f"old_{days}"]) & _flags(own["mature"]) & drawn
        if seen.any():
            read.horizons[days] += horizon_sums(
                days,
                _ints(own[f"margin_{days}"])[seen],
                _ints(own["margin"])[seen],
                treated[seen],
                before_fen=_ints(own["before"])[seen],
            )


def _treated_chance(
    own: pa.RecordBatch,
    treated: npt.NDArray[np.bool_],
    terms: GuardTerms,
    chances: Mapping[ArmKey, float] | None,
) -> npt.NDArray[np.float64] | None:
    """Of having been treated at all; NaN for who was not drawn."""
    if not terms.has_control:
        return None
    drawn = _flags(own["drawn"])
    if chances is not None:
        chance = np.full(len(drawn), 1 - sum(p for (control, _), p in chances.items() if control))
    else:
        logged = np.nan_to_num(own["probability"].to_numpy(zero_copy_only=False).astype(np.float64))
        chance = np.where(treated, logged, 1 - logged)
    return np.where(drawn, chance, np.nan)


def read_units(batches: Iterable[pa.RecordBatch]) -> dict[str, DayArms]:
    """Sums of value and cost by campaign, day and arm; a row a unit, by campaign and day."""
    found: dict[str, DayArms] = defaultdict(lambda: defaultdict(lambda: defaultdict(ReturnSums)))
    for batch in batches:
        if not batch.num_rows:
            continue
        campaign = batch["campaign_id"].dictionary_encode()
        code = campaign.indices.to_numpy()
        day = batch["day"].cast(pa.int32()).to_numpy()
        control, amount = _flags(batch["control"]), _ints(batch["amount_fen"])
        for start, end in _runs(code, day, control, amount):
            own = batch.slice(start, end - start)
            arms = found[campaign.dictionary[int(code[start])].as_py()][own["day"][0].as_py()]
            arms[bool(control[start]), int(amount[start])] += return_sums_of(
                _ints(own["value_fen"]),
                _ints(own["cost_fen"]),
                before=_ints(own["before_fen"]),
                size=_ints(own["size"]),
                events=_ints(own["orders"]),
            )
    return found


def all_days(days: DayArms) -> dict[ArmKey, ReturnSums]:
    """Sums by arm, of all days."""
    found: dict[ArmKey, ReturnSums] = defaultdict(ReturnSums)
    for arms in days.values():
        for arm, sums in arms.items():
            found[arm] += sums
    return dict(found)


def cohort_days(
    read: Read, ages: Mapping[date, tuple[Ints, Ints, npt.NDArray[np.float64]]], window_days: int
) -> dict[date, CohortDay]:
    """Cohorts with what their treated brought at each age; `ages` as age, value_fen, squares of a day."""
    days = {}
    for day, sums in read.cohorts.items():
        value, squares = np.zeros(window_days), np.zeros(window_days)
        if day in ages:
            age, fen, square = ages[day]
            inside = (age >= 1) & (age <= window_days)
            np.add.at(value, age[inside] - 1, fen[inside])
            np.add.at(squares, age[inside] - 1, square[inside])
        days[day] = CohortDay(sums, value, squares)
    return days


def _runs(*columns: npt.NDArray[Any]) -> list[tuple[int, int]]:
    """Stretches in which every column stays the same."""
    changes = np.zeros(len(columns[0]), np.bool_)
    for column in columns:
        changes[1:] |= column[1:] != column[:-1]
    starts = [0, *np.flatnonzero(changes).tolist()]
    return list(zip(starts, [*starts[1:], len(changes)], strict=True))


def _ints(column: Any) -> Ints:
    return np.asarray(column.to_numpy(zero_copy_only=False), np.int64)


def _flags(column: Any) -> npt.NDArray[np.bool_]:
    return np.asarray(column.to_numpy(zero_copy_only=False), np.bool_)
