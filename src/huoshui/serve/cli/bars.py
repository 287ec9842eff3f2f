"""The bar on standard error while something takes time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

ProgressCall = Callable[[str, int, int], None]
"""(what is being done, how far, out of how many); 0 of 0 where nobody knows how many."""
STEPS_MAX = 100
"""More than this are no steps to count but bytes or rows: shown as a percentage."""


@contextmanager
def progress_bar(console: Console) -> Iterator[ProgressCall]:
    """A bar while the block runs, gone after it; none where `console` is no terminal."""
    columns = (
        SpinnerColumn("line", style="quiet"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=28, style="quiet", complete_style="cyan", finished_style="cyan"),
        TextColumn("{task.fields[far]}", style="quiet"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task("", total=None, far="")

        def advance(what: str, done: int, total: int) -> None:
            bars.update(
                task, description=escape(what), completed=done, total=total or None, far=how_far(done, total)
            )

        yield advance


def how_far(done: int, total: int) -> str:
    """`3/6` of a few steps, `47%` of many, nothing of what nobody can count."""
    if not total:
        return ""
    return f"{done}/{total}" if total < STEPS_MAX else f"{done * 100 // total}%"
