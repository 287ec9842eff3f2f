"""One function a command: what it takes, and in which order it asks the rest of the house.

Each returns its exit code. What a command needs of the house it imports itself, so that `--help` answers at
once. The words for every parameter lie in cli_texts.HELP.
"""
# ruff: noqa: ARG001  --lang, --json, --version and --rows-example are read before the line, so that errors in it can
# be said in the right way; they are declared for the help page and so that a wrong value is refused.

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from huoshui.base.errors import BadOption, Language, MissingFolder, Text
from huoshui.base.limits import THREADS_MAX
from huoshui.core.costs.assumptions import Assumptions
from huoshui.serve.cli.exit_codes import FINE
from huoshui.serve.cli.helping import Command, Group
from huoshui.serve.cli.on_folder import OnFolder, in_words
from huoshui.serve.cli.sample_data import MONTHS_DEFAULT, Format, Shape, write_public, write_world
from huoshui.serve.cli.terminal import Terminal, own_command
from huoshui.serve.cli_texts import (
    DEMO_TITLE,
    FOLDER,
    NEXT_OWN_FOLDER,
    NEXT_SIMULATED,
    NEXT_STEP,
    NEXT_TEMPLATE,
    NOT_TEXT,
    ONE_OF_BOTH,
    OUT_IS_DATA,
    PUBLIC_DATA_TITLE,
    SIMULATED,
    WRITTEN_TO,
)

if TYPE_CHECKING:
    from huoshui.flow.app import Settings

REPORT_FOLDER = "huoshui-report"
WORK_FOLDER = "huoshui-work"
DATA_FOLDER = "data"


def show_rows_example(ctx: typer.Context, wanted: bool) -> None:
    """Show the commented rules file and end; nothing else of the line counts."""
    if wanted:
        from huoshui.serve.cli.planning import say_rows_example

        say_rows_example(ctx.obj)
        raise typer.Exit


def show_calendar_example(ctx: typer.Context, wanted: bool) -> None:
    """Show the commented calendar and end; nothing else of the line counts."""
    if wanted:
        from huoshui.serve.cli.pacing import say_calendar_example

        say_calendar_example(ctx.obj)
        raise typer.Exit


