"""`huoshui plan`: a folder of files -> facts -> who gets what in a period -> files; from its record again; what-if.

run = run_plan(folder, settings=..., assumptions=..., period="2026-12", budget_fen=20_000_000)
write_plan(run, out, language="zh")
compared = run_what_if(out, budget_fen=25_000_000)
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from huoshui.base.errors import BadOption
from huoshui.core.allocate.plan_values import Comparison, PeriodPlan
from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.values import SEGMENTS
from huoshui.flow.app import Settings
from huoshui.flow.folder import Progress, engine_over, read_shop, steps, timed
from huoshui.flow.planning.facts import Candidates, PlanFacts, as_candidates, gather_for_plan
from huoshui.flow.planning.files import Kept, PlanFiles, Stored, previous_choice, read_record, write_files
from huoshui.flow.planning.making import Earlier, Made, Wish, make_plan
from huoshui.flow.planning.rules import PlanRules
from huoshui.lake.intake import Intake

STAGES = 10
GAP_DAYS_LAST = 366
"""A period that begins more days after the files is taken for a slip of the pen."""
SEED = 1


@dataclass(frozen=True, slots=True)
class PlanRun:
    """A plan with all it was made from: what write_plan needs, and what a page shows."""

    plan: PeriodPlan
    made: Made
    facts: PlanFacts
    people: Candidates
    wish: Wish
    assumptions: Assumptions
    intake: Intake
    folder_name: str
    seconds: Mapping[str, float]
    previous: Earlier | None = None


def run_plan(
    folder: Path,
    *,
    settings: Settings,
    assumptions: Assumptions,
    period: str,
    budget_fen: int,
    edge_est: float = 1.0,
    rows: PlanRules | None = None,
    previous: Path | None = None,
    seed: int = SEED,
    learned: bool = True,
    progress: Progress | None = None,
    intake: Intake | None = None,
) -> PlanRun:
    """Read `folder` (unless its `intake` is at hand) and plan `period` ('YYYY-MM') under `budget_fen`.

    `previous`: the plan.csv of an earlier plan, against which changes are counted and bounded (`rows.changes_max`).
    `learned`: whether who answers more than others of their segment is learned and planned with.
    Raises what the intake raises, NoOrders, BadOption, BadMapping (of `previous`), and RulesClash where the rules
    cannot all be kept.
    """
    wish = wish_of(
        period=period, budget_fen=budget_fen, edge_est=edge_est, rules=rows, seed=seed, learned=learned
    )
    seconds: dict[str, float] = {}
    with timed(seconds, "intake"):
        intake = read_shop(folder, settings=settings, progress=progress, intake=intake)
    step = steps(progress, STAGES)
    with timed(seconds, "facts"):
        with engine_over(intake, settings) as lake:
            facts, table = gather_for_plan(
                lake, assumptions, first_day=wish.first_day, step=step, learn=learned, seed=seed
            )
        _check_reach(wish, facts)
        people = as_candidates(table)
    with timed(seconds, "plan"):
        earlier = None if previous is None else previous_choice(previous, people)
        made = make_plan(facts, people, wish, assumptions=assumptions, previous=earlier, step=step)
    return PlanRun(made.plan, made, facts, people, wish, assumptions, intake, folder.name, seconds, earlier)


def wish_of(
    *,
    period: str,
    budget_fen: int,
    edge_est: float,
    rules: PlanRules | None,
    seed: int,
    learned: bool = True,
) -> Wish:
    """What is asked for, checked. Raises BadOption."""
    if len(period) != 7 or period[4] != "-" or not (period[:4] + period[5:]).isdigit():
        raise _bad("--period", period, "要写成 2026-12 这样的年月", "write a year and a month, as 2026-12")
    if not ("01" <= period[5:] <= "12" and period[:4] >= "1970"):
        raise _bad("--period", period, "没有这个月", "there is no such month")
    if budget_fen < 0:
        raise _bad("--budget", f"{budget_fen / 100:g}", "预算不能是负数", "a budget is at least 0")
    if not 0 <= edge_est < 1000:
        raise _bad("--edge", f"{edge_est:g}", "要在 0 和 1000 之间", "it lies between 0 and 1000")
    return Wish(period, budget_fen, edge_est, rules or PlanRules(), seed, learned)


def _check_reach(wish: Wish, facts: PlanFacts) -> None:
    """Raise BadOption for a period that the files cannot tell of: before them, or more than a year after."""
    scope = facts.facts.scope
    days = (wish.first_day - date.fromisoformat(scope.last_day)).days
    if wish.first_day.isoformat() <= scope.first_day or days > GAP_DAYS_LAST:
        raise _bad(
            "--period",
            wish.period,
            f"文件里是 {scope.first_day} 到 {scope.last_day}, 说不出这个月; 写最后一天之后不久的月份",
            f"the files hold {scope.first_day} to {scope.last_day} and cannot tell of it; write a month soon after",
        )


def _bad(option: str, value: str, zh: str, en: str) -> BadOption:
    return BadOption(option=option, value=value, reason_zh=zh, reason_en=en)


def write_plan(run: PlanRun, out: Path, *, settings: Settings) -> PlanFiles:
    """Write plan.csv, plan.xlsx, plan.json, explored.csv, record.json and candidates.parquet into `out`.

    Each is written beside its place and moved there when whole. Raises OSError where `out` cannot be written.
    """
    return write_files(
        out,
        made=run.made,
        facts=run.facts,
        people=run.people,
        wish=run.wish,
        assumptions=run.assumptions,
        previous=run.previous,
        settings=settings,
    )


def replay(folder: Path) -> tuple[Stored, Made]:
    """The plan whose record lies in `folder`, made again: the same decisions, which `Stored.record` proves."""
    stored = read_record(folder)
    made = make_plan(
        stored.facts,
        stored.people,
        stored.wish,
        assumptions=stored.assumptions,
        previous=stored.previous,
    )
    return stored, made


def run_what_if(
    folder: Path,
    *,
    budget_fen: int | None = None,
    edge_est: float | None = None,
    rows: PlanRules | None = None,
) -> Comparison:
    """The plan recorded in `folder` beside the one that another budget, edge or rules would make of the same users.

    Nothing is read but the record, and what is wished for already is not planned again: the result is that of two
    fresh plans. Raises BadOption where `folder` holds no record, RulesClash as run_plan.
    """
    stored = read_record(folder)
    before = stored.kept or _planned(stored, stored.wish)
    wish = replace(
        stored.wish,
        budget_fen=stored.wish.budget_fen if budget_fen is None else budget_fen,
        edge_est=stored.wish.edge_est if edge_est is None else edge_est,
        rules=stored.wish.rules if rows is None else rows,
    )
    after = before if wish == stored.wish else _planned(stored, wish)
    gained = (after.choice > 0).astype(np.int64) - (before.choice > 0).astype(np.int64)
    moved = np.bincount(stored.people.segment, weights=gained, minlength=len(SEGMENTS))
    same = Earlier(after.options, after.choice).choice_among(before.options, unknown=-1)
    return Comparison(
        before=before.plan,
        after=after.plan,
        changed_users=int((same != before.choice).sum()),
        moved=tuple(
            (segment, round(users)) for segment, users in zip(SEGMENTS, moved, strict=True) if round(users)
        ),
    )


def _planned(stored: Stored, wish: Wish) -> Kept:
    """A fresh plan of the users of a record."""
    made = make_plan(
        stored.facts, stored.people, wish, assumptions=stored.assumptions, previous=stored.previous
    )
    return Kept(made.plan, made.offers.options, made.choice)
