"""`huoshui diagnose`: a folder of files -> canonical tables -> facts -> the diagnosis."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.diagnosis import diagnose
from huoshui.core.costs.values import Diagnosis, RowTable
from huoshui.flow.app import Settings
from huoshui.flow.files import require_orders
from huoshui.flow.gathering import gather
from huoshui.lake.engines import open_lake
from huoshui.lake.intake import Intake, read_folder
from huoshui.lake.reconcile import Difference, reconcile

Progress = Callable[[str, int, int], None]
"""stage code, done, total."""


@dataclass(frozen=True, slots=True)
class DiagnosisRun:
    """A diagnosis with the account of what was read."""

    diagnosis: Diagnosis
    intake: Intake
    differences: tuple[Difference, ...]
    assumptions: Assumptions
    folder_name: str
    seconds: dict[str, float]
    tables: tuple[RowTable, ...]


def run_diagnosis(
    folder: Path,
    *,
    settings: Settings,
    assumptions: Assumptions,
    progress: Progress | None = None,
    intake: Intake | None = None,
) -> DiagnosisRun:
    """Read `folder` (unless its `intake` is at hand) and diagnose it; work files go to `settings.work`.

    Raises what the intake raises, and NoOrders.
    """
    seconds: dict[str, float] = {}
    started = perf_counter()
    if intake is None:
        intake = read_folder(
            folder,
            work=settings.work,
            memory_bytes=settings.memory_bytes,
            language=settings.language,
            progress=progress,
        )
    require_orders(intake, folder)
    seconds["intake"] = perf_counter() - started
    lake = open_lake(
        intake.sources, work=settings.work, memory_bytes=settings.memory_bytes, threads=settings.threads
    )
    try:
        started = perf_counter()
        stages = iter(range(1, STAGES + 1))

        def step(code: str) -> None:
            if progress is not None:
                progress(code, next(stages), STAGES)

        facts = gather(lake, assumptions, step=step)
        seconds["facts"] = perf_counter() - started
        started = perf_counter()
        differences = tuple(reconcile(lake))
        seconds["reconcile"] = perf_counter() - started
    finally:
        lake.close()
    started = perf_counter()
    diagnosis = diagnose(facts, assumptions)
    seconds["costs"] = perf_counter() - started
    return DiagnosisRun(
        diagnosis, intake, differences, assumptions, folder.name, seconds, tuple(facts.rows.values())
    )


STAGES = 6
