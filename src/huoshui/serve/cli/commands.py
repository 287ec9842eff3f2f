"""One function a command: what it takes, and in which order it asks the rest of the house.

Each returns its exit code. What a command needs of the house it imports itself, so that `--help` answers at
once. The words for every parameter lie in cli_texts.HELP.
"""
# ruff: noqa: ARG001  --lang, --json and --version are read before the line is parsed, so that errors in it can
# be said in the right way; they are declared for the help page and so that a wrong value is refused.

from pathlib import Path
from typing import Annotated

import typer

from huoshui.base.errors import Language
from huoshui.serve.cli.helping import Command, Group
from huoshui.serve.cli.outputs import staged
from huoshui.serve.cli.terminal import Terminal
from huoshui.serve.cli_texts import MAKING_WORLD, WRITING_WORLD

FINE, ROWS_TO_CORRECT = 0, 4
REPORT_FOLDER = "huoshui-report"

app = typer.Typer(cls=Group, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

Folder = Annotated[Path, typer.Argument()]
Out = Annotated[Path | None, typer.Option("--out")]
Memory = Annotated[str | None, typer.Option("--memory")]
Threads = Annotated[int | None, typer.Option("--threads")]
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
def demo(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option("--out")] = Path("huoshui-demo"),
    real: Annotated[bool, typer.Option("--real")] = False,
    seed: Annotated[int, typer.Option("--seed")] = 7,
    users: Annotated[int, typer.Option("--users", min=200, max=200_000)] = 20_000,
    memory: Memory = None,
    threads: Threads = None,
    lang: Lang = None,
    json: Json = False,
) -> int:
    """Data of a simulated platform, or public data; then its report."""
    terminal: Terminal = ctx.obj
    data = out / "data"
    with terminal.progress() as progress:
        from huoshui.sim.files import write_canonical
        from huoshui.sim.world import make_world

        progress(terminal.word(MAKING_WORLD), 0, 0)
        world = make_world(seed, users=users)
        with staged(data) as folder:
            progress(terminal.word(WRITING_WORLD), 0, 0)
            write_canonical(world, folder)
    terminal.say(str(data))
    return FINE
