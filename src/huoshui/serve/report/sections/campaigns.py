"""Sections of campaigns: dot and interval against the bar, amounts, the small test; and what a user costs."""

from typing import Literal

from huoshui.core.costs.values import CampaignOutcome, Diagnosis, UnitCost
from huoshui.serve.report import guard
from huoshui.serve.report.findings import small_tests
from huoshui.serve.report.input import ReportInput
from huoshui.serve.report.markup import Markup, el, join
from huoshui.serve.report.sections.frame import chart, empty, left_out, numbers, section, sentence, subtitle
from huoshui.serve.report.speech import NOT_KNOWN, Speech
from huoshui.serve.report.table import html_table, term_link, without_empty
from huoshui.serve.report.tables import campaigns as tables

_ORDER = ("negative", "useless", "below_bar", "unclear", "pays", "immature", "unknown")
_UNKNOWN_TOLD = 3
_CURVES_MAX = 4
_GAPS_SAID = 6
_DEAR_SHARE = 0.1
"""A cell is called dear from so far above its benchmark."""
_COST_TONES: tuple[tuple[Literal["CAC", "CRC", "CCV"], str], ...] = (
    ("CAC", "left"),
    ("CRC", "taken"),
    ("CCV", "ink"),
)


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
        left_out(input, speech),
        _interval_chart(ordered, speech),
        *_verdicts(ordered, speech),
        _unknown(diagnosis, speech),
        _guard(input, speech),
        numbers(tables.campaigns_short_table(diagnosis, speech), speech),
        _amounts(ordered, speech),
    )


def unit_costs(input: ReportInput, speech: Speech) -> Markup:
    """CAC, CRC, CCV: in all, by month, then cell by cell, with the cause of a gap in words."""
    diagnosis = input.diagnosis
    costs = diagnosis.unit_costs
    if not costs:
        return section("costs", speech, empty("costs", ("balance_entries", "users.cum_spend"), input, speech))
    overall = [cost for cost in costs if cost.depth == "all"]
    cells = [cost for cost in costs if cost.depth != "all"]
    history = None if diagnosis.scope.history_before else el("p", speech.say("costs.history"), class_="note")
    return section(
        "costs",
        speech,
        left_out(input, speech),
        html_table(without_empty(tables.unit_costs_short_table(overall, speech)), speech)
        if overall
        else None,
        history,
        _gaps(cells, diagnosis, speech),
        _cost_months(cells, speech),
        numbers(tables.unit_cells_table(cells, diagnosis, speech), speech) if cells else None,
    )


def _gaps(cells: list[UnitCost], diagnosis: Diagnosis, speech: Speech) -> list[Markup]:
    """The dear cells and why, the most money first; single cells only where nothing wider is dear."""
    dear = [c for c in cells if c.gap and _above_benchmark(c) > _DEAR_SHARE * (c.benchmark_est or 0.0)]
    ranked = sorted(dear, key=lambda c: (c.depth == "cell", -_above_benchmark(c) * c.n))[:_GAPS_SAID]
    return [
        sentence(
            "costs.gap",
            speech,
            kind=speech.inside(speech.say(f"unit_cost.{cost.kind}")),
            where=tables.place(cost, diagnosis, speech),
            cost=speech.amount(cost.per_unit_est or 0.0),
            benchmark=speech.amount(cost.benchmark_est or 0.0),
            cause=speech.inside(speech.say(f"gap.{cost.gap.cause}")) if cost.gap else "",
            n=speech.count(cost.n),
        )
        for cost in ranked
    ]


def _above_benchmark(cost: UnitCost) -> float:
    """Fen above the benchmark a unit; 0 where either is not known."""
    if not cost.per_unit_est or not cost.benchmark_est:
        return 0.0
    return cost.per_unit_est - cost.benchmark_est


