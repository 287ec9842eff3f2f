"""The sections after the first page, in reading order."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from huoshui.core.allocate.plan_values import CampaignPlan, PeriodPlan, PlanCell, Rule, SegmentCurve
from huoshui.serve.plan_page import tables
from huoshui.serve.plan_page.checking import people
from huoshui.serve.plan_page.headline import (
    earned,
    edge_text,
    keeps,
    money,
    name_of,
    names,
    not_allowed_text,
    offers,
    status_text,
    told,
)
from huoshui.serve.report.markup import Markup, el, join
from huoshui.serve.report.sections.frame import bars, chart, heat, numbers, section, sentence, subtitle, words
from huoshui.serve.report.speech import Speech, strong
from huoshui.serve.report.table import html_table, term_link
from huoshui.serve.texts import DEFINITIONS, PLAN_DEFINITIONS

_TERMS_BORROWED = (
    "incentive", "pot", "value", "margin", "unit_value", "return_incremental", "return_attributed", "bar",
    "window", "control", "interval", "small_test", "segment", "gross", "simulated",
)  # fmt: skip
"""Terms of the report that this page uses too."""
_CHART_ROWS = 9
_ROWS_MAX = 500
"""Segments x campaigns x amounts stay below it."""


def who(plan: PeriodPlan, speech: Speech) -> Markup:
    """Users by segment against campaign and amount; who gets nothing, and why."""
    given = offers(plan)
    grid = _grid(given, plan, speech) if given else el("p", speech.say("plan_who.nobody"))
    users, parts = not_allowed_text(plan, speech)
    untouched = (
        sentence("plan_who.not_allowed", speech, users=speech.count(users), parts=parts) if users else None
    )
    table = numbers(tables.cells_table(plan, speech), speech, rows_max=_ROWS_MAX) if plan.cells else None
    return section("plan_who", speech, grid, untouched, _changes(plan, speech), table)


def curve(plan: PeriodPlan, speech: Speech) -> Markup:
    """What other pots would bring, with the budget and the edge on it."""
    if not plan.curve:
        return section("plan_curve", speech, el("p", speech.say("plan_curve.none")))
    points = [
        {
            "x": point.budget_fen / 100,
            "spent": point.spent_fen / 100,
            "y": point.value_est / 100,
            "price": point.price_est,
            "users": point.users,
        }
        for point in plan.curve
        if point.budget_fen
    ]
    data = {
        "points": points,
        "here": {"x": plan.spent_fen / 100, "y": plan.promise.value_est / 100},
        "range": [plan.promise.low_est / 100, plan.promise.high_est / 100],
        "budget": plan.offers_fen / 100,
        "edge": plan.spent_fen / 100 if keeps(plan) else None,
        "words": {
            code: speech.say(f"plan_curve.{code}")
            for code in ("x", "y", "cost", "here", "budget", "edge", "price", "users")
        },
    }
    parts = names(
        [f"{money(point.budget_fen, speech)} → {money(point.value_est, speech)}" for point in plan.curve],
        speech,
    )
    return section(
        "plan_curve",
        speech,
        _curve_sentence(plan, speech),
        chart("plan_curve", "pot", data, label=speech.say("chart.plan_curve", parts=parts), rows=_CHART_ROWS),
        _sampled(plan, speech),
        numbers(tables.curve_table(plan, speech), speech),
    )


def beside(plan: PeriodPlan, speech: Speech) -> Markup:
    """The same money given otherwise."""
    if not plan.baselines or not plan.scope.users_with_level:
        return section("plan_beside", speech, el("p", speech.say("plan_beside.none")))
    data = tables.beside_table(plan, speech)
    promise = plan.promise
    ways = [("this", earned(plan, promise.value_est, plan.spent_fen))]
    ways += sorted(
        ((way.code, earned(plan, way.value_est, way.cost_fen)) for way in plan.baselines), key=lambda w: -w[1]
    )
    drawn = bars(
        [
            (
                speech.say(f"plan_baseline.{code}"),
                value,
                money(value, speech),
                "accent" if code == "this" else "loss" if value < 0 else "",
            )
            for code, value in ways
        ]
    )
    return section("plan_beside", speech, drawn, html_table(data, speech))


def rules(plan: PeriodPlan, speech: Speech) -> Markup:
    """Each rule that binds, how much of it is used, what it costs, the dearest first; the others in one sentence."""
    ordered = sorted(
        (rule for rule in plan.rules if rule.kind != "budget"), key=lambda r: -(r.costs_est or 0)
    )
    if not ordered:
        return section("plan_rules", speech, el("p", speech.say("plan_rules.none")))
    free = [rule for rule in ordered if not rule.binds and not rule.costs_est]
    dear = [rule for rule in ordered if rule not in free]
    others = None
    if free:
        said = names([told(rule.words, speech) for rule in free], speech)
        others = sentence("plan_rules.others", speech, count=str(len(free)), names=said)
    listed = el("ul", [_rule(rule, speech) for rule in dear], class_="verdicts") if dear else None
    return section("plan_rules", speech, listed, _sampled(plan, speech) if dear else None, others)


def curves(plan: PeriodPlan, speech: Speech) -> Markup:
    """Campaign by campaign: what the amounts bring, or why nobody knows and what would tell."""
    return section("plan_curves", speech, [_campaign(c, plan, speech) for c in _in_order(plan)])


def learn(plan: PeriodPlan, speech: Speech) -> Markup:
    """Holdout, exploration, limits a user, the parts of the pot."""
    held = sum(users for code, users in plan.not_allowed if code == "holdout")
    exploring = next((line for line in plan.reserves if line.code == "exploration"), None)
    holdout = (
        sentence(
            "plan_learn.holdout", speech, share=speech.percent(plan.holdout_share), users=speech.count(held)
        )
        if plan.holdout_share
        else sentence("plan_learn.no_holdout", speech)
    )
    if exploring is None or not plan.explore_share:
        explore = sentence("plan_learn.no_explore", speech)
    elif not exploring.users:
        explore = sentence("plan_learn.nothing_to_explore", speech)
    else:
        explore = sentence(
            "plan_learn.explore",
            speech,
            share=speech.percent(plan.explore_share),
            users=speech.count(exploring.users),
            cost=money(exploring.fen, speech),
        )
    cap = sentence("plan_learn.cap", speech, amount=money(plan.cap_fen, speech)) if plan.cap_fen else None
    days = plan.cool_down_days
    return section(
        "plan_learn",
        speech,
        holdout,
        explore,
        cap,
        sentence("plan_learn.cool_down", speech, days=speech.days(days)) if days else None,
        subtitle("plan_reserves", speech, term="entitlement"),
        html_table(tables.reserves_table(plan, speech), speech),
    )


def assumed(plan: PeriodPlan, speech: Speech) -> Markup:
    """What was assumed, in sentences."""
    promise = plan.promise
    data = {
        "random": {},
        "factor": {
            "factor": speech.ratio(promise.factor_est),
            "plain": money(promise.uncalibrated_est, speech),
            "value": money(promise.value_est, speech),
        },
        "face": {"face": money(plan.face_fen, speech), "cost": money(plan.spent_fen, speech)},
        "edge": {"edge": edge_text(plan.edge_est)},
        "seed": {"seed": str(plan.scope.seed)},
    }
    if not plan.scope.users_with_level:
        del data["factor"], data["face"]
    lines: list[Markup | str] = [speech.rich(f"plan_assumed.{code}", **given) for code, given in data.items()]
    lines += [told(note, speech) for note in plan.notes]
    gap = f"{max(plan.solved.gap, 0.0):.1g}" if plan.solved.gap < 1e-4 else speech.rate(plan.solved.gap)
    solved = (
        el("p", speech.say("plan.solved", gap=gap), class_="note") if plan.scope.users_with_level else None
    )
    return section(
        "plan_assumed", speech, el("ul", [el("li", line) for line in lines], class_="dashes"), solved
    )


def terms(_: PeriodPlan, speech: Speech) -> Markup:
    """Every term of the page, defined."""
    return words(PLAN_DEFINITIONS | {code: DEFINITIONS[code] for code in _TERMS_BORROWED}, speech)


SECTIONS: tuple[tuple[str, Callable[[PeriodPlan, Speech], Markup]], ...] = (
    ("plan_who", who),
    ("plan_curve", curve),
    ("plan_beside", beside),
    ("plan_check", people),
    ("plan_rules", rules),
    ("plan_curves", curves),
    ("plan_learn", learn),
    ("plan_assumed", assumed),
    ("words", terms),
)


def _grid(given: Sequence[PlanCell], plan: PeriodPlan, speech: Speech) -> Markup:
    """One column a campaign's amount, one row a segment; the warmest cell has most users."""
    columns = sorted(
        {(cell.campaign_id, cell.amount_fen) for cell in given},
        key=lambda column: (name_of(plan, column[0]), column[1]),
    )
    users = {(cell.segment, cell.campaign_id, cell.amount_fen): cell.users for cell in given}
    segments = sorted({cell.segment for cell in given}, key=lambda s: -_users_of(s, given))
    most = max(users.values())
    rows = []
    for segment in segments:
        cells = [users.get((segment, *column)) for column in columns]
        rows.append(
            (
                speech.name_of("segment", segment),
                [None if count is None else (speech.count(count), count / most) for count in cells],
            )
        )
    titles = [f"{name_of(plan, campaign)} {money(fen, speech)}" for campaign, fen in columns]
    return heat(rows, titles, speech.say("plan_who.corner"), speech.say("table.plan_cells"))


