"""`huoshui diagnose`: a folder of files -> canonical tables -> facts -> the diagnosis."""

from dataclasses import dataclass
from pathlib import Path

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.diagnosis import diagnose
from huoshui.core.costs.values import Diagnosis, RowTable
from huoshui.flow.app import Settings
from huoshui.flow.folder import Progress, engine_over, read_shop, steps, timed
from huoshui.flow.gathering import gather_all
from huoshui.flow.guarding.values import GuardedPast
from huoshui.lake.intake import Intake
from huoshui.lake.reconcile import Difference, reconcile

STAGES = 6


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
    guarded: tuple[GuardedPast, ...]
    """What the guard would have said of each campaign that users were drawn for."""


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
    with timed(seconds, "intake"):
        intake = read_shop(folder, settings=settings, progress=progress, intake=intake)
    with engine_over(intake, settings) as lake:
        with timed(seconds, "facts"):
            told = gather_all(lake, assumptions, step=steps(progress, STAGES))
        with timed(seconds, "reconcile"):
            differences = tuple(reconcile(lake))
    with timed(seconds, "costs"):
        diagnosis = diagnose(told.facts, assumptions)
    return DiagnosisRun(
        diagnosis,
        intake,
        differences,
        assumptions,
        folder.name,
        seconds,
        tables=tuple(told.facts.rows.values()),
        guarded=told.guarded,
    )
