"""From a folder to the plan of a period: run it, write its files and its page, say the ten lines; and what-if."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from huoshui.base.clock import local_time, now_utc
from huoshui.base.errors import BadOption
from huoshui.serve.cli.exit_codes import FINE, ROWS_TO_CORRECT
from huoshui.serve.cli.outputs import staged
from huoshui.serve.cli.reporting import in_words
from huoshui.serve.cli.terminal import Terminal, own_command
from huoshui.serve.cli_texts import (
    CORRECTIONS_AT,
    EDGE_NUMBER,
    NEXT_CORRECT,
    NEXT_NO_PLAN,
    NEXT_PLAN,
    NEXT_STEP,
    NOTHING,
    PLAN_AT,
    PLAN_FILES_BESIDE,
    PLAN_LIST_AT,
    PLANNING_AGAIN,
    TEST_AT,
    TEST_NOT_ENOUGH,
    TEST_TOLD,
    WHAT_IF_ASKS,
    WHAT_IF_CHANGED,
    WHAT_IF_COLUMNS,
    WHAT_IF_FIGURES,
    WHAT_IF_GAIN,
    WHAT_IF_GAIN_GROSS,
    WHAT_IF_MOVED,
    WHAT_IF_SAME,
    WRITING_PLAN,
)

if TYPE_CHECKING:
    from huoshui.core.allocate.plan_values import Comparison, PeriodPlan
    from huoshui.core.costs.assumptions import Assumptions
    from huoshui.flow.app import Settings
    from huoshui.flow.planning import PlanRun
    from huoshui.serve.report.speech import Speech

PLAN_FOLDER = "huoshui-plan"
PLAN_PAGE = "plan.html"
TEST_FILE = "test.csv"
RECORD = "record.json"
WAN = re.compile(r"\s*(wan|w)\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PlanAsked:
    """What the command line asks of a plan, as typed."""

    period: str
    budget: str
    edge: str
    rows: Path | None
    previous: Path | None
    seed: int | None
    test: str | None
    learned: bool = True


def plan_on(
    terminal: Terminal,
    folder: Path,
    out: Path,
    asked: PlanAsked,
    *,
    settings: "Settings",
    assumptions: "Assumptions",
) -> int:
    """Plan a period on `folder`, write the files and the page into `out`, say or give the result; the exit code."""
    from huoshui.flow.app import clear_work
    from huoshui.flow.files import shown_path, within_limits
    from huoshui.flow.planning import SEED, run_plan, write_plan, write_test
    from huoshui.flow.rows_file import read_rows
    from huoshui.serve.plan_page import PlanInput, plan_lines, plan_page

    budget_fen, edge_est = budget_asked(asked.budget), edge_asked(asked.edge)
    rows = None if asked.rows is None else read_rows(asked.rows)
    try:
        with terminal.progress() as progress, within_limits(settings):
            run = run_plan(
                folder,
                settings=settings,
                assumptions=assumptions,
                period=asked.period,
                budget_fen=budget_fen,
                edge_est=edge_est,
                rows=rows,
                previous=asked.previous,
                seed=SEED if asked.seed is None else asked.seed,
                learned=asked.learned,
                progress=in_words(terminal, progress),
            )
            progress(terminal.word(WRITING_PLAN), 0, 0)
            with staged(out) as staging:
                files = write_plan(run, staging, settings=settings)
                told = PlanInput(
                    plan=run.plan,
                    folder_name=shown_path(Path(folder.resolve().name)),
                    made_at=local_time(now_utc(), settings.zone).isoformat(sep=" ", timespec="minutes"),
                    people_file=files.people.name,
                    explored_file=files.explored.name,
                    currency=settings.currency,
                    seconds=run.seconds,
                )
                page = plan_page(told, settings.language)
                (staging / PLAN_PAGE).write_text(page, encoding="utf-8")
                design = None
                if asked.test is not None:
                    design = write_test(run, asked.test, staging / TEST_FILE)
                names = sorted(path.name for path in staging.iterdir())
    finally:
        clear_work(settings)
    lines = plan_lines(told, settings.language)
    status = ROWS_TO_CORRECT if run.intake.rows_set_aside or run.intake.faults else FINE
    say_plan(terminal, lines, out, files.people.name, run, folder)
    if design is not None:
        terminal.field(TEST_AT, out / TEST_FILE)
        words = terminal.word(TEST_TOLD, users=f"{design.users:,}", days=design.days)
        terminal.field(NOTHING, words if design.enough else words + terminal.word(TEST_NOT_ENOUGH))
    written = {Path(name).stem: shown_path(out / name) for name in names}
    terminal.give(as_json(run.plan, lines, written, status))
    return status


def say_plan(
    terminal: Terminal, lines: list[str], out: Path, people_file: str, run: "PlanRun", folder: Path
) -> None:
    """The ten lines, where the page and the list are, and what to do next."""
    terminal.say()
    for number, line in enumerate(lines):
        style = "head" if number == 0 else "good" if number == 1 else None
        terminal.say(line, style=style)
    terminal.say()
    terminal.field(PLAN_AT, out / PLAN_PAGE)
    terminal.field(PLAN_LIST_AT, out / people_file)
    terminal.field(NOTHING, terminal.word(PLAN_FILES_BESIDE))
    next_step = NEXT_PLAN if run.plan.scope.users_with_level else NEXT_NO_PLAN
    if run.intake.corrections is not None:
        terminal.field(CORRECTIONS_AT, run.intake.corrections)
        next_step = NEXT_CORRECT
    planned = folder if out == folder / PLAN_FOLDER else out
    terminal.field(NEXT_STEP, terminal.word(next_step, command=own_command(), folder=planned))


def what_if_on(
    terminal: Terminal, folder: Path, *, budget: str | None, edge: str | None, rows: Path | None
) -> int:
    """The plan made before beside the one that other wishes would make; the exit code."""
    from huoshui.flow.planning import run_what_if
    from huoshui.flow.rows_file import read_rows

    if budget is None and edge is None and rows is None:
        raise BadOption(option="--budget", value="–", reason_zh=WHAT_IF_ASKS.zh, reason_en=WHAT_IF_ASKS.en)
    own = folder / PLAN_FOLDER
    place = own if (own / RECORD).is_file() and not (folder / RECORD).is_file() else folder
    with terminal.progress() as progress:
        progress(terminal.word(PLANNING_AGAIN), 0, 0)
        compared = run_what_if(
            place,
            budget_fen=None if budget is None else budget_asked(budget),
            edge_est=None if edge is None else edge_asked(edge),
            rows=None if rows is None else read_rows(rows),
        )
    say_comparison(terminal, compared)
    terminal.give(
        {
            "ok": True,
            "exit_code": FINE,
            "simulated": compared.before.scope.simulated,
            "before": sums(compared.before),
            "after": sums(compared.after),
            "changed_users": compared.changed_users,
            "moved": dict(compared.moved),
        }
    )
    return FINE


def say_comparison(terminal: Terminal, compared: "Comparison") -> None:
    """Both plans side by side, what the difference brings, and for whom."""
    from huoshui.serve.plan_page.headline import money
    from huoshui.serve.plan_page.speech import speech_of

    before, after = compared.before, compared.after
    speech = speech_of(after, terminal.language)
    grid = Table.grid(padding=(0, 3))
    for place in range(3):
        grid.add_column(justify="left" if place == 0 else "right", overflow="fold")
    grid.add_row(*(terminal.word(name) for name in WHAT_IF_COLUMNS), style="quiet")
    told = (shown_sums(before, speech), shown_sums(after, speech))
    for name, was, now in zip(WHAT_IF_FIGURES, *told, strict=True):
        grid.add_row(terminal.word(name), was, now)
    terminal.say()
    terminal.show(grid)
    terminal.say()
    spent = after.spent_fen - before.spent_fen
    value = after.promise.value_est - before.promise.value_est
    if spent:
        sentence = terminal.word(
            WHAT_IF_GAIN_GROSS if after.scope.gross else WHAT_IF_GAIN,
            spent=money(spent, speech),
            value=money(value, speech),
            each=speech.ratio(value / spent),
        )
        terminal.say(sentence, style="head")
    if not spent and not compared.changed_users:
        terminal.say(terminal.word(WHAT_IF_SAME), style="head")
        return
    terminal.say(terminal.word(WHAT_IF_CHANGED, users=speech.count(compared.changed_users)))
    if compared.moved:
        parts = speech.say("common.comma").join(
            f"{speech.name_of('segment', segment)} {users:+,}" for segment, users in compared.moved
        )
        terminal.say(terminal.word(WHAT_IF_MOVED, parts=parts))


def shown_sums(plan: "PeriodPlan", speech: "Speech") -> tuple[str, ...]:
    """The figures of WHAT_IF_FIGURES, as people write them."""
    from huoshui.serve.plan_page.headline import edge_text, money, offered_users

    promise = plan.promise
    return (
        money(plan.budget_fen, speech),
        edge_text(plan.edge_est),
        money(plan.spent_fen, speech),
        money(plan.unspent_fen, speech),
        speech.count(offered_users(plan)),
        money(promise.value_est, speech),
        speech.span(money(promise.low_est, speech), money(promise.high_est, speech)),
        speech.ratio(plan.price_est),
    )


def as_json(plan: "PeriodPlan", lines: list[str], files: dict[str, str], status: int) -> dict[str, object]:
    """The plan's sums for programs; plan.json holds every further figure."""
    return {
        "ok": True,
        "exit_code": status,
        "simulated": plan.scope.simulated,
        "plan": sums(plan),
        "summary": lines,
        "files": files,
    }


