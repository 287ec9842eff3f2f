"""The section of users: segments, who comes back, how lately and often they buy, where they drop off."""

from huoshui.core.costs.values import Diagnosis
from huoshui.serve.report.input import ReportInput
from huoshui.serve.report.markup import Markup, el, join
from huoshui.serve.report.sections.frame import bars, chart, empty, heat, numbers, section, subtitle
from huoshui.serve.report.speech import Speech
from huoshui.serve.report.table import html_table
from huoshui.serve.report.tables import users as tables


def users(input: ReportInput, speech: Speech) -> Markup:
    """All four views; each says what it lacks."""
    return section(
        "users",
        speech,
        subtitle("segments", speech, term="segment"),
        _segments(input, speech),
        subtitle("cohorts", speech, term="cohort"),
        _cohorts(input, speech),
        subtitle("rfm", speech, term="rfm"),
        _rfm(input, speech),
        subtitle("funnel", speech),
        _funnel(input, speech),
    )


def _segments(input: ReportInput, speech: Speech) -> Markup:
    diagnosis = input.diagnosis
    if not diagnosis.segments:
        return empty("segments", ("users.created_at",), input, speech)
    rows = [
        {
            "name": speech.say(f"segment.{s.segment}"),
            "value": s.incremental_return_est,
            "low": s.return_low_est,
            "high": s.return_high_est,
            "bar": 1.0,
            "muted": False,
            "text": speech.ratio(s.incremental_return_est),
        }
        for s in diagnosis.segments
        if s.incremental_return_est is not None
    ]
    drawing = None
    if rows:
        said = speech.say("common.comma").join(f"{row['name']} {row['text']}" for row in rows)
        drawing = chart(
            "segments",
            "intervals",
            {"rows": rows, "bar": speech.say("col.bar")},
            label=speech.say("chart.segments", parts=said),
            rows=len(rows),
            caption=speech.say("caption.segments"),
        )
    return join([drawing, html_table(tables.segments_table(diagnosis, speech), speech)])


def _cohorts(input: ReportInput, speech: Speech) -> Markup:
    diagnosis = input.diagnosis
    if not diagnosis.cohorts:
        return empty("cohorts", ("orders.user_id",), input, speech)
    months = max(len(cohort.active) for cohort in diagnosis.cohorts)
    highest = (
        max((active / c.users for c in diagnosis.cohorts if c.users for active in c.active[1:]), default=1.0)
        or 1.0
    )
    rows = []
    for cohort in diagnosis.cohorts:
        cells = [
            (speech.percent(active / cohort.users), active / cohort.users / highest if index else 0.0)
            if cohort.users
            else None
            for index, active in enumerate(cohort.active)
        ]
        name = speech.say("cohorts.row", month=cohort.month, users=speech.count(cohort.users))
        rows.append((name, [*cells, *([None] * (months - len(cells)))]))
    columns = [speech.say("col.month_after", k=k) for k in range(months)]
    return join(
        [
            el("p", speech.say("caption.cohorts"), class_="note"),
            heat(rows, columns, speech.say("col.first_month"), speech.say("sub.cohorts")),
        ]
    )


def _rfm(input: ReportInput, speech: Speech) -> Markup:
    diagnosis = input.diagnosis
    if not diagnosis.rfm:
        return empty("rfm", ("orders.user_id",), input, speech)
    cells = {(cell.recency, cell.frequency): cell for cell in diagnosis.rfm}
    most = max(cell.users for cell in diagnosis.rfm) or 1
    rows = []
    for recency in (5, 4, 3, 2, 1):
        line = []
        for frequency in (1, 2, 3, 4, 5):
            cell = cells.get((recency, frequency))
            line.append(None if cell is None else (speech.count(cell.users), cell.users / most))
        rows.append((speech.say(f"rfm.recency{recency}"), line))
    columns = [speech.say(f"rfm.frequency{k}") for k in (1, 2, 3, 4, 5)]
    return join(
        [
            el("p", speech.say("caption.rfm"), class_="note"),
            heat(rows, columns, speech.say("rfm.corner"), speech.say("sub.rfm")),
            numbers(tables.rfm_table(diagnosis, speech), speech),
        ]
    )


def _funnel(input: ReportInput, speech: Speech) -> Markup:
    diagnosis = input.diagnosis
    if not diagnosis.funnel:
        return empty("funnel", ("users.created_at", "events"), input, speech)
    rows = [
        (
            speech.say(f"funnel.{step.code}"),
            float(step.users),
            _funnel_text(diagnosis, index, speech),
            "accent",
        )
        for index, step in enumerate(diagnosis.funnel)
    ]
    return bars(rows)


def _funnel_text(diagnosis: Diagnosis, index: int, speech: Speech) -> str:
    users = diagnosis.funnel[index].users
    before = diagnosis.funnel[index - 1].users if index else 0
    if not before or users > before:
        return speech.count(users)
    return f"{speech.count(users)} · {speech.percent(users / before)}"
