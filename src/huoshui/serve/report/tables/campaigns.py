"""Tables of what campaigns cost and brought, and of what a user costs."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from huoshui.core.costs.values import CampaignOutcome, Diagnosis, UnitCost
from huoshui.serve.report.findings import small_tests
from huoshui.serve.report.guard import matured_return
from huoshui.serve.report.input import ReportInput
from huoshui.serve.report.speech import Speech
from huoshui.serve.report.table import Cell, DataTable, Interval, heading, table, value_term

if TYPE_CHECKING:
    from huoshui.flow.guarding.values import GuardedPast

_CUTS = ("month", "segment", "campaign", "source")


def campaigns_table(diagnosis: Diagnosis, speech: Speech) -> DataTable:
    """Every campaign; returns incremental and attributed, each under its name."""
    headings = (
        heading(speech, "campaign"),
        heading(speech, "verdict"),
        heading(speech, "purpose"),
        heading(speech, "incremental_return", "ratio", term="return_incremental", interval=True),
        heading(speech, "attributed_return", "ratio", term="return_attributed"),
        heading(speech, "bar", "ratio", term="bar"),
        heading(speech, "maturity", "percent", term="maturity"),
        heading(speech, "treated", "count"),
        heading(speech, "control", "count", term="control"),
        heading(speech, "granted_fen", "fen", term="issued"),
        heading(speech, "spent_fen", "fen", term="spent"),
        heading(speech, "expired_fen", "fen", term="breakage"),
        heading(speech, "open_fen", "fen", term="liability"),
        heading(speech, "cost_fen", "fen"),
        heading(speech, "incremental_value_fen", "fen", term=value_term(diagnosis), interval=True),
        heading(speech, "attributed_value_fen", "fen", term=value_term(diagnosis)),
        heading(speech, "anyway_share", "percent"),
        heading(speech, "lost_fen_per_month", "fen"),
        heading(speech, "margin_30_treated", "fen"),
        heading(speech, "margin_30_control", "fen"),
        heading(speech, "margin_90_treated", "fen"),
        heading(speech, "margin_90_control", "fen"),
        heading(speech, "first_day"),
        heading(speech, "last_day"),
        heading(speech, "window_days", "count", term="window"),
        heading(speech, "campaign_id"),
    )
    return table(
        speech,
        "campaigns",
        headings,
        [
            (
                c.name,
                speech.say(f"verdict.{c.verdict}"),
                speech.name_of("purpose", c.purpose),
                Interval(c.incremental_return_est, c.return_low_est, c.return_high_est),
                c.attributed_return_est,
                c.bar_est,
                c.maturity_est,
                c.users_treated,
                c.users_control,
                c.granted_fen,
                c.spent_fen,
                c.expired_fen,
                c.open_fen,
                c.cost_fen_est,
                Interval(c.incremental_value_fen_est, c.incremental_low_fen_est, c.incremental_high_fen_est),
                c.attributed_value_fen,
                c.anyway_share_est,
                c.lost_fen_per_month,
                c.margin_30d_treated_est,
                c.margin_30d_control_est,
                c.margin_90d_treated_est,
                c.margin_90d_control_est,
                c.first_day,
                c.last_day,
                c.window_days,
                c.campaign_id,
            )
            for c in diagnosis.campaigns
        ],
    )


def campaigns_short_table(diagnosis: Diagnosis, speech: Speech) -> DataTable:
    """The columns that fit the page."""
    headings = (
        heading(speech, "campaign"),
        heading(speech, "verdict"),
        heading(speech, "incremental_return", "ratio", term="return_incremental", interval=True),
        heading(speech, "attributed_return", "ratio", term="return_attributed"),
        heading(speech, "bar", "ratio", term="bar"),
        heading(speech, "maturity", "percent", term="maturity"),
        heading(speech, "treated", "count"),
        heading(speech, "control", "count", term="control"),
        heading(speech, "spent_fen", "fen", term="spent"),
        heading(speech, "lost_fen_per_month", "fen"),
        heading(speech, "margin_30"),
        heading(speech, "margin_90"),
    )
    return table(
        speech,
        "campaigns",
        headings,
        [
            (
                c.name,
                speech.say(f"verdict.{c.verdict}"),
                Interval(c.incremental_return_est, c.return_low_est, c.return_high_est),
                c.attributed_return_est,
                c.bar_est,
                c.maturity_est,
                c.users_treated,
                c.users_control,
                c.spent_fen,
                c.lost_fen_per_month,
                _pair(c.margin_30d_treated_est, c.margin_30d_control_est, speech),
                _pair(c.margin_90d_treated_est, c.margin_90d_control_est, speech),
            )
            for c in diagnosis.campaigns
        ],
        note=speech.say("campaigns.pull_forward"),
    )


def amounts_table(campaigns: Iterable[CampaignOutcome], speech: Speech) -> DataTable:
    """Each amount of campaigns whose amounts were drawn at random."""
    headings = (
        heading(speech, "campaign"),
        heading(speech, "face_fen", "fen"),
        heading(speech, "n", "count"),
        heading(speech, "cost_per_user", "fen"),
        heading(speech, "value_per_user", "fen", term="value", interval=True),
        heading(speech, "marginal_return", "ratio"),
    )
    return table(
        speech,
        "amounts",
        headings,
        [
            (
                c.name,
                a.amount_fen,
                a.n,
                a.cost_per_user_est,
                Interval(a.value_per_user_est, a.low_est, a.high_est),
                a.marginal_return_est,
            )
            for c in campaigns
            for a in c.amounts
        ],
    )


def tests_table(diagnosis: Diagnosis, speech: Speech) -> DataTable:
    """What small test would tell, a campaign without a control each."""
    headings = (
        heading(speech, "campaign"),
        heading(speech, "treated", "count"),
        heading(speech, "control", "count", term="control"),
        heading(speech, "days", "count"),
        heading(speech, "test_cost", "fen"),
        heading(speech, "detectable", "ratio"),
    )
    return table(
        speech,
        "small_tests",
        headings,
        [
            (t.name, t.treated_users, t.control_users, t.days, t.cost_fen, t.detectable_return_est)
            for t in small_tests(diagnosis)
        ],
    )


def unit_costs_short_table(costs: Iterable[UnitCost], speech: Speech) -> DataTable:
    """One row a kind, all cells together."""
    headings = (
        heading(speech, "kind"),
        heading(speech, "reward_fen", "fen"),
        heading(speech, "fees_fen", "fen"),
        heading(speech, "users_rewarded", "count"),
        heading(speech, "gained", "count"),
        heading(speech, "per_unit", "fen", term="return_attributed"),
        heading(speech, "per_extra", "fen", term="return_incremental", interval=True),
        heading(speech, "benchmark", "fen", term="benchmark"),
        heading(speech, "mark", "mark", term="marks"),
    )
    rows = [
        (
            speech.say(f"unit_cost.{c.kind}"),
            c.reward_fen,
            c.fees_fen,
            c.users_rewarded,
            c.n,
            c.per_unit_est,
            Interval(c.incremental_est, c.incremental_low_est, c.incremental_high_est),
            c.benchmark_est,
            c.marking,
        )
        for c in costs
    ]
    return table(speech, "unit_costs", headings, rows)


def unit_cells_table(costs: Iterable[UnitCost], diagnosis: Diagnosis, speech: Speech) -> DataTable:
    """The cells as the page shows them: where, how much, against what, why."""
    headings = (
        heading(speech, "kind"),
        heading(speech, "where"),
        heading(speech, "cost_fen", "fen"),
        heading(speech, "users_rewarded", "count"),
        heading(speech, "gained", "count"),
        heading(speech, "per_unit", "fen", term="return_attributed"),
        heading(speech, "benchmark", "fen", term="benchmark"),
        heading(speech, "benchmark_from"),
        heading(speech, "cause"),
    )
    rows = [
        (
            c.kind,
            place(c, diagnosis, speech),
            c.cost_fen,
            c.users_rewarded,
            c.n,
            c.per_unit_est,
            c.benchmark_est,
            _benchmark_from(c, speech),
            speech.say(f"gap.{c.gap.cause}") if c.gap and _dearer(c) else "",
        )
        for c in costs
    ]
    return table(speech, "unit_costs", headings, rows)


def place(cost: UnitCost, diagnosis: Diagnosis, speech: Speech) -> str:
    """The cell in words, by what it is cut by: month, segment, campaign, source."""
    cuts = _CUTS if cost.depth == "cell" else (cost.depth,)
    return " · ".join(_cut(cut, cost, diagnosis, speech) for cut in cuts)


def _column(cut: str, cost: UnitCost, diagnosis: Diagnosis, speech: Speech) -> str:
    """One dimension of a row of the workbook: everything, where the row is not cut by it."""
    within = cost.depth in (cut, "cell")
    return _cut(cut, cost, diagnosis, speech) if within else speech.say("common.all")


def _cut(cut: str, cost: UnitCost, diagnosis: Diagnosis, speech: Speech) -> str:
    if cut == "all":
        return speech.say("common.all")
    if cut == "month":
        return cost.month or speech.say("common.unknown")
    if cut == "segment":
        return speech.name_of("segment", cost.segment)
    if cut == "source":
        return speech.name_of("source", cost.source)
    if cost.campaign_id is None:
        return speech.say("costs.no_campaign")
    return campaign_name(cost.campaign_id, diagnosis)


def _dearer(cost: UnitCost) -> bool:
    return bool(cost.benchmark_est and cost.per_unit_est and cost.per_unit_est > cost.benchmark_est)


def unit_costs_table(costs: Iterable[UnitCost], diagnosis: Diagnosis, speech: Speech) -> DataTable:
    """CAC, CRC, CCV and the rest, a cell each."""
    headings = (
        heading(speech, "kind"),
        heading(speech, "month"),
        heading(speech, "segment", term="segment"),
        heading(speech, "campaign"),
        heading(speech, "source"),
        heading(speech, "reward_fen", "fen"),
        heading(speech, "fees_fen", "fen"),
        heading(speech, "users_rewarded", "count"),
        heading(speech, "gained", "count"),
        heading(speech, "per_unit", "fen", term="return_attributed"),
        heading(speech, "per_extra", "fen", term="return_incremental", interval=True),
        heading(speech, "benchmark", "fen", term="benchmark"),
        heading(speech, "benchmark_from"),
        heading(speech, "cause"),
        heading(speech, "gap_reach", "ratio"),
        heading(speech, "gap_take_up", "ratio"),
        heading(speech, "gap_amount", "ratio"),
        heading(speech, "gap_fees", "ratio"),
        heading(speech, "gap_everywhere", "ratio"),
        heading(speech, "mark", "mark", term="marks"),
    )
    return table(
        speech,
        "unit_costs",
        headings,
        [
            (
                speech.say(f"unit_cost.{c.kind}"),
                *(_column(cut, c, diagnosis, speech) for cut in _CUTS),
                c.reward_fen,
                c.fees_fen,
                c.users_rewarded,
                c.n,
                c.per_unit_est,
                Interval(c.incremental_est, c.incremental_low_est, c.incremental_high_est),
                c.benchmark_est,
                _benchmark_from(c, speech),
                speech.say(f"gap.{c.gap.cause}") if c.gap else "",
                *(
                    (
                        c.gap.reach_est,
                        c.gap.take_up_est,
                        c.gap.amount_est,
                        c.gap.fees_est,
                        c.gap.everywhere_est,
                    )
                    if c.gap
                    else (None,) * 5
                ),
                c.marking,
            )
            for c in costs
        ],
        note=speech.say("costs.gap_note"),
    )


def campaign_name(campaign_id: str, diagnosis: Diagnosis) -> str:
    """The campaign's name, its id where it has none."""
    names = {c.campaign_id: c.name for c in diagnosis.campaigns}
    return names.get(campaign_id) or campaign_id


