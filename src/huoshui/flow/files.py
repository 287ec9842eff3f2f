"""What may be asked of files without a diagnosis: what a folder holds, what columns are, empty tables.

Thin on purpose: the work is the lake's; this is where `serve` may ask for it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb

from huoshui.base.errors import DiskFull, Language, MemoryUsedUp, MissingSample, Text
from huoshui.flow.app import Settings, free_disk_bytes
from huoshui.flow.assumptions import ASSUMPTIONS_FILE, blank_text
from huoshui.lake.intake import (
    MAPPING_FILE,
    FileProposal,
    Intake,
    MappingProposal,
    guess_mapping,
)
from huoshui.lake.intake.guessing import CERTAINTY_WORDS
from huoshui.lake.intake.opening import shown_path
from huoshui.lake.samples import (
    SAMPLE_CURRENCY,
    SAMPLE_LABEL,
    SAMPLE_NOTES,
    sample_files,
    write_complete_journey,
)
from huoshui.lake.tables import TABLES
from huoshui.lake.template import write_template

__all__ = [
    "CERTAINTY_WORDS",
    "MAPPING_FILE",
    "PUBLIC_DATA_NOTES",
    "FileProposal",
    "Intake",
    "is_public_data",
    "propose_mapping",
    "public_data_installed",
    "shown_path",
    "table_titles",
    "table_unlocks",
    "within_limits",
    "write_public_data",
    "write_templates",
]

PUBLIC_DATA_NOTES = SAMPLE_NOTES


@contextmanager
def within_limits(settings: Settings) -> Iterator[None]:
    """Say in our words that the engine ran out of memory or disk. Raises MemoryUsedUp, DiskFull."""
    try:
        yield
    except (duckdb.OutOfMemoryException, MemoryError) as error:
        allowed_mb = settings.memory_bytes // 1_000_000
        raise MemoryUsedUp(allowed_mb=allowed_mb, more_mb=2 * allowed_mb) from error
    except duckdb.IOException as error:
        if free_disk_bytes(settings.work) > DISK_BYTES_FULL:
            raise
        raise DiskFull(folder=settings.work) from error


DISK_BYTES_FULL = 64_000_000
"""With less than this left, a failed write of the engine was for want of room."""


def propose_mapping(folder: Path, *, settings: Settings) -> MappingProposal:
    """What a mapping.toml could say of `folder`. Raises MissingFolder, UnreadableFile, NotEnoughMemory."""
    return guess_mapping(folder, memory_bytes=settings.memory_bytes)


def table_titles() -> Mapping[str, Text]:
    """What each canonical table ("orders") and column ("orders.paid") is called."""
    titles = {name: table.title for name, table in TABLES.items()}
    columns = {f"{t.name}.{column.name}": column.title for t in TABLES.values() for column in t.columns}
    return titles | columns


def table_unlocks() -> Mapping[str, Text]:
    """What each canonical table or column adds to the diagnosis, where that is told."""
    tables = {name: table.unlocks for name, table in TABLES.items()}
    columns = {f"{t.name}.{column.name}": column.unlocks for t in TABLES.values() for column in t.columns}
    return {name: text for name, text in (tables | columns).items() if text is not None}


def write_templates(out: Path, *, language: Language) -> list[Path]:
    """Empty tables with notes, and a blank assumptions file, into `out`; gives what was written."""
    answers = out / ASSUMPTIONS_FILE
    answers.write_text(blank_text(), encoding="utf-8", newline="\n")
    return [*write_template(out, language), answers]


def write_public_data(out: Path, *, settings: Settings) -> Settings:
    """The public sample (Complete Journey) as canonical files into `out`; gives `settings` in its currency.

    Raises MissingSample where its package is not installed.
    """
    write_complete_journey(
        out,
        language=settings.language,
        memory_bytes=settings.memory_bytes,
        threads=settings.threads,
    )
    return replace(settings, currency=SAMPLE_CURRENCY)


def is_public_data(folder: Path) -> bool:
    """Whether `folder` holds what write_public_data wrote."""
    return (folder / SAMPLE_LABEL).is_file()


def public_data_installed() -> bool:
    """Whether the public sample's package is there."""
    try:
        sample_files()
    except MissingSample:
        return False
    return True
