"""The page's tables as values; the workbook writes the same."""

from collections.abc import Callable
from math import isfinite

from huoshui.core.uplift.row_effects import Estimate
from huoshui.flow.learning.values import CampaignLearned, TenthLine
from huoshui.serve.learn_page.headline import ranked
from huoshui.serve.learn_page.input import LearnInput
from huoshui.serve.report.speech import Speech
from huoshui.serve.report.table import Cell, DataTable, Interval, heading, table


def campaigns_table(input: LearnInput, speech: Speech) -> DataTable:
    """What a yuan brings by who gets it, campaign by campaign."""
    headings = (
        heading(speech, "campaign"),
        heading(speech, "learn_rows", "count"),
        heading(speech, "learn_state", term="qini"),
        heading(speech, "learn_best", "ratio", term="tenth", interval=True),
        heading(speech, "learn_mean", "ratio", term="return_incremental", interval=True),
        heading(speech, "learn_worst", "ratio", interval=True),
    )
    rows: list[tuple[Cell, ...]] = []
    for one in ranked(input):
        differ = one.state == "users_differ" and bool(one.tenths)
        rows.append(
            (
                one.name,
                one.rows,
                speech.say(f"learn_state.{one.state}"),
                _each(one.tenths[1]) if differ else None,
                _each(one.tenths[0]) if one.tenths else None,
                _each(one.tenths[-1]) if differ else None,
            )
        )
    return table(speech, "learn_campaigns", headings, rows)


def features_table(input: LearnInput, speech: Speech) -> DataTable:
    """The features with the largest weights in the response factor."""
    headings = (
        heading(speech, "learn_feature"),
        heading(speech, "learn_bearing"),
        heading(speech, "learn_weight", "ratio", term="response_factor"),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            speech.word(input.words[line.name][0]),
            speech.say("learn_bearing.up" if line.weight_est > 0 else "learn_bearing.down"),
            abs(line.weight_est),
        )
        for line in input.card.factor.features
        if line.weight_est
    ]
    return table(speech, "learn_features", headings, rows)


def factor_table(input: LearnInput, speech: Speech) -> DataTable:
    """How much of the differences foretold came true in each campaign."""
    names = {one.campaign_id: one.name for one in input.card.campaigns}
    headings = (
        heading(speech, "campaign"),
        heading(speech, "learn_slope", "ratio", term="borne_out", interval=True),
    )
    rows: list[tuple[Cell, ...]] = [
        (names[campaign], _of(slope))
        for campaign, slope in input.card.factor.by_campaign
        if campaign in names
    ]
    return table(speech, "learn_factor", headings, rows)


def rankings_table(one: CampaignLearned, speech: Speech) -> DataTable:
    """The learners and the plain ways to rank, best first."""
    headings = (
        heading(speech, "learn_way"),
        heading(speech, "learn_qini", "ratio", term="qini", interval=True),
        heading(speech, "learn_taken", "flag"),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            speech.say(f"learn_way.{line.name}"),
            Interval(line.qini_est, line.low_est, line.high_est),
            line.chosen,
        )
        for line in sorted(one.rankings, key=lambda line: -line.qini_est)
    ]
    return table(speech, "learn_rankings", headings, rows, of=one.name)


def amounts_table(one: CampaignLearned, speech: Speech) -> DataTable:
    """What each amount adds on average."""
    headings = (
        heading(speech, "plan_amount", "fen", term="level"),
        heading(speech, "learn_users", "count"),
        heading(speech, "learn_orders", "ratio", interval=True),
        heading(speech, "learn_value", "fen", interval=True),
        heading(speech, "learn_cost", "fen", term="expected_spent"),
    )
    rows: list[tuple[Cell, ...]] = [
        (line.amount_fen, line.users, _of(line.orders), _of(line.value), line.cost_fen_est)
        for line in one.amounts
    ]
    return table(speech, "learn_amounts", headings, rows, of=one.name)


def tenths_table(one: CampaignLearned, speech: Speech) -> DataTable:
    """Everybody, then tenth by tenth."""
    headings = (
        heading(speech, "learn_tenth", term="tenth"),
        heading(speech, "learn_users", "count"),
        heading(speech, "learn_each", "ratio", interval=True),
        heading(speech, "learn_value", "fen"),
        heading(speech, "learn_cost", "fen"),
    )
    last = len(one.tenths) - 1
    rows: list[tuple[Cell, ...]] = [
        (_tenth(line, last, speech), line.users, _each(line), line.value_est, line.cost_fen_est)
        for line in one.tenths
    ]
    return table(speech, "learn_tenths", headings, rows, of=one.name)


def deciles_table(one: CampaignLearned, speech: Speech) -> DataTable:
    """Orders foretold and seen, lowest tenth first."""
    headings = (
        heading(speech, "learn_users", "count"),
        heading(speech, "learn_foretold", "ratio"),
        heading(speech, "learn_seen", "ratio", interval=True),
    )
    rows: list[tuple[Cell, ...]] = [
        (line.users, line.predicted_est, _of(line.observed)) for line in one.deciles
    ]
    return table(speech, "learn_deciles", headings, rows, of=one.name)


def uneven_table(input: LearnInput, speech: Speech) -> DataTable:
    """Features left out because they tell the arm."""
    names = {one.campaign_id: one.name for one in input.card.campaigns}
    headings = (
        heading(speech, "learn_feature"),
        heading(speech, "campaign"),
        heading(speech, "learn_errors", "ratio"),
    )
    rows: list[tuple[Cell, ...]] = [
        (speech.word(input.words[one.name][0]), names.get(one.campaign_id, one.campaign_id), one.errors_est)
        for one in input.card.uneven
    ]
    return table(speech, "learn_uneven", headings, rows)


Build = Callable[[CampaignLearned, Speech], DataTable]
OF_A_CAMPAIGN: tuple[Build, ...] = (tenths_table, rankings_table, amounts_table, deciles_table)


def all_tables(input: LearnInput, speech: Speech) -> list[DataTable]:
    """Every table that has rows."""
    tables = [campaigns_table(input, speech), features_table(input, speech), factor_table(input, speech)]
    tables += [build(one, speech) for one in ranked(input) for build in OF_A_CAMPAIGN]
    tables.append(uneven_table(input, speech))
    return [data for data in tables if data.rows]


def _tenth(line: TenthLine, last: int, speech: Speech) -> str:
    if line.tenth == 0:
        return speech.say("learn_tenth.all")
    if line.tenth in (1, last):
        return speech.say("learn_tenth.best" if line.tenth == 1 else "learn_tenth.worst")
    return speech.say("learn_tenth.other", n=line.tenth)


def _each(line: TenthLine) -> Interval:
    return _interval(line.each_est, line.low_est, line.high_est)


def _of(found: Estimate) -> Interval:
    return _interval(found.value_est, found.low_est, found.high_est)


def _interval(value: float, low: float, high: float) -> Interval:
    if not isfinite(value):
        return Interval(None, None, None)
    return Interval(value, low, high) if isfinite(low) and isfinite(high) else Interval(value, None, None)