def _users_of(segment: str, given: Sequence[PlanCell]) -> int:
    return sum(cell.users for cell in given if cell.segment == segment)


def _changes(plan: PeriodPlan, speech: Speech) -> Markup | None:
    if plan.changes is None:
        return None
    changed = speech.count(plan.changes)
    if plan.changes_max is None:
        return sentence("plan_who.changes_free", speech, changed=changed)
    return sentence("plan_who.changes", speech, changed=changed, most=speech.count(plan.changes_max))


def _curve_sentence(plan: PeriodPlan, speech: Speech) -> Markup | None:
    """Where it stops paying, or what the next larger pot would bring."""
    if keeps(plan):
        return sentence(
            "plan_curve.edge_at",
            speech,
            at=strong(money(plan.spent_fen, speech)),
            edge=edge_text(plan.edge_est),
        )
    larger = [point for point in plan.curve if point.budget_fen > plan.offers_fen]
    here = [point for point in plan.curve if point.budget_fen <= plan.offers_fen]
    if not larger or not here:
        return None
    more = larger[0].value_est - here[-1].value_est
    return sentence(
        "plan_curve.more",
        speech,
        more=strong(money(larger[0].budget_fen, speech)),
        gain=strong(money(more, speech)),
    )


def _sampled(plan: PeriodPlan, speech: Speech) -> Markup | None:
    """That a figure stands on a part of the users, where it does."""
    if plan.sampled_users is None:
        return None
    return el("p", speech.say("plan_curve.sampled", users=speech.count(plan.sampled_users)), class_="note")