def _cost_months(cells: list[UnitCost], speech: Speech) -> Markup | None:
    """What one new, kept, converted buyer cost, month by month."""
    monthly = {(cost.kind, cost.month): cost for cost in cells if cost.depth == "month"}
    months = sorted({month for _, month in monthly if month})
    if len(months) < 2:
        return None
    series = []
    for kind, tone in _COST_TONES:
        found = [monthly.get((kind, month)) for month in months]
        values = [c.per_unit_est / 100 if c and c.per_unit_est is not None else None for c in found]
        if any(value is not None for value in values):
            series.append({"name": speech.say(f"unit_cost.{kind}"), "values": values, "tone": tone})
    label = speech.say("chart.costs", first=months[0], last=months[-1])
    return join(
        [
            subtitle("costs_months", speech, sign=speech.unit.strip()),
            chart("costs", "columns", {"names": months, "series": series}, label=label, rows=6),
        ]
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


def _verdicts(ordered: list[CampaignOutcome], speech: Speech) -> list[Markup]:
    """Campaigns in words, one by one; many that nobody can judge are counted instead."""
    unknown = [campaign for campaign in ordered if campaign.verdict == "unknown"]
    told = ordered if len(unknown) <= _UNKNOWN_TOLD else [c for c in ordered if c.verdict != "unknown"]
    said = [el("ul", [_verdict(campaign, speech) for campaign in told], class_="verdicts")]
    if len(told) < len(ordered):
        spent = speech.amount(sum(campaign.spent_fen for campaign in unknown))
        said.append(sentence("campaigns.unknown_many", speech, count=speech.count(len(unknown)), spent=spent))
    return said


def _verdict(campaign: CampaignOutcome, speech: Speech) -> Markup:
    """One campaign in words."""
    data = {
        "spent": speech.amount(campaign.spent_fen),
        "bar": speech.ratio(campaign.bar_est),
        "treated": speech.count(campaign.users_treated),
        "control": speech.count(campaign.users_control),
        "maturity": speech.percent(campaign.maturity_est),
    }
    code = "campaign.known" if campaign.incremental_return_est is not None else "campaign.unknown"
    if campaign.incremental_return_est is None and campaign.attributed_return_est is None:
        code = "campaign.unknown_bare"
    data["value"] = _return_text(campaign, speech)
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


def _return_text(campaign: CampaignOutcome, speech: Speech) -> str:
    """The incremental return with its interval; the attributed one where that is all there is."""
    value, low, high = campaign.incremental_return_est, campaign.return_low_est, campaign.return_high_est
    if value is None:
        value, low, high = campaign.attributed_return_est, None, None
    if value is None:
        return NOT_KNOWN
    if low is None or high is None:
        return speech.ratio(value)
    return f"{speech.ratio(value)} ({speech.span(speech.ratio(low), speech.ratio(high))})"


def _unknown(diagnosis: Diagnosis, speech: Speech) -> Markup | None:
    """The small test, for those that nobody can judge."""
    if not small_tests(diagnosis):
        return None
    return join(
        [
            subtitle("small_tests", speech, term="small_test"),
            el("p", speech.say("campaigns.nobody_knows")),
            html_table(tables.tests_table(diagnosis, speech), speech),
        ]
    )


def _guard(input: ReportInput, speech: Speech) -> Markup | None:
    """What the guard would have proposed, campaign by campaign; one line of those that nobody was drawn for."""
    names = {one.campaign_id: one.name for one in input.diagnosis.campaigns}
    unknown = guard.nobody_knows(input, speech)
    if not input.guarded and not unknown:
        return None
    told, quiet = guard.apart(input.guarded)
    lines = [
        el("li", el("b", names.get(past.campaign_id, past.campaign_id)), " ", guard.sentences(past, speech))
        for past in told
    ]
    lines += [el("li", text) for text in [guard.quiet_sentence(quiet, names, speech)] if text]
    return join(
        [
            subtitle("guard", speech, term="guard"),
            el("p", speech.say("guard.lead"), class_="note") if lines else None,
            el("ul", lines, class_="dashes") if lines else None,
            el("p", unknown) if unknown else None,
            numbers(without_empty(tables.guard_table(input, speech)), speech) if lines else None,
            el("p", speech.say("guard.next"), class_="note") if lines else None,
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
