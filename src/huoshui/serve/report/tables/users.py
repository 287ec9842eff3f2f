"""Tables of users: segments, retention of cohorts, recency and frequency, the funnel."""

from huoshui.core.costs.values import Diagnosis
from huoshui.serve.report.speech import Speech
from huoshui.serve.report.table import Cell, DataTable, Heading, Interval, heading, table


def segments_table(diagnosis: Diagnosis, speech: Speech) -> DataTable:
    """Users as of now, money as of each grant."""
    headings = (
        heading(speech, "segment", term="segment"),
        heading(speech, "users", "count"),
        heading(speech, "granted_fen", "fen", term="issued"),
        heading(speech, "spent_fen", "fen", term="spent"),
        heading(speech, "attributed_value_fen", "fen", term="value"),
        heading(speech, "incremental_return", "ratio", term="return_incremental", interval=True),
    )
    return table(
        speech,
        "segments",
        headings,
        [
            (
                speech.say(f"segment.{s.segment}"),
                s.users,
                s.granted_fen,
                s.spent_fen,
                s.attributed_value_fen,
                Interval(s.incremental_return_est, s.return_low_est, s.return_high_est),
            )
            for s in diagnosis.segments
        ],
    )


def cohorts_table(diagnosis: Diagnosis, speech: Speech) -> DataTable:
    """Share of each month's new buyers who ordered again in the k-th month after."""
    months = max((len(cohort.active) for cohort in diagnosis.cohorts), default=0)
    headings = [heading(speech, "first_month", term="cohort"), heading(speech, "users", "count")]
    headings += [Heading(speech.say("col.month_after", k=k), "percent") for k in range(months)]
    rows: list[tuple[Cell, ...]] = []
    for cohort in diagnosis.cohorts:
        shares = [active / cohort.users if cohort.users else None for active in cohort.active]
        rows.append((cohort.month, cohort.users, *shares, *([None] * (months - len(shares)))))
    return table(speech, "cohorts", headings, rows)


def rfm_table(diagnosis: Diagnosis, speech: Speech) -> DataTable:
    """Users and value by fifths of recency and frequency."""
    headings = (
        heading(speech, "recency", "count", term="rfm"),
        heading(speech, "frequency", "count", term="rfm"),
        heading(speech, "users", "count"),
        heading(speech, "value_fen", "fen", term="value"),
    )
    return table(
        speech,
        "rfm",
        headings,
        [(cell.recency, cell.frequency, cell.users, cell.value_fen) for cell in diagnosis.rfm],
    )


def funnel_table(diagnosis: Diagnosis, speech: Speech) -> DataTable:
    """How many users reached each step."""
    headings = (
        heading(speech, "step"),
        heading(speech, "users", "count"),
        heading(speech, "of_first", "percent"),
        heading(speech, "of_previous", "percent"),
    )
    steps = diagnosis.funnel
    return table(
        speech,
        "funnel",
        headings,
        [
            (
                speech.say(f"funnel.{step.code}"),
                step.users,
                step.users / steps[0].users if steps[0].users else None,
                step.users / steps[index - 1].users if index and steps[index - 1].users else None,
            )
            for index, step in enumerate(steps)
        ],
    )