def _pair(treated: float | None, control: float | None, speech: Speech) -> str:
    if treated is None or control is None:
        return ""
    return f"{speech.exact(treated)} / {speech.exact(control)}"


def _benchmark_from(cost: UnitCost, speech: Speech) -> str:
    if cost.benchmark_est is None:
        return ""
    return speech.say("benchmark.own" if cost.benchmark_is_own else "benchmark.pooled")


def guard_table(input: ReportInput, speech: Speech) -> DataTable:
    """What the guard would have said of each campaign that users were drawn for, and on what."""
    outcomes = {one.campaign_id: one for one in input.diagnosis.campaigns}
    headings = (
        heading(speech, "campaign"),
        heading(speech, "guard_basis", term="control"),
        heading(speech, "guard_judged", "count", term="maturity"),
        heading(speech, "guard_waiting", "count"),
        heading(speech, "guard_return", "ratio", interval=True),
        heading(speech, "guard_evidence", "ratio", term="guard"),
        heading(speech, "guard_rung"),
        heading(speech, "guard_lowered"),
        heading(speech, "guard_paused"),
        heading(speech, "guard_withheld", "fen"),
        heading(speech, "campaign_id"),
    )
    rows = [_guarded(past, outcomes.get(past.campaign_id), speech) for past in input.guarded]
    return table(speech, "guard", headings, rows)


def _guarded(past: "GuardedPast", outcome: CampaignOutcome | None, speech: Speech) -> tuple[Cell, ...]:
    guard, broken = past.guard, past.split == "broken"
    return (
        outcome.name if outcome else past.campaign_id,
        speech.say(f"guard_split.{past.split}")
        if past.attributed is not None or broken
        else speech.say("guard_split.agrees"),
        guard.judged,
        guard.waiting,
        Interval(None, None, None) if broken else Interval(*matured_return(past, outcome)),
        None if broken else guard.evidence.e_est,
        None if broken else speech.say(f"guard_rung.{guard.rung}"),
        None if broken or guard.lowered_on is None else guard.lowered_on.isoformat(),
        None if broken or guard.paused_on is None else guard.paused_on.isoformat(),
        past.withheld_fen if past.in_time else None,
        past.campaign_id,
    )
