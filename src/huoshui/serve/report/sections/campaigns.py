"""Sections of campaigns: dot and interval against the bar, amounts, the small test; and what a user costs."""

from huoshui.core.costs.values import CampaignOutcome, Diagnosis, UnitCost
from huoshui.serve.report.input import ReportInput
from huoshui.serve.report.markup import Markup, el, join
from huoshui.serve.report.sections.frame import chart, empty, numbers, section, sentence, subtitle
from huoshui.serve.report.speech import Speech
from huoshui.serve.report.table import html_table, term_link
from huoshui.serve.report.tables import campaigns as tables
from huoshui.serve.report.tables.money import source_name

_ORDER = ("negative", "useless", "below_bar", "unclear", "pays", "immature", "unknown")
_CURVES_MAX = 4


def campaigns(input: ReportInput, speech: Speech) -> Markup:
    """Every campaign's return, verdict in words; without a control group, what would tell."""
    diagnosis = input.diagnosis
    if not diagnosis.campaigns:
        return section(
            "campaigns",
            speech,
            empty("campaigns", ("campaigns", "balance_entries.campaign_id", "assignments"), input, speech),
        )
    ordered = sorted(diagnosis.campaigns, key=lambda c: _ORDER.index(c.verdict))
    return section(
        "campaigns",
        speech,
        el("p", term_link("gross", speech.say("gross.head")), class_="gross")
        if diagnosis.scope.gross
        else None,
        _interval_chart(ordered, speech),
        el("ul", [_verdict(c, speech) for c in ordered], class_="verdicts"),
        _unknown(diagnosis, speech),
        numbers(tables.campaigns_short_table(diagnosis, speech), speech),
        _amounts(ordered, speech),
    )


def unit_costs(input: ReportInput, speech: Speech) -> Markup:
    """CAC, CRC, CCV: in all, then cell by cell, with the cause of a gap in words."""
    costs = input.diagnosis.unit_costs
    if not costs:
        return section("costs", speech, empty("costs", ("balance_entries", "users.cum_spend"), input, speech))
    overall = [
        c
        for c in costs
        if c.month is None and c.segment is None and c.campaign_id is None and c.source is None
    ]
    cells = [c for c in costs if c not in overall]
    gaps = [
        c
        for c in cells
        if c.gap is not None and c.benchmark_est and c.per_unit_est and c.per_unit_est > c.benchmark_est
    ]
    said = [_gap_sentence(c, input.diagnosis, speech) for c in sorted(gaps, key=lambda c: -c.cost_fen)[:5]]
    history = (
        None if input.diagnosis.scope.history_before else el("p", speech.say("costs.history"), class_="note")
    )
    return section(
        "costs",
        speech,
        html_table(tables.unit_costs_table(overall, input.diagnosis, speech), speech) if overall else None,
        history,
        said,
        numbers(tables.unit_costs_table(cells, input.diagnosis, speech), speech) if cells else None,
    )


def _interval_chart(ordered: list[CampaignOutcome], speech: Speech) -> Markup | None:
    rows = [
        {
            "name": c.name,
            "value": c.incremental_return_est,
            "low": c.return_low_est,
            "high": c.return_high_est,
            "bar": c.bar_est,
            "muted": c.verdict in ("immature", "unclear"),
            "text": speech.ratio(c.incremental_return_est),
            "verdict": speech.say(f"verdict.{c.verdict}"),
        }
        for c in ordered
        if c.incremental_return_est is not None
    ]
    if not rows:
        return None
    label = speech.say(
        "chart.campaigns", parts=speech.say("common.comma").join(f"{r['name']} {r['text']}" for r in rows)
    )
    return join(
        [
            subtitle("intervals", speech, term="return_incremental"),
            chart(
                "campaigns",
                "intervals",
                {"rows": rows, "bar": speech.say("col.bar")},
                label=label,
                rows=len(rows) + 1,
                caption=speech.say("caption.campaigns"),
            ),
        ]
    )


