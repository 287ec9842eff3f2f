"""From a folder to the plan of a period: run it, write its files and its page, say the ten lines; and what-if."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from huoshui.base.errors import BadOption
from huoshui.serve.cli.exit_codes import FINE
from huoshui.serve.cli.on_folder import OnFolder, around, at_work, names_in, say_outcome, status_of, written
from huoshui.serve.cli.outputs import staged
from huoshui.serve.cli.terminal import Terminal
from huoshui.serve.cli_texts import (
    EDGE_NUMBER,
    NEXT_NO_PLAN,
    NEXT_PLAN,
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
)

if TYPE_CHECKING:
    from huoshui.core.allocate.plan_values import Comparison, PeriodPlan
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


def plan_on(on: OnFolder, asked: PlanAsked) -> int:
    """Plan a period on the folder, write the files and the page, say or give the result; the exit code."""
    from huoshui.flow.planning import SEED, run_plan, write_plan, write_test
    from huoshui.flow.rows_file import read_rows
    from huoshui.serve.plan_page import PlanInput, plan_lines, plan_page

    terminal, language, out = on.terminal, on.settings.language, on.out
    budget_fen, edge_est = budget_asked(asked.budget), edge_asked(asked.edge)
    rows = None if asked.rows is None else read_rows(asked.rows)
    with at_work(on) as progress:
        run = run_plan(
            on.folder,
            settings=on.settings,
            assumptions=on.assumptions,
            period=asked.period,
            budget_fen=budget_fen,
            edge_est=edge_est,
            rows=rows,
            previous=asked.previous,
            seed=SEED if asked.seed is None else asked.seed,
            learned=asked.learned,
            progress=progress,
        )
        progress("writing", 0, 0)
        with staged(out) as staging:
            files = write_plan(run, staging, settings=on.settings)
            told = PlanInput(
                plan=run.plan,
                people_file=files.people.name,
                explored_file=files.explored.name,
                **around(on, run.seconds),
            )
            (staging / PLAN_PAGE).write_text(plan_page(told, language), encoding="utf-8")
            design = None if asked.test is None else write_test(run, asked.test, staging / TEST_FILE)
            names = names_in(staging)
    lines, status = plan_lines(told, language), status_of(run.intake)
    say_outcome(
        on,
        run.intake,
        lines,
        places=[(PLAN_AT, out / PLAN_PAGE), (PLAN_LIST_AT, out / files.people.name)],
        beside=PLAN_FILES_BESIDE,
        next_step=NEXT_PLAN if run.plan.scope.users_with_level else NEXT_NO_PLAN,
        next_folder=on.folder if out == on.folder / PLAN_FOLDER else out,
    )
    if design is not None:
        terminal.field(TEST_AT, out / TEST_FILE)
        words = terminal.word(TEST_TOLD, users=f"{design.users:,}", days=design.days)
        terminal.field(NOTHING, words if design.enough else words + terminal.word(TEST_NOT_ENOUGH))
    terminal.give(as_json(run.plan, lines, written(out, names), status))
    return status


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