def _rule(rule: Rule, speech: Speech) -> Markup:
    costs = speech.say("plan_rules.costs", amount=money(rule.costs_est, speech)) if rule.costs_est else None
    least = rule.kind in ("segment_minimum", "return_floor")
    used = speech.say(
        "plan_rules.used_least" if least else "plan_rules.used",
        used=_rule_amount(rule, rule.used, speech),
        limit=_rule_amount(rule, rule.limit, speech),
    )
    origin = el("span", speech.say("plan_rules.from_table"), class_="verdict") if rule.from_table else None
    said = [el("span", costs, class_="lost"), " "] if costs else []
    why = told(rule.why, speech) if rule.why is not None else ""
    return el(
        "li",
        el("b", told(rule.words, speech)),
        " ",
        origin,
        el("span", said, speech.sentences(used, _rule_price(rule, speech), why), class_="said"),
    )


def _rule_price(rule: Rule, speech: Speech) -> str:
    """What loosening it a little would bring; nothing where it does not bind."""
    if not rule.binds or rule.unit == "return":
        return ""
    if rule.unit == "fen":
        return speech.say("plan_rules.price_fen", price=speech.ratio(rule.price_est))
    return speech.say("plan_rules.price_users", price=money(rule.price_est, speech))


def _rule_amount(rule: Rule, amount: float, speech: Speech) -> str:
    if rule.unit == "fen":
        return money(amount, speech)
    return speech.count(amount) if rule.unit == "users" else speech.ratio(amount)


def _in_order(plan: PeriodPlan) -> list[CampaignPlan]:
    """Planned ones first, then those that a test would open, then the rest."""
    order = ("planned", "nothing_pays", "not_enough_data", "no_random_data", "excluded", "over")
    return sorted(plan.campaigns, key=lambda c: (order.index(c.status), -c.cost_fen))


