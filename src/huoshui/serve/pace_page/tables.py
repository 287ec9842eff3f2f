"""The page's tables as values; report.table draws them."""

from huoshui.core.pacing.pace_values import PeriodPace
from huoshui.serve.pace_page.headline import what_if_name
from huoshui.serve.report.speech import Speech
from huoshui.serve.report.table import DataTable, Interval, heading, table


def days_table(pace: PeriodPace, speech: Speech) -> DataTable:
    """Day by day, past ones as they were."""
    headings = (
        heading(speech, "pace_day"),
        heading(speech, "pace_kind"),
        heading(speech, "pace_arrivals", "count", term="arrival", interval=True),
        heading(speech, "pace_granted", "fen", term="face"),
        heading(speech, "pace_used", "fen", term="expected_spent"),
        heading(speech, "pace_value", "fen"),
        heading(speech, "pace_price", "ratio", term="unit_value"),
        heading(speech, "pace_left", "fen", term="uncommitted"),
    )
    rows = [
        (
            day.day,
            day.peak or speech.say(f"pace_kind.{'past' if day.past else day.kind}"),
            Interval(day.arrivals_est, None, None)
            if day.past
            else Interval(day.arrivals_est, day.arrivals_low_est, day.arrivals_high_est),
            day.granted_est,
            day.used_est,
            day.value_est,
            day.price_est,
            day.left_est,
        )
        for day in pace.days
    ]
    return table(speech, "pace_days", headings, rows)


def what_if_table(pace: PeriodPace, speech: Speech) -> DataTable:
    """Each what-if with the price re-solved, and with today's price kept."""
    headings = (
        heading(speech, "pace_if"),
        heading(speech, "pace_mean_price", "ratio", term="unit_value"),
        heading(speech, "pace_used", "fen", term="expected_spent"),
        heading(speech, "pace_value", "fen"),
        heading(speech, "pace_rest", "fen"),
        heading(speech, "pace_kept_empty"),
        heading(speech, "pace_kept_value", "fen"),
        heading(speech, "pace_kept_rest", "fen"),
    )
    rows = [
        (
            what_if_name(one, speech),
            one.price_mean_est,
            one.used_est,
            one.value_est,
            one.rest_est,
            one.kept_empty_day or speech.say("pace.lasts"),
            one.kept_value_est,
            one.kept_rest_est,
        )
        for one in pace.what_ifs
    ]
    return table(speech, "pace_if", headings, rows)


def peaks_table(pace: PeriodPace, speech: Speech) -> DataTable:
    """Peaks with their factors and who told of them."""
    headings = (
        heading(speech, "pace_day"),
        heading(speech, "pace_peak"),
        heading(speech, "pace_factor", "ratio"),
        heading(speech, "pace_value_factor", "ratio"),
        heading(speech, "pace_source"),
    )
    rows = [
        (one.day, one.name, one.factor, one.value_factor, speech.say(f"pace_source.{one.source}"))
        for one in pace.peaks
    ]
    return table(speech, "pace_peaks", headings, rows)


def uses_table(pace: PeriodPace, speech: Speech) -> DataTable:
    """Protected uses: what is kept for each, and what it is expected to have."""
    headings = (
        heading(speech, "pace_use", term="protected_minimum"),
        heading(speech, "pace_minimum", "fen"),
        heading(speech, "pace_used", "fen", term="expected_spent"),
        heading(speech, "pace_price", "ratio", term="unit_value"),
    )
    rows = [
        (one.name, one.minimum_fen, one.expected_est, max(one.price_est, pace.edge_est)) for one in pace.uses
    ]
    return table(speech, "pace_uses", headings, rows)
