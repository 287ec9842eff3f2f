"""Tables of what was read: files, rows to correct, differences, gaps, what more data would tell, words."""

from huoshui.serve.report.input import ReportInput
from huoshui.serve.report.names import name_of_need, name_of_table
from huoshui.serve.report.speech import Speech
from huoshui.serve.report.table import Cell, DataTable, heading, table
from huoshui.serve.texts import REPORT_DEFINITIONS


def files_table(input: ReportInput, speech: Speech) -> DataTable:
    """One line a file; read = counted + merged + to correct."""
    headings = (
        heading(speech, "file"),
        heading(speech, "table"),
        heading(speech, "rows_read", "count"),
        heading(speech, "rows_kept", "count"),
        heading(speech, "rows_merged", "count"),
        heading(speech, "rows_set_aside", "count", term="set_aside"),
    )
    return table(
        speech,
        "files",
        headings,
        [
            (
                line.file,
                name_of_table(line.table, input, speech),
                line.rows_read,
                line.rows_kept,
                line.rows_merged,
                line.rows_set_aside,
            )
            for line in input.intake.files
        ],
    )


def faults_table(input: ReportInput, speech: Speech) -> DataTable:
    """Rows to correct: file, line, column, value, reason."""
    headings = (
        heading(speech, "file"),
        heading(speech, "line", "count"),
        heading(speech, "column"),
        heading(speech, "cell"),
        heading(speech, "reason"),
    )
    return table(
        speech,
        "faults",
        headings,
        [
            (fault.file, fault.line, fault.column, fault.value, speech.word(fault.text))
            for fault in input.intake.faults
        ],
    )


def differences_table(input: ReportInput, speech: Speech) -> DataTable:
    """Sums that do not agree, with the likely cause."""
    headings = (
        heading(speech, "difference"),
        heading(speech, "count", "count"),
        heading(speech, "amount_fen", "fen"),
        heading(speech, "likely_cause"),
        heading(speech, "examples"),
    )
    return table(
        speech,
        "differences",
        headings,
        [
            (
                speech.word(line.title),
                line.count,
                line.amount_fen,
                speech.word(line.cause),
                speech.say("common.comma").join(line.examples[:3]),
            )
            for line in input.differences
        ],
    )


def stubs_table(input: ReportInput, speech: Speech) -> DataTable:
    """Ids that orders name and their own table lacks; they count in every total."""
    headings = (heading(speech, "id"), heading(speech, "count", "count"))
    return table(
        speech,
        "stubs",
        headings,
        [
            (name_of_need(column, input, speech), count)
            for column, count in input.intake.stubs.items()
            if count
        ],
    )


def gaps_table(input: ReportInput, speech: Speech) -> DataTable:
    """Days of the span without a single order."""
    return table(speech, "gaps", (heading(speech, "day"),), [(day,) for day in input.intake.gaps])


def missing_table(input: ReportInput, speech: Speech) -> DataTable:
    """What each missing table would add."""
    headings = (heading(speech, "table"), heading(speech, "adds"))
    rows: list[tuple[Cell, ...]] = []
    for name in input.diagnosis.scope.missing_tables:
        text = input.unlocks.get(name)
        rows.append((name_of_table(name, input, speech), speech.word(text) if text else ""))
    return table(speech, "missing", headings, rows)


def words_table(speech: Speech) -> DataTable:
    """Every term of the report."""
    return table(
        speech,
        "words",
        (heading(speech, "term"), heading(speech, "meaning")),
        [
            (speech.word(definition.term), speech.word(definition.meaning))
            for definition in REPORT_DEFINITIONS.values()
        ],
    )