app = typer.Typer(cls=Group, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

Folder = Annotated[Path, typer.Argument()]
Out = Annotated[Path | None, typer.Option("--out")]
NewFolder = Annotated[Path, typer.Option("--out")]
Memory = Annotated[str | None, typer.Option("--memory")]
Rows = Annotated[Path | None, typer.Option("--rows")]
CalendarExample = Annotated[
    bool, typer.Option("--calendar-example", is_eager=True, callback=show_calendar_example)
]
RowsExample = Annotated[bool, typer.Option("--rows-example", is_eager=True, callback=show_rows_example)]
Threads = Annotated[int | None, typer.Option("--threads", min=1, max=THREADS_MAX)]
Seed = Annotated[int, typer.Option("--seed", min=0, max=2**31 - 1)]
Users = Annotated[int, typer.Option("--users", min=200, max=1_000_000)]
Lang = Annotated[Language | None, typer.Option("--lang")]
Json = Annotated[bool, typer.Option("--json")]


@app.callback(invoke_without_command=True)
def huoshui(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version", is_eager=True)] = False,
    lang: Lang = None,
) -> None:
    """Without a command: the help page. `--version` is answered before the line is parsed."""
    if ctx.invoked_subcommand is None:
        ctx.get_help()


@app.command(cls=Command)
def start(
    ctx: typer.Context,
    folder: Folder,
    out: Out = None,
    yes: Annotated[bool, typer.Option("--yes", "-y")] = False,
    memory: Memory = None,
    threads: Threads = None,
    lang: Lang = None,
    json: Json = False,
) -> int:
    """Check, questions, report."""
    from huoshui.flow.assumptions import ASSUMPTIONS_FILE, load_assumptions
    from huoshui.flow.files import within_limits
    from huoshui.flow.folder import check_folder, has_column
    from huoshui.serve.cli.checking import show_found
    from huoshui.serve.cli.questions import ask_what_is_missing
    from huoshui.serve.cli.reporting import report_on

    terminal: Terminal = ctx.obj
    place = out or folder / REPORT_FOLDER
    settings = fitted(terminal, place, folder=folder, memory=memory, threads=threads)
    with terminal.progress() as progress, within_limits(settings):
        intake = check_folder(folder, settings=settings, progress=in_words(terminal, progress))
    show_found(terminal, folder, intake)
    ask_what_is_missing(terminal, folder, lambda table, column: has_column(intake, table, column), yes=yes)
    assumptions = load_assumptions(folder / ASSUMPTIONS_FILE)
    return report_on(OnFolder(terminal, folder, place, settings, assumptions), intake=intake)


@app.command(cls=Command)
def diagnose(
    ctx: typer.Context,
    folder: Folder,
    out: Out = None,
    memory: Memory = None,
    threads: Threads = None,
    lang: Lang = None,
    json: Json = False,
) -> int:
    """The report without questions."""
    from huoshui.serve.cli.reporting import report_on

    run = on_folder(ctx.obj, folder, out or folder / REPORT_FOLDER, memory=memory, threads=threads)
    return report_on(run)


@app.command(cls=Command)
def plan(
    ctx: typer.Context,
    folder: Folder,
    period: Annotated[str, typer.Option("--period")],
    budget: Annotated[str, typer.Option("--budget")],
    edge: Annotated[str, typer.Option("--edge")] = "1.0",
    rows: Rows = None,
    rows_example: RowsExample = False,
    previous: Annotated[Path | None, typer.Option("--previous")] = None,
    test: Annotated[str | None, typer.Option("--test")] = None,
    no_learned: Annotated[bool, typer.Option("--no-learned")] = False,
    seed: Annotated[int | None, typer.Option("--seed", min=0, max=2**31 - 1)] = None,
    out: Out = None,
    memory: Memory = None,
    threads: Threads = None,
    lang: Lang = None,
    json: Json = False,
) -> int:
    """Who gets how much."""
    from huoshui.serve.cli.planning import PLAN_FOLDER, PlanAsked, plan_on

    run = on_folder(ctx.obj, folder, out or folder / PLAN_FOLDER, memory=memory, threads=threads)
    asked = PlanAsked(period, budget, edge, rows, previous, seed, test, learned=not no_learned)
    return plan_on(run, asked)


@app.command(cls=Command)
def learn(
    ctx: typer.Context,
    folder: Folder,
    out: Out = None,
    seed: Seed = 1,
    memory: Memory = None,
    threads: Threads = None,
    lang: Lang = None,
    json: Json = False,
) -> int:
    """Who acts because of balance."""
    from huoshui.serve.cli.learning import LEARN_FOLDER, learn_on

    run = on_folder(ctx.obj, folder, out or folder / LEARN_FOLDER, memory=memory, threads=threads)
    return learn_on(run, seed=seed)


@app.command(cls=Command)
def evaluate(
    ctx: typer.Context,
    folder: Folder,
    plan: Annotated[Path | None, typer.Option("--plan")] = None,
    out: Out = None,
    memory: Memory = None,
    threads: Threads = None,
    lang: Lang = None,
    json: Json = False,
) -> int:
    """What campaigns brought, and whether they should go on."""
    from huoshui.serve.cli.evaluating import EVALUATE_FOLDER, evaluate_on

    run = on_folder(ctx.obj, folder, out or folder / EVALUATE_FOLDER, memory=memory, threads=threads)
    return evaluate_on(run, plan=plan)


@app.command(cls=Command)
def pace(
    ctx: typer.Context,
    folder: Folder,
    period: Annotated[str, typer.Option("--period")],
    budget: Annotated[str, typer.Option("--budget")],
    edge: Annotated[str, typer.Option("--edge")] = "1.0",
    rows: Rows = None,
    calendar: Annotated[Path | None, typer.Option("--calendar")] = None,
    calendar_example: CalendarExample = False,
    what_if: Annotated[list[str] | None, typer.Option("--what-if")] = None,
    out: Out = None,
    memory: Memory = None,
    threads: Threads = None,
    lang: Lang = None,
    json: Json = False,
) -> int:
    """The pot over the month."""
    from huoshui.serve.cli.pacing import PACE_FOLDER, PaceAsked, pace_on

    run = on_folder(ctx.obj, folder, out or folder / PACE_FOLDER, memory=memory, threads=threads)
    asked = PaceAsked(period, budget, edge, rows, calendar, what_if or [])
    return pace_on(run, asked)


@app.command(cls=Command, name="what-if")
def what_if(
    ctx: typer.Context,
    folder: Folder,
    budget: Annotated[str | None, typer.Option("--budget")] = None,
    edge: Annotated[str | None, typer.Option("--edge")] = None,
    rows: Rows = None,
    lang: Lang = None,
    json: Json = False,
) -> int:
    """The plan with other wishes."""
    from huoshui.serve.cli.planning import what_if_on

    if not folder.is_dir():
        raise MissingFolder(folder=folder)
    return what_if_on(ctx.obj, folder, budget=budget, edge=edge, rows=rows)


@app.command(cls=Command, name="import")
def import_files(
    ctx: typer.Context,
    folder: Folder,
    check: Annotated[bool, typer.Option("--check")] = False,
    guess: Annotated[bool, typer.Option("--guess")] = False,
    out: Out = None,
    memory: Memory = None,
    lang: Lang = None,
    json: Json = False,
) -> int:
    """Look at the files alone."""
    from huoshui.serve.cli.checking import check_files, guess_columns

    terminal: Terminal = ctx.obj
    if check and guess:
        raise BadOption(option="--guess", value="--check", reason_zh=ONE_OF_BOTH.zh, reason_en=ONE_OF_BOTH.en)
    settings = fitted(terminal, out or folder / REPORT_FOLDER, folder=folder, memory=memory, threads=None)
    return guess_columns(terminal, folder, settings) if guess else check_files(terminal, folder, settings)


@app.command(cls=Command)
def template(ctx: typer.Context, out: NewFolder, lang: Lang = None, json: Json = False) -> int:
    """Empty tables with notes."""
    from huoshui.flow.files import write_templates
    from huoshui.serve.cli.outputs import staged

    terminal: Terminal = ctx.obj
    with staged(out) as folder:
        names = [path.name for path in write_templates(folder, language=terminal.language)]
    for name in names:
        terminal.field(WRITTEN_TO, out / name)
    terminal.field(NEXT_STEP, terminal.word(NEXT_TEMPLATE, command=own_command(), folder=out))
    terminal.give({"ok": True, "exit_code": FINE, "files": [str(out / name) for name in names]})
    return FINE


@app.command(cls=Command)
def simulate(
    ctx: typer.Context,
    out: NewFolder,
    seed: Seed = 7,
    users: Users = 20_000,
    months: Annotated[int, typer.Option("--months", min=3, max=24)] = MONTHS_DEFAULT,
    shape: Annotated[Shape, typer.Option("--shape")] = "canonical",
    format: Annotated[Format, typer.Option("--format")] = "csv",  # noqa: A002  the option's name
    lang: Lang = None,
    json: Json = False,
) -> int:
    """Simulated data."""
    terminal: Terminal = ctx.obj
    write_world(terminal, out, seed=seed, users=users, months=months, shape=shape, format=format)
    terminal.field(WRITTEN_TO, out)
    terminal.say(terminal.word(SIMULATED), style="quiet")
    terminal.field(NEXT_STEP, terminal.word(NEXT_SIMULATED, command=own_command(), folder=out))
    terminal.give({"ok": True, "exit_code": FINE, "simulated": True, "seed": seed, "folder": str(out)})
    return FINE


@app.command(cls=Command)
def demo(
    ctx: typer.Context,
    out: NewFolder = Path("huoshui-demo"),
    real: Annotated[bool, typer.Option("--real")] = False,
    seed: Seed = 7,
    users: Users = 20_000,
    memory: Memory = None,
    threads: Threads = None,
    lang: Lang = None,
    json: Json = False,
) -> int:
    """Data of a simulated platform, or public data; then its report."""
    from huoshui.serve.cli.reporting import report_on

    terminal: Terminal = ctx.obj
    data = out / DATA_FOLDER
    settings = fitted(terminal, out, memory=memory, threads=threads)
    notes: tuple[Text, ...] = ()
    title = terminal.word(DEMO_TITLE, seed=seed)
    if real:
        from huoshui.flow.files import PUBLIC_DATA_NOTES

        settings = write_public(terminal, data, settings)
        notes, title = PUBLIC_DATA_NOTES, PUBLIC_DATA_TITLE
        for note in notes:
            terminal.say(f"· {terminal.word(note)}", style="quiet", hang=2)
    else:
        write_world(terminal, data, seed=seed, users=users)
    return report_on(
        OnFolder(terminal, data, out, settings, Assumptions()),
        title=title,
        notes=notes,
        next_step=NEXT_OWN_FOLDER,
    )


@app.command(cls=Command)
def receipt(
    ctx: typer.Context,
    record: Annotated[str, typer.Argument()],
    out: Out = None,
    lang: Lang = None,
    json: Json = False,
) -> int:
    """The receipt of one record."""
    from huoshui.serve.cli.auditing import write_receipt

    return write_receipt(ctx.obj, record, out)


@app.command(cls=Command)
def head(
    ctx: typer.Context,
    out: Out = None,
    witness: Annotated[Path | None, typer.Option("--witness")] = None,
    new_key: Annotated[bool, typer.Option("--new-key")] = False,
    after_restore: Annotated[bool, typer.Option("--after-restore")] = False,
    since: Annotated[int | None, typer.Option("--since", min=1)] = None,
    lang: Lang = None,
    json: Json = False,
) -> int:
    """The log's signed head."""
    from huoshui.serve.cli.auditing import HeadAsked, show_head

    asked = HeadAsked(witness=witness, new_key=new_key, after_restore=after_restore, since=since)
    return show_head(ctx.obj, out, asked)


@app.command(cls=Command)
def verify(
    ctx: typer.Context,
    head: Annotated[list[Path] | None, typer.Option("--head")] = None,
    lang: Lang = None,
    json: Json = False,
) -> int:
    """The whole log, recomputed."""
    from huoshui.serve.cli.auditing import verify_log

    return verify_log(ctx.obj, head or [])


@app.command(cls=Command)
def backup(
    ctx: typer.Context, file: Annotated[Path, typer.Argument()], lang: Lang = None, json: Json = False
) -> int:
    """The database into one file."""
    from huoshui.serve.cli.backing_up import back_up_to

    return back_up_to(ctx.obj, file)


@app.command(cls=Command)
def restore(
    ctx: typer.Context, file: Annotated[Path, typer.Argument()], lang: Lang = None, json: Json = False
) -> int:
    """An empty database from a backup."""
    from huoshui.serve.cli.backing_up import restore_from

    return restore_from(ctx.obj, file)


@app.command(cls=Command)
def close(
    ctx: typer.Context,
    period: Annotated[str, typer.Argument()],
    sign: Annotated[str | None, typer.Option("--sign")] = None,
    reason: Annotated[str, typer.Option("--reason")] = "",
    shop: Annotated[Path | None, typer.Option("--shop")] = None,
    bill: Annotated[list[Path] | None, typer.Option("--bill")] = None,
    check: Annotated[bool, typer.Option("--check")] = False,
    out: Out = None,
    lang: Lang = None,
    json: Json = False,
) -> int:
    """A month's books, closed."""
    from huoshui.serve.cli.closing import CloseAsked, close_on

    return close_on(ctx.obj, CloseAsked(period, sign, reason, shop, bill or [], check, out))


@app.command(cls=Command)
def ledger(
    ctx: typer.Context,
    action: Annotated[Literal["export", "mirror"], typer.Argument()],
    folder: Annotated[Path | None, typer.Argument()] = None,
    beancount: Annotated[Path | None, typer.Option("--beancount")] = None,
    period: Annotated[str | None, typer.Option("--period")] = None,
    out: Out = None,
    lang: Lang = None,
    json: Json = False,
) -> int:
    """The books out to others, or a shop's entries into the books."""
    from huoshui.serve.cli.closing import export_on, mirror_on

    if action == "mirror":
        return mirror_on(ctx.obj, folder, out)
    return export_on(ctx.obj, beancount, period)


@app.command(cls=Command)
def doctor(ctx: typer.Context, lang: Lang = None, json: Json = False) -> int:
    """Is this machine fit?"""
    from huoshui.serve.cli.doctor import examine

    return examine(ctx.obj)


def on_folder(
    terminal: Terminal, folder: Path, out: Path, *, memory: str | None, threads: int | None
) -> OnFolder:
    """A run over `folder` into `out`, with the operator's answers. Raises as `fitted`, and BadMapping."""
    from huoshui.flow.assumptions import ASSUMPTIONS_FILE, load_assumptions

    settings = fitted(terminal, out, folder=folder, memory=memory, threads=threads)
    return OnFolder(terminal, folder, out, settings, load_assumptions(folder / ASSUMPTIONS_FILE))


def fitted(
    terminal: Terminal, out: Path, *, folder: Path | None = None, memory: str | None, threads: int | None
) -> "Settings":
    """The settings of a run that reads `folder` and reports into `out`. Raises MissingFolder, BadOption."""
    from huoshui.flow.app import settings_for

    for path in (folder, out):
        if path is not None and not is_text(path.absolute()):
            raise BadOption(
                option=terminal.word(FOLDER), value=path, reason_zh=NOT_TEXT.zh, reason_en=NOT_TEXT.en
            )
    if folder is not None and not folder.is_dir():
        raise MissingFolder(folder=folder)
    if folder is not None and out.resolve() == folder.resolve():
        raise BadOption(option="--out", value=out, reason_zh=OUT_IS_DATA.zh, reason_en=OUT_IS_DATA.en)

    return settings_for(work=out / WORK_FOLDER, language=terminal.language, memory=memory, threads=threads)


def is_text(path: Path) -> bool:
    """Whether the path's bytes are text to every program (the engine takes UTF-8 only)."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True