def _campaign(campaign: CampaignPlan, plan: PeriodPlan, speech: Speech) -> list[Markup | None]:
    known = [curve for curve in campaign.curves if curve.points]
    planned = campaign.status == "planned"
    shown = [_told_of(curve) for curve in known if curve.users_allowed] if planned else []
    shown = [curve for curve in shown if curve.points]
    unknown = [curve for curve in campaign.curves if not curve.points and curve.users_allowed]
    tone = "pays" if campaign.status == "planned" else "unknown"
    title = el(
        "h3",
        campaign.name,
        " ",
        el("span", status_text(plan, campaign, speech), class_=f"verdict verdict-{tone}"),
    )
    untold = names([speech.name_of("segment", curve.segment) for curve in unknown], speech)
    return [
        title,
        _multiples(campaign, shown, speech) if shown else _best(known, speech),
        sentence("plan_curves.unknown", speech, segments=untold) if unknown else None,
        numbers(tables.response_table(campaign, speech), speech, rows_max=_ROWS_MAX) if known else None,
        _attributed(campaign, speech),
        _test(campaign, plan, speech),
    ]


def _told_of(curve: SegmentCurve) -> SegmentCurve:
    """The curve without amounts that too few were given."""
    return replace(curve, points=tuple(point for point in curve.points if point.known))


def _best(known: Sequence[SegmentCurve], speech: Speech) -> Markup | None:
    """The best return of a campaign that is not planned: so far from paying it is."""
    returns = [
        (point.value_est / point.cost_est, point.amount_fen, curve.segment)
        for curve in known
        for point in curve.points
        if point.cost_est > 0 and curve.users_allowed and point.known
    ]
    if not returns:
        return None
    each, amount_fen, segment = max(returns)
    return sentence(
        "plan_curves.best",
        speech,
        segment=speech.inside(speech.name_of("segment", segment)),
        amount=money(amount_fen, speech),
        each=strong(speech.ratio(each)),
    )


def _multiples(campaign: CampaignPlan, known: Sequence[SegmentCurve], speech: Speech) -> Markup:
    """One small chart a segment, all on one scale."""
    points = [point for curve in known for point in curve.points]
    top = max(max(point.high_est, point.cost_est) for point in points) / 100
    low = min(0.0, min(point.low_est for point in points) / 100)
    drawn = [_response(campaign, curve, (low, top), speech) for curve in known]
    return el("div", drawn, class_="multiples")


def _response(
    campaign: CampaignPlan, curve: SegmentCurve, scale: tuple[float, float], speech: Speech
) -> Markup:
    segment = speech.name_of("segment", curve.segment)
    data = {
        "points": [
            {
                "x": point.amount_fen / 100,
                "y": point.value_est / 100,
                "low": point.low_est / 100,
                "high": point.high_est / 100,
                "cost": point.cost_est / 100,
            }
            for point in sorted(curve.points, key=lambda p: p.amount_fen)
        ],
        "x": speech.say("plan_curves.x"),
        "y": speech.say("plan_curves.y"),
        "cost": speech.say("plan_curves.cost"),
        "scale": scale,
        "small": True,
    }
    said = names(
        [f"{money(p.amount_fen, speech)}: {money(p.value_est, speech)}" for p in curve.points], speech
    )
    label = speech.say("chart.plan_response", name=f"{campaign.name} {segment}", parts=said)
    code = f"response-{campaign.campaign_id}-{curve.segment}"
    users = speech.count(curve.users_allowed)
    head = el("h4", speech.say("plan_curves.segment", segment=segment, users=users))
    return el("div", head, chart(code, "curve", data, label=label, rows=5))


def _attributed(campaign: CampaignPlan, speech: Speech) -> Markup | None:
    if campaign.attributed_return_est is None or campaign.status not in ("no_random_data", "not_enough_data"):
        return None
    value = term_link("return_attributed", speech.ratio(campaign.attributed_return_est))
    return sentence("plan_curves.attributed", speech, value=value)


def _test(campaign: CampaignPlan, plan: PeriodPlan, speech: Speech) -> Markup | None:
    """The small test that would tell, and how to have its list written."""
    test = campaign.small_test
    if test is None:
        untested = campaign.status in ("no_random_data", "not_enough_data")
        return sentence("plan_curves.no_test", speech) if untested else None
    command = speech.say("plan_curves.test_command", period=plan.scope.period, campaign=campaign.campaign_id)
    return join(
        [
            sentence(
                "plan_curves.test",
                speech,
                users=strong(speech.count(test.control_users + test.treated_users)),
                days=str(test.days),
                cost=strong(money(test.cost_fen, speech)),
            ),
            el("p", command, class_="note"),
        ]
    )