def sums(plan: "PeriodPlan") -> dict[str, object]:
    """What a plan comes to; amounts in fen."""
    return {
        "period": plan.scope.period,
        "budget_fen": plan.budget_fen,
        "offers_fen": plan.offers_fen,
        "spent_fen": plan.spent_fen,
        "face_fen": plan.face_fen,
        "unspent_fen": plan.unspent_fen,
        "edge_est": plan.edge_est,
        "price_est": plan.price_est,
        "users": plan.scope.users_with_level,
        "value_est": plan.promise.value_est,
        "value_low_est": plan.promise.low_est,
        "value_high_est": plan.promise.high_est,
        "value_uncalibrated_est": plan.promise.uncalibrated_est,
        "gap": plan.solved.gap,
        "gross": plan.scope.gross,
    }


def say_rows_example(terminal: Terminal) -> None:
    """The rules file with every rule explained and none in force, ready to be sent into a file."""
    from huoshui.flow.rows_file import ROWS_FILE, example_rows

    if not terminal.machine:
        terminal.out.file.write(example_rows())
    terminal.give({"ok": True, "exit_code": FINE, "file": ROWS_FILE, "text": example_rows()})


def budget_asked(typed: str) -> int:
    """Fen of `200000`, `20万` or `20 wan`, in yuan. Raises BadOption."""
    from huoshui.flow.assumptions import NotUnderstood, read_money

    try:
        return read_money(WAN.sub("万", typed))
    except NotUnderstood as error:
        data = {"value": typed} | dict(error.data)
        raise BadOption(
            option="--budget",
            value=typed,
            reason_zh=error.text.zh.format(**data),
            reason_en=error.text.en.format(**data),
        ) from error


def edge_asked(typed: str) -> float:
    """The edge as a number. Raises BadOption."""
    try:
        edge = Decimal(typed.strip())
    except InvalidOperation as error:
        raise _no_edge(typed) from error
    if not edge.is_finite() or edge < 0:
        raise _no_edge(typed)
    return float(edge)


def _no_edge(typed: str) -> BadOption:
    return BadOption(option="--edge", value=typed, reason_zh=EDGE_NUMBER.zh, reason_en=EDGE_NUMBER.en)
