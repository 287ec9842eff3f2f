"""What was found in a folder, in plain words: files and tables, rows, what to correct, what is not there."""

from typing import TYPE_CHECKING

from rich.table import Table

from huoshui.serve.cli.terminal import Terminal
from huoshui.serve.cli_texts import (
    ALL_ROWS,
    COLUMNS,
    CORRECTIONS_AT,
    FAULTS_HEAD,
    FAULTS_MORE,
    TABLES_MISSING,
)

if TYPE_CHECKING:
    from huoshui.flow.files import Intake

FAULTS_SHOWN = 5


def show_found(terminal: Terminal, intake: "Intake") -> None:
    """What was read, the first faults, what such a shop's files are known for, and which tables lack."""
    from huoshui.flow.files import table_titles

    titles = table_titles()
    grid = Table.grid(padding=(0, 2))
    grid.add_column()
    grid.add_column(overflow="fold")
    grid.add_column(justify="right")
    grid.add_column(justify="right")
    grid.add_row(*(terminal.word(text) for text in COLUMNS), style="quiet")
    for file in sorted(intake.files, key=lambda f: -f.rows_read):
        set_aside = f"{file.rows_set_aside:,}"
        grid.add_row(
            terminal.word(titles[file.table]),
            file.file,
            f"{file.rows_read:,}",
            f"[warn]{set_aside}[/warn]" if file.rows_set_aside else set_aside,
        )
    terminal.show(grid)
    terminal.say()
    terminal.say(
        terminal.word(
            ALL_ROWS,
            rows=f"{sum(f.rows_read for f in intake.files):,}",
            set_aside=f"{sum(f.rows_set_aside for f in intake.files):,}",
            merged=f"{sum(f.rows_merged for f in intake.files):,}",
        )
    )
    for note in intake.notes:
        terminal.say(f"· {terminal.word(note)}", style="quiet")
    show_faults(terminal, intake)
    missing = [
        terminal.word(titles[name]) for name in titles if "." not in name and name not in intake.sources
    ]
    if missing:
        terminal.say()
        terminal.say(terminal.word(TABLES_MISSING, tables=join(terminal, missing)), style="quiet")


def show_faults(terminal: Terminal, intake: "Intake") -> None:
    """The first faults, each with its place, and where all of them can be corrected."""
    total = sum(intake.fault_counts.values())
    if not total:
        return
    terminal.say()
    terminal.say(terminal.word(FAULTS_HEAD, count=f"{total:,}"), style="warn")
    for fault in intake.faults[:FAULTS_SHOWN]:
        terminal.say(f"  {fault.say(terminal.language)}")
    if total > FAULTS_SHOWN:
        terminal.say(f"  {terminal.word(FAULTS_MORE, count=f'{total - FAULTS_SHOWN:,}')}", style="quiet")
    if intake.corrections is not None:
        terminal.field(CORRECTIONS_AT, str(intake.corrections))


def join(terminal: Terminal, words: list[str]) -> str:
    """A list as one writes it."""
    return ("、" if terminal.language == "zh" else ", ").join(words)
