"""Tables of the answer: every figure, every finding, and the rows behind them."""

from huoshui.serve.report import findings
from huoshui.serve.report.input import ReportInput
from huoshui.serve.report.names import figure_name, needs_text
from huoshui.serve.report.speech import Speech
from huoshui.serve.report.table import Cell, DataTable, from_rows, heading, table


def figures_table(input: ReportInput, speech: Speech) -> DataTable:
    """Every figure of the diagnosis, amounts in yuan."""
    headings = (
        heading(speech, "figure"),
        heading(speech, "value", "ratio"),
        heading(speech, "low", "ratio"),
        heading(speech, "high", "ratio"),
        heading(speech, "unit"),
        heading(speech, "basis"),
        heading(speech, "gross", "flag", term="gross"),
        heading(speech, "n", "count"),
        heading(speech, "mark", "mark", term="marks"),
        heading(speech, "needs"),
    )
    rows: list[tuple[Cell, ...]] = []
    for figure in input.diagnosis.figures.values():
        per = 100 if figure.unit.startswith("fen") else 1
        value, low, high = (
            None if v is None else v / per for v in (figure.value, figure.low_est, figure.high_est)
        )
        rows.append(
            (
                figure_name(figure.code, speech),
                value,
                low,
                high,
                speech.say(f"unit.{figure.unit}").strip(),
                speech.say(f"basis.{figure.basis}") if figure.basis else "",
                figure.gross,
                figure.n,
                figure.marking,
                needs_text(figure, input, speech),
            )
        )
    return table(speech, "figures", headings, rows)


def findings_table(input: ReportInput, speech: Speech) -> DataTable:
    """Every finding, worst first."""
    headings = (
        heading(speech, "rank", "count"),
        heading(speech, "finding"),
        heading(speech, "fen_per_month", "fen"),
        heading(speech, "action"),
        heading(speech, "reason"),
        heading(speech, "basis"),
        heading(speech, "mark", "mark", term="marks"),
    )
    return table(
        speech,
        "findings",
        headings,
        [
            (
                rank,
                findings.title(f, speech),
                f.fen_per_month,
                findings.action(f, speech),
                findings.why(f, speech),
                speech.say(f"basis.{f.basis}") if f.basis else "",
                f.marking,
            )
            for rank, f in enumerate(findings.ranked(input.diagnosis), start=1)
        ],
    )


def rows_tables(input: ReportInput, speech: Speech) -> list[DataTable]:
    """The rows behind each finding."""
    return [
        from_rows(
            f.rows, input, speech, title=speech.say("table.rows_of", n=rank, title=findings.title(f, speech))
        )
        for rank, f in enumerate(findings.ranked(input.diagnosis), start=1)
        if f.rows is not None
    ]


def further_tables(input: ReportInput, speech: Speech) -> list[DataTable]:
    """Tables that the run hands over for the workbook alone; what stands behind a finding is there already."""
    behind = [finding.rows for finding in input.diagnosis.findings]
    return [
        from_rows(rows, input, speech, title=_further_title(rows.code, speech))
        for rows in input.tables
        if not any(rows is shown for shown in behind)
    ]


def _further_title(code: str, speech: Speech) -> str:
    """The words for `kind` or `kind:id`."""
    kind, _, which = code.partition(":")
    words = speech.optional(f"table.rows_{kind}") or speech.optional(f"table.{kind}") or kind
    return f"{words} {which}".strip()
