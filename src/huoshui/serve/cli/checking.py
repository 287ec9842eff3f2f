"""What was found in a folder, in plain words: files and tables, rows, what to correct, what is not there."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text as RichText

from huoshui.serve.cli.exit_codes import FINE, ROWS_TO_CORRECT
from huoshui.serve.cli.on_folder import in_words
from huoshui.serve.cli.outputs import staged
from huoshui.serve.cli.terminal import Terminal, own_command
from huoshui.serve.cli_texts import (
    ALL_ROWS,
    CHECK_CLEAN,
    COLUMNS,
    CONFLICTS,
    CORRECTIONS_AT,
    FAULTS_HEAD,
    FAULTS_MORE,
    FOUND_IN,
    GAPS,
    GUESS_CLEAR,
    GUESS_FILE,
    GUESS_NO_TABLE,
    GUESS_QUESTIONS,
    GUESS_UNUSED,
    MAPPING_AT,
    MAPPING_KEPT,
    MAPPING_NEXT,
    NEXT_CORRECT,
    NEXT_STEP,
    NOTHING,
    STUBS,
    TABLES_MISSING,
)

if TYPE_CHECKING:
    from huoshui.flow.app import Settings
    from huoshui.flow.files import FileProposal, Intake

FAULTS_SHOWN = 5
GUESS_SAMPLES = 2


def check_files(terminal: Terminal, folder: Path, settings: "Settings") -> int:
    """`import --check`: read everything, say what was found; the exit code."""
    from huoshui.flow.app import clear_work
    from huoshui.flow.files import within_limits
    from huoshui.flow.folder import check_folder, require_orders

    try:
        with terminal.progress() as progress, within_limits(settings):
            intake = check_folder(folder, settings=settings, progress=in_words(terminal, progress))
    finally:
        clear_work(settings)
    show_found(terminal, folder, intake)
    terminal.say()
    require_orders(intake, folder)
    status = ROWS_TO_CORRECT if intake.rows_set_aside or intake.faults else FINE
    next_step = NEXT_CORRECT if status else CHECK_CLEAN
    terminal.field(NEXT_STEP, terminal.word(next_step, command=own_command(), folder=folder))
    terminal.give(intake_as_json(terminal, intake, status))
    return status


def guess_columns(terminal: Terminal, folder: Path, settings: "Settings") -> int:
    """`import --guess`: propose what each column is, as a mapping.toml; an existing one is left alone."""
    from huoshui.flow.files import MAPPING_FILE, propose_mapping, shown_path

    proposal = propose_mapping(folder, settings=settings)
    kept = (folder / MAPPING_FILE).exists()
    name = f"new-{MAPPING_FILE}" if kept else MAPPING_FILE
    with staged(folder) as staging:
        proposal.write(staging / name, terminal.language)
    for file in proposal.files:
        show_guess(terminal, file)
    terminal.say()
    questions = [terminal.word(question) for question in proposal.questions]
    if questions:
        terminal.say(terminal.word(GUESS_QUESTIONS, count=len(questions)), style="warn")
    else:
        terminal.say(terminal.word(GUESS_CLEAR))
    for question in questions:
        terminal.say(question, indent=2)
    terminal.say()
    terminal.field(MAPPING_AT, folder / name)
    if kept:
        terminal.field(NOTHING, terminal.word(MAPPING_KEPT, file=name))
    terminal.field(NEXT_STEP, terminal.word(MAPPING_NEXT, command=own_command(), folder=folder))
    terminal.give(
        {
            "ok": True,
            "exit_code": FINE,
            "mapping": shown_path(folder / name),
            "questions": questions,
            "files": [
                {
                    "file": file.file,
                    "sheet": file.sheet,
                    "table": file.table,
                    "shop": file.shop,
                    "columns": [
                        {"header": c.header, "column": c.column, "certainty": c.certainty}
                        for c in file.columns
                    ],
                    "missing": [column.name for column in file.missing],
                }
                for file in proposal.files
            ],
        }
    )
    return FINE


def show_guess(terminal: Terminal, file: "FileProposal") -> None:
    """One file: its table, how many columns are clear, and each that is not or is not used."""
    from huoshui.flow.files import CERTAINTY_WORDS, table_titles

    titles = table_titles()
    table = terminal.word(titles[file.table]) if file.table else terminal.word(GUESS_NO_TABLE)
    name = f"{file.file} › {file.sheet}" if file.sheet else file.file
    clear = sum(column.certainty == "sure" and bool(column.column) for column in file.columns)
    terminal.say(terminal.word(GUESS_FILE, file=name, table=table, clear=clear, columns=len(file.columns)))
    grid = grid_of(4)
    for column in file.columns:
        if column.certainty == "sure" and column.column:
            continue
        title = terminal.word(titles[f"{file.table}.{column.column}"] if column.column else GUESS_UNUSED)
        sure = terminal.word(CERTAINTY_WORDS[column.certainty])
        style = "warn" if column.certainty == "unclear" else "quiet"
        samples = ", ".join(column.samples[:GUESS_SAMPLES])
        grid.add_row(plain(f"    {column.header}"), title, sure, plain(samples), style=style)
    if grid.row_count:
        terminal.show(grid)


def show_found(terminal: Terminal, folder: Path, intake: "Intake") -> None:
    """What was read, the first faults, what such a shop's files are known for, and which tables lack."""
    from huoshui.flow.files import table_titles

    titles = table_titles()
    terminal.say(terminal.word(FOUND_IN, folder=folder), style="head")
    terminal.say()
    grid = grid_of(2, numbers=2)
    grid.add_row(*(terminal.word(text) for text in COLUMNS), style="quiet")
    for file in sorted(intake.files, key=lambda f: -f.rows_read):
        set_aside = f"{file.rows_set_aside:,}"
        grid.add_row(
            terminal.word(titles[file.table]),
            plain(file.file),
            f"{file.rows_read:,}",
            RichText(set_aside, style="warn" if file.rows_set_aside else ""),
        )
    terminal.show(grid)
    terminal.say()
    terminal.say(rows_sentence(terminal, intake))
    sentences = [*also_found(terminal, intake), *map(terminal.word, intake.notes)]
    if sentences:
        terminal.say()
    for sentence in sentences:
        terminal.say(f"· {sentence}", style="quiet", hang=2)
    show_faults(terminal, intake)
    missing = [
        terminal.word(titles[name]) for name in titles if "." not in name and name not in intake.sources
    ]
    if missing:
        terminal.say()
        terminal.say(terminal.word(TABLES_MISSING, tables=join(terminal, missing)), style="quiet")