def _verdict(campaign: CampaignOutcome, speech: Speech) -> Markup:
    """One campaign in words."""
    data = {"spent": speech.amount(campaign.spent_fen), "bar": speech.ratio(campaign.bar_est)}
    if campaign.incremental_return_est is not None:
        data["value"] = speech.ratio(campaign.incremental_return_est)
        low, high = campaign.return_low_est, campaign.return_high_est
        if low is not None and high is not None:
            data["value"] += f" ({speech.span(speech.ratio(low), speech.ratio(high))})"
        code = "campaign.known"
    else:
        data["value"] = (
            speech.ratio(campaign.attributed_return_est)
            if campaign.attributed_return_est is not None
            else "–"
        )
        code = "campaign.unknown"
    if campaign.maturity_est < 1:
        data["maturity"] = speech.percent(campaign.maturity_est)
        code += "_immature"
    lost = None
    if campaign.lost_fen_per_month is not None and campaign.lost_fen_per_month > 0:
        lost = el(
            "span",
            speech.say("campaign.lost", amount=speech.amount(campaign.lost_fen_per_month)),
            class_="lost",
        )
    return el(
        "li",
        el("b", campaign.name),
        " ",
        el("span", speech.say(f"verdict.{campaign.verdict}"), class_=f"verdict verdict-{campaign.verdict}"),
        el("span", speech.rich(code, **data), " ", lost, class_="said"),
    )


def _unknown(diagnosis: Diagnosis, speech: Speech) -> Markup | None:
    """The small test, for those that nobody can judge."""
    if not diagnosis.small_tests:
        return None
    return join(
        [
            subtitle("small_tests", speech, term="small_test"),
            el("p", speech.say("campaigns.nobody_knows")),
            html_table(tables.tests_table(diagnosis, speech), speech),
        ]
    )


def _amounts(ordered: list[CampaignOutcome], speech: Speech) -> Markup | None:
    """The curve of campaigns whose amounts were drawn at random."""
    with_amounts = [c for c in ordered if len(c.amounts) > 1][:_CURVES_MAX]
    if not with_amounts:
        return None
    curves = []
    for index, campaign in enumerate(with_amounts):
        points = [
            {
                "x": a.amount_fen / 100,
                "y": a.value_per_user_est / 100,
                "low": a.low_est / 100,
                "high": a.high_est / 100,
                "cost": a.cost_per_user_est / 100,
            }
            for a in sorted(campaign.amounts, key=lambda a: a.amount_fen)
        ]
        said = speech.say("common.comma").join(
            f"{speech.exact(a.amount_fen)}: {speech.exact(a.value_per_user_est)}" for a in campaign.amounts
        )
        data = {
            "points": points,
            "unit": speech.unit,
            "x": speech.say("curve.x"),
            "y": speech.say("curve.y"),
            "cost": speech.say("curve.cost"),
        }
        curves.append(el("h4", campaign.name))
        curves.append(
            chart(
                f"curve{index}",
                "curve",
                data,
                label=speech.say("chart.curve", name=campaign.name, parts=said),
                rows=8,
            )
        )
    return join(
        [
            subtitle("amounts", speech),
            el("p", speech.say("caption.amounts"), class_="note"),
            *curves,
            numbers(tables.amounts_table(with_amounts, speech), speech),
        ]
    )


def _gap_sentence(cost: UnitCost, diagnosis: Diagnosis, speech: Speech) -> Markup:
    where = [
        cost.month,
        speech.name_of("segment", cost.segment) if cost.segment else None,
        tables.campaign_name(cost.campaign_id, diagnosis) if cost.campaign_id else None,
        source_name(cost.source, speech) if cost.source else None,
    ]
    return sentence(
        "costs.gap",
        speech,
        kind=speech.say(f"unit_cost.{cost.kind}"),
        where=" · ".join(w for w in where if w),
        cost=speech.amount(cost.per_unit_est or 0.0),
        benchmark=speech.amount(cost.benchmark_est or 0.0),
        cause=speech.say(f"gap.{cost.gap.cause}") if cost.gap else "",
        n=speech.count(cost.n),
    )
