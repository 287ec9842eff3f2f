"""What every command over a shop's folder does around its own work: settings, progress, ten lines, files, what next."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from huoshui.base.clock import local_time, now_utc
from huoshui.base.errors import Text
from huoshui.serve.cli.bars import ProgressCall
from huoshui.serve.cli.exit_codes import FINE, ROWS_TO_CORRECT
from huoshui.serve.cli.terminal import Terminal, own_command
from huoshui.serve.cli_texts import CORRECTIONS_AT, NEXT_CORRECT, NEXT_STEP, NOTHING, READING, STAGES

if TYPE_CHECKING:
    from huoshui.core.costs.assumptions import Assumptions
    from huoshui.flow.app import Settings
    from huoshui.flow.files import Intake


@dataclass(frozen=True, slots=True)
class OnFolder:
    """One run over `folder`, with its files to go to `out`."""

    terminal: Terminal
    folder: Path
    out: Path
    settings: "Settings"
    assumptions: "Assumptions"


class AroundPage(TypedDict):
    """What stands around any page (serve.report.input.Around)."""

    folder_name: str
    made_at: str
    currency: str
    seconds: Mapping[str, float]


@contextmanager
def at_work(on: OnFolder) -> Iterator[ProgressCall]:
    """The run's bounds said in our words, its progress in the user's; what was made on the way is gone at the end."""
    from huoshui.flow.app import clear_work
    from huoshui.flow.files import within_limits

    try:
        with on.terminal.progress() as progress, within_limits(on.settings):
            yield in_words(on.terminal, progress)
    finally:
        clear_work(on.settings)


def in_words(terminal: Terminal, progress: ProgressCall) -> ProgressCall:
    """`progress` with stage codes in the user's language; what is no stage is a file being read."""

    def say(what: str, done: int, total: int) -> None:
        stage = STAGES.get(what)
        progress(terminal.word(stage) if stage else terminal.word(READING, file=what), done, total)

    return say


def around(on: OnFolder, seconds: Mapping[str, float], *, title: str = "") -> AroundPage:
    """What stands around the run's page; `title`: what it calls the folder."""
    from huoshui.flow.files import shown_path

    return {
        "folder_name": title or shown_path(Path(on.folder.resolve().name)),
        "made_at": local_time(now_utc(), on.settings.zone).isoformat(sep=" ", timespec="minutes"),
        "currency": on.settings.currency,
        "seconds": seconds,
    }


def status_of(intake: "Intake") -> int:
    """The exit code of a run that came to its end."""
    return ROWS_TO_CORRECT if intake.rows_set_aside or intake.faults else FINE


def say_outcome(
    on: OnFolder,
    intake: "Intake",
    lines: Sequence[str],
    *,
    places: Sequence[tuple[Text, Path]],
    beside: Text,
    next_step: Text,
    next_folder: Path | None = None,
    good: bool = True,
) -> None:
    """The ten lines (the second, where it is `good`, stands out), the files to open and what lies beside them, and one
    thing to do next, with `next_folder` if it is another: rows to correct come first.
    """
    terminal = on.terminal
    terminal.say()
    for number, line in enumerate(lines):
        terminal.say(line, style="head" if number == 0 else "good" if good and number == 1 else None)
    terminal.say()
    for name, place in places:
        terminal.field(name, place)
    terminal.field(NOTHING, terminal.word(beside))
    if intake.corrections is not None:
        terminal.field(CORRECTIONS_AT, intake.corrections)
        next_step = NEXT_CORRECT
    folder = on.folder if next_folder is None else next_folder
    terminal.field(NEXT_STEP, terminal.word(next_step, command=own_command(), folder=folder))


def names_in(staging: Path) -> list[str]:
    """What was written, by name."""
    return sorted(path.name for path in staging.iterdir())


def written(out: Path, names: Sequence[str]) -> dict[str, str]:
    """Where the files lie, by their stem, for programs."""
    from huoshui.flow.files import shown_path

    return {Path(name).stem: shown_path(out / name) for name in names}
