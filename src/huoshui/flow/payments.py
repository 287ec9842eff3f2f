"""The two outer sides of the three-way check, read from files: the shop's paid top-ups, and a channel's bill."""

from collections.abc import Sequence
from pathlib import Path

from huoshui.flow.app import Settings
from huoshui.flow.closing import Month, Outside
from huoshui.flow.folder import Progress, check_folder, engine_over
from huoshui.lake.payments import billed_payments, entries_not_paid, paid_top_ups, top_ups_by_entry
from huoshui.lake.simulated import data_of


def outside_of(
    folder: Path | None,
    bill: Sequence[Path],
    month: Month,
    *,
    settings: Settings,
    progress: Progress | None = None,
) -> Outside:
    """What a shop's exported files and a channel's bill say was paid within a month.

    Raises what the intake raises, UnreadableFile, NotEnoughMemory, SimulatedAndReal.
    """
    billed = billed_payments(bill, memory_bytes=settings.memory_bytes) if bill else None
    if folder is None:
        return Outside(bill=billed)
    intake = check_folder(folder, settings=settings, progress=progress)
    with engine_over(intake, settings) as lake:
        return Outside(
            shop=paid_top_ups(lake, month.first_day, month.next_day),
            bill=billed,
            keys=top_ups_by_entry(lake),
            not_paid=entries_not_paid(lake),
            data=data_of(folder, lake),
        )
