"""Rows of cohorts and units, read a batch at a time, into what core judges: exact sums by arm, cohorts by day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from huoshui.core.trials.returns import ReturnSums, return_sums_of
from huoshui.core.watch import CohortSums, GuardTerms, HorizonSums, cohort_sums, horizon_sums
from huoshui.flow.guarding.arms import ArmKey
from huoshui.flow.guarding.replay import CohortDay
from huoshui.flow.guarding.rows import Columns, days_of, stretches, treated_chance
from huoshui.lake.facts.cohorts import HORIZONS

Ints = npt.NDArray[np.int64]
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
        for name, day, own in days_of(batch):
            _add(found[name], own, day, terms[name], chances.get(name))
    return dict(found)


def _add(
    read: Read, own: Columns, day: date, terms: GuardTerms, chances: Mapping[ArmKey, float] | None
) -> None:
    treated = ~own["control"]
    value, cost = own["value_fen"], own["cost_fen"]
    # What a control got by mistake is told apart; it is no cost of the arm.
    cost = np.where(treated, cost, 0).clip(min=0)
    sums = cohort_sums(
        day,
        value.astype(np.float64),
        cost.astype(np.float64),
        terms,
        treated=treated,
        probability=treated_chance(own, treated, terms, chances),
    )
    read.cohorts[day] = read.cohorts[day] + sums if day in read.cohorts else sums
    drawn = own["drawn"]
    for days in HORIZONS:
        seen = own[f"old_{days}"] & own["mature"] & drawn
        if seen.any():
            read.horizons[days] += horizon_sums(
                days,
                own[f"margin_{days}"][seen],
                own["margin"][seen],
                treated[seen],
                before_fen=own["before"][seen],
            )


def read_units(batches: Iterable[pa.RecordBatch]) -> dict[str, DayArms]:
    """Sums of value and cost by campaign, day and arm; a row a unit, by campaign and day."""
    found: dict[str, DayArms] = defaultdict(lambda: defaultdict(lambda: defaultdict(ReturnSums)))
    for batch in batches:
        for name, day, rows in days_of(batch):
            control, amount = rows["control"], rows["amount_fen"]
            for start, end in stretches(control, amount):
                own = {column: values[start:end] for column, values in rows.items()}
                found[name][day][bool(control[start]), int(amount[start])] += return_sums_of(
                    own["value_fen"],
                    own["cost_fen"],
                    before=own["before_fen"],
                    size=own["size"],
                    events=own["orders"],
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