def rows_sentence(terminal: Terminal, intake: "Intake") -> str:
    """Where every row went; anything but 0 dropped would be a fault of ours."""
    read = sum(file.rows_read for file in intake.files)
    kept = sum(file.rows_kept for file in intake.files)
    merged = sum(file.rows_merged for file in intake.files)
    set_aside = sum(file.rows_set_aside for file in intake.files)
    dropped = read - kept - merged - set_aside
    counts = {"rows": read, "set_aside": set_aside, "merged": merged, "dropped": dropped}
    return terminal.word(ALL_ROWS, **{name: f"{count:,}" for name, count in counts.items()})


def also_found(terminal: Terminal, intake: "Intake") -> Iterator[str]:
    """What is no fault and yet worth knowing: rows that contradict, days without orders, ids nobody knows."""
    from huoshui.flow.files import table_titles

    titles = table_titles()
    if intake.conflicts_count:
        yield terminal.word(CONFLICTS, count=f"{intake.conflicts_count:,}")
    if intake.gaps:
        longest = max(intake.gaps, key=lambda gap: gap.days)
        yield terminal.word(
            GAPS, days=sum(gap.days for gap in intake.gaps), first=longest.first, last=longest.last
        )
    for stub in intake.stubs:
        if stub.target in intake.sources:
            yield terminal.word(
                STUBS,
                table=terminal.word(titles[stub.table]),
                ids=f"{stub.ids:,}",
                column=terminal.word(titles[f"{stub.table}.{stub.column}"]),
                target=terminal.word(titles[stub.target]),
                example=stub.examples[0],
            )


def show_faults(terminal: Terminal, intake: "Intake") -> None:
    """The first faults, each with its place, and where all of them can be corrected."""
    total = sum(intake.fault_counts.values())
    if not total:
        return
    terminal.say()
    terminal.say(terminal.word(FAULTS_HEAD, count=f"{total:,}"), style="warn")
    for fault in intake.faults[:FAULTS_SHOWN]:
        terminal.say(fault.say(terminal.language), indent=2)
    if total > FAULTS_SHOWN:
        terminal.say(terminal.word(FAULTS_MORE, count=f"{total - FAULTS_SHOWN:,}"), style="quiet", indent=2)
    if intake.corrections is not None:
        terminal.field(CORRECTIONS_AT, intake.corrections)


def join(terminal: Terminal, words: list[str]) -> str:
    """A list as one writes it."""
    return ("、" if terminal.language == "zh" else ", ").join(words)


def grid_of(texts: int, numbers: int = 0) -> Table:
    """An unframed table of text columns, then number columns."""
    grid = Table.grid(padding=(0, 2))
    for _ in range(texts):
        grid.add_column(overflow="fold")
    for _ in range(numbers):
        grid.add_column(justify="right", no_wrap=True)
    return grid


def plain(text: str) -> RichText:
    """A text from the files, whose brackets are no markup."""
    return RichText(text)


def intake_as_json(terminal: Terminal, intake: "Intake", status: int) -> dict[str, object]:
    """What was read, for programs."""
    from huoshui.flow.files import shown_path

    return {
        "ok": True,
        "exit_code": status,
        "files": [
            {
                "file": f.file,
                "table": f.table,
                "encoding": f.encoding,
                "read": f.rows_read,
                "kept": f.rows_kept,
                "merged": f.rows_merged,
                "set_aside": f.rows_set_aside,
            }
            for f in intake.files
        ],
        "faults": [
            {
                "code": f.code,
                "file": f.file,
                "line": f.line,
                "column": f.column,
                "value": f.value,
                "text": terminal.word(f.text),
            }
            for f in intake.faults
        ],
        "fault_counts": intake.fault_counts,
        "corrections": None if intake.corrections is None else shown_path(intake.corrections),
    }
