"""The two outer sides of the three-way check, read from files: the shop's paid top-ups, and a channel's bill."""

from collections.abc import Sequence
from pathlib import Path

from huoshui.core.ledger.three_way import Payment
from huoshui.flow.app import Settings
from huoshui.flow.closing import Month
from huoshui.flow.files import Progress, check_folder
from huoshui.lake.engines import open_lake
from huoshui.lake.payments import billed_payments, paid_top_ups


def shop_payments(
    folder: Path, month: Month, *, settings: Settings, progress: Progress | None = None
) -> list[Payment]:
    """The top-ups paid within a month, as the shop's exported files have them. Raises what the intake raises."""
    intake = check_folder(folder, settings=settings, progress=progress)
    lake = open_lake(
        intake.sources, work=settings.work, memory_bytes=settings.memory_bytes, threads=settings.threads
    )
    try:
        return paid_top_ups(lake, month.first_day, month.next_day)
    finally:
        lake.close()


def bill_payments(files: Sequence[Path], *, settings: Settings) -> list[Payment]:
    """The payments of a channel's bill. Raises UnreadableFile, NotEnoughMemory."""
    return billed_payments(files, memory_bytes=settings.memory_bytes)
