"""`huoshui pace`: a folder of files -> its plan's curve, its arrivals by hour -> price, runway, what-ifs -> files.

run = run_pace(folder, settings=..., assumptions=..., period="2026-12", budget_fen=20_000_000)
write_pace(run, out, settings=settings)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from huoshui.base.errors import BadOption
from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.pacing import History
from huoshui.core.pacing.pace_values import PeriodPace
from huoshui.flow.app import Settings
from huoshui.flow.folder import Progress, engine_over, timed
from huoshui.flow.gathering import cost_rules
from huoshui.flow.pacing.calendar_file import PaceCalendar
from huoshui.flow.pacing.files import PaceFiles, write_files
from huoshui.flow.pacing.making import HOURS, GrantedDay, HourFacts, make_pace
from huoshui.flow.pacing.what_ifs import Asked
from huoshui.flow.planning import PlanRules, PlanRun, run_plan
from huoshui.lake.engines import Lake
from huoshui.lake.facts import balance, orders
from huoshui.lake.facts.arrivals import granted_days, hourly_arrivals
from huoshui.lake.facts.prepared import prepare_orders
from huoshui.lake.intake import Intake


@dataclass(frozen=True, slots=True)
class PaceRun:
    """The pace of a period with what it was made from."""

    pace: PeriodPace
    plan: PlanRun
    intake: Intake
    folder_name: str
    seconds: Mapping[str, float]


def run_pace(
    folder: Path,
    *,
    settings: Settings,
    assumptions: Assumptions,
    period: str,
    budget_fen: int,
    edge_est: float = 1.0,
    rows: PlanRules | None = None,
    calendar: PaceCalendar | None = None,
    what_ifs: Sequence[Asked] = (),
    progress: Progress | None = None,
    intake: Intake | None = None,
) -> PaceRun:
    """Read `folder` (unless its `intake` is at hand), plan `period` ('YYYY-MM') and pace it.

    Raises what run_plan raises, and BadOption for a period that is over in the files.
    """
    run = run_plan(
        folder,
        settings=settings,
        assumptions=assumptions,
        period=period,
        budget_fen=budget_fen,
        edge_est=edge_est,
        rows=rows,
        progress=progress,
        intake=intake,
    )
    last = date.fromisoformat(run.facts.facts.scope.last_day)
    if last >= run.wish.next_day - timedelta(days=1):
        raise BadOption(
            option="--period",
            value=period,
            reason_zh=f"文件到 {last} 为止, 这个月已经过完; 写还没过完的月份",
            reason_en=f"the files go to {last}: that month is over; write one that is not",
        )
    seconds = dict(run.seconds)
    with timed(seconds, "hours"), engine_over(run.intake, settings) as lake:
        facts = hour_facts(lake, run, assumptions)
    with timed(seconds, "pace"):
        pace = make_pace(run, facts, calendar or PaceCalendar(), what_ifs)
    return PaceRun(pace, run, run.intake, folder.name, seconds)


def write_pace(run: PaceRun, out: Path, *, settings: Settings) -> PaceFiles:
    """Write pace.json and pace.xlsx into `out`, each whole or not at all. Raises OSError."""
    return write_files(run.pace, out, settings=settings)


def hour_facts(lake: Lake, run: PlanRun, assumptions: Assumptions) -> HourFacts:
    """Arrivals by hour of the files, and what campaigns granted in the part of the period that is past."""
    scope, wish = run.facts.facts.scope, run.wish
    first, last = date.fromisoformat(scope.first_day), date.fromisoformat(scope.last_day)
    counts = np.zeros((1, (last - first).days + 1, HOURS))
    for row in hourly_arrivals(lake).to_pyarrow().to_pylist():
        place = (row["day"] - first).days
        # Orders alone tell the span; what was looked at before and after it is no whole day.
        if 0 <= place < counts.shape[1]:
            counts[0, place, row["hour"]] = row["arrivals"]
    granted: tuple[GrantedDay, ...] = ()
    if last >= wish.first_day:
        prepared = prepare_orders(lake, cost_rules(lake), assumptions)
        people, given = orders.buyers(prepared), balance.grants(prepared)
        lapsed = balance.lapses(prepared, given)
        line = balance.lines(prepared, given, lapsed)
        drawn = balance.draws(prepared, line, people)
        results = balance.grant_results(prepared, given, lapsed, balance.lot_draws(line, drawn))
        found = granted_days(results, first_day=wish.first_day).to_pyarrow().to_pylist()
        granted = tuple(
            GrantedDay(row["day"].isoformat(), row["issued_fen"], row["spent_fen"], row["expired_fen"])
            for row in found
        )
    history = History(first.isoformat(), counts)
    return HourFacts(history, "events" if lake.has("events") else "orders", granted)
