"""A shop's folder opened for work: read, an engine over what was read, stages told, seconds counted.

intake = read_shop(folder, settings=settings, progress=progress)
with engine_over(intake, settings) as lake: ...
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from huoshui.base.errors import NoOrders
from huoshui.flow.app import Settings
from huoshui.lake.engines import Lake, open_lake
from huoshui.lake.intake import Intake, read_folder

Progress = Callable[[str, int, int], None]
"""stage code, done, total."""
Step = Callable[[str], None]
"""Told before each stage, by its code."""


def check_folder(folder: Path, *, settings: Settings, progress: Progress | None = None) -> Intake:
    """Read every file of `folder` and say what was found; nothing is computed.

    Raises MissingFolder, NothingToRead, UnreadableFile, NotEnoughMemory, BadMapping.
    """
    return read_folder(
        folder,
        work=settings.work,
        memory_bytes=settings.memory_bytes,
        language=settings.language,
        progress=progress,
    )


def read_shop(
    folder: Path, *, settings: Settings, progress: Progress | None = None, intake: Intake | None = None
) -> Intake:
    """`folder` read, unless its `intake` is at hand, with orders in it. Raises what the intake raises, and NoOrders."""
    told = intake or check_folder(folder, settings=settings, progress=progress)
    require_orders(told, folder)
    return told


@contextmanager
def engine_over(intake: Intake, settings: Settings) -> Iterator[Lake]:
    """The tables of `intake` on an engine within the bounds of `settings`, let go at the end."""
    lake = open_lake(
        intake.sources, work=settings.work, memory_bytes=settings.memory_bytes, threads=settings.threads
    )
    try:
        yield lake
    finally:
        lake.close()


def steps(progress: Progress | None, count: int) -> Step:
    """Tells `progress` of each of `count` stages as it begins."""
    numbers = iter(range(1, count + 1))

    def step(code: str) -> None:
        if progress is not None:
            progress(code, next(numbers), count)

    return step


@contextmanager
def timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    """Write how long the block took into `seconds`."""
    started = perf_counter()
    yield
    seconds[name] = perf_counter() - started


def has_column(intake: Intake, table: str, column: str | None = None) -> bool:
    """Whether the files hold `table` with a row, and its `column` if one is named."""
    source = intake.sources.get(table)
    return source is not None and source.rows > 0 and (column is None or column in source.columns)


def require_orders(intake: Intake, folder: Path) -> None:
    """Raise NoOrders, with the likeliest reason if there is one, when no order was read."""
    if has_column(intake, "orders"):
        return
    whole = (fault for fault in intake.faults if fault.code in WHOLE_FILE_FAULTS)
    # Every row may have been set aside for one reason: then that is what to say.
    fault = next(whole, next(iter(intake.faults), None))
    raise NoOrders(
        folder=folder,
        reason_zh=f"{fault.say('zh')} " if fault else "",
        reason_en=f"{fault.say('en')} " if fault else "",
    )


WHOLE_FILE_FAULTS = ("missing_column", "no_header")
