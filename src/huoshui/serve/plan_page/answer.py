"""The first page: what to spend and keep, what it brings, the campaigns, what to do next. One A4."""

from huoshui.core.allocate.plan_values import PeriodPlan
from huoshui.serve.plan_page import headline
from huoshui.serve.plan_page.input import PlanInput
from huoshui.serve.plan_page.tables import campaigns_table, pot_parts
from huoshui.serve.report.markup import Markup, el, join, styles
from huoshui.serve.report.sections.frame import tile
from huoshui.serve.report.speech import NOT_KNOWN, Speech
from huoshui.serve.report.table import html_table, term_link

_TONES = {"offers": "reached", "kept": "kept"}


def answer(input: PlanInput, speech: Speech) -> Markup:
    """Everything on the first sheet of paper."""
    plan = input.plan
    promised = headline.promise_sentence(plan, speech)
    beside = headline.beside_sentence(plan, speech)
    gross = (
        el("p", term_link("gross", speech.say("gross.short")), class_="gross") if plan.scope.gross else None
    )
    return el(
        "section",
        el("p", _scope(plan, speech), class_="scope"),
        el("h1", headline.headline(plan, speech).rich(speech)),
        _strip(plan, speech),
        el("p", promised.rich(speech), class_="runway") if promised is not None else None,
        gross,
        el("p", beside.rich(speech), class_="first-thing") if beside is not None else None,
        _tiles(plan, speech) if promised is not None else None,
        html_table(campaigns_table(plan, speech), speech) if plan.campaigns else None,
        _next_steps(input, speech),
        el("p", speech.say("plan.marking"), class_="note"),
        id="answer",
        class_="answer",
    )


def _scope(plan: PeriodPlan, speech: Speech) -> str:
    scope = plan.scope
    return speech.say(
        "plan.scope",
        period=headline.period_text(scope.period, speech),
        budget=headline.money(plan.budget_fen, speech),
        users=speech.count(scope.users),
        allowed=speech.count(scope.users_allowed),
        first=scope.data_first_day,
        last=scope.data_last_day,
    )


def _strip(plan: PeriodPlan, speech: Speech) -> Markup | None:
    """The pot as one bar: offers first, what is owed or kept for learning, what stays."""
    parts = pot_parts(plan)
    if not parts:
        return None
    bar = [
        el("i", class_=_TONES.get(code, "taken"), style=styles({"flex-grow": max(1, fen)}))
        for code, fen, _ in parts
    ]
    legend = [
        el(
            "li",
            el("span", speech.say(f"plan_reserve.{code}")),
            " ",
            el("b", headline.money(fen, speech)),
            class_=_TONES.get(code, "taken"),
        )
        for code, fen, _ in parts
    ]
    return el("div", el("div", bar, class_="bar", aria_hidden="true"), el("ul", legend), class_="strip pot")


def _tiles(plan: PeriodPlan, speech: Speech) -> Markup:
    scope, promise = plan.scope, plan.promise
    share = plan.spent_fen / plan.face_fen if plan.face_fen else 0.0
    mean = speech.ratio(promise.value_est / plan.spent_fen) if plan.spent_fen else NOT_KNOWN
    offered = headline.offered_users(plan)
    learning = sum(users for code, users in plan.not_allowed if code == "holdout") + sum(
        line.users for line in plan.reserves if line.code == "exploration"
    )
    told: list[tuple[str, str | None, str, dict[str, str]]] = [
        ("users", None, speech.count(offered), {"allowed": speech.count(scope.users_allowed)}),
        ("face", "face", headline.money(plan.face_fen, speech), {}),
        ("cost", "expected_spent", headline.money(plan.spent_fen, speech), {"share": speech.percent(share)}),
        ("kept", "edge", headline.money(plan.unspent_fen, speech), {"edge": speech.ratio(plan.edge_est)}),
        ("return", "return_incremental", mean, {}),
        ("price_kept" if headline.keeps(plan) else "price", "unit_value", speech.ratio(plan.price_est), {}),
        (
            "learn",
            "holdout",
            speech.count(learning),
            {"holdout": speech.percent(plan.holdout_share), "explore": speech.percent(plan.explore_share)},
        ),
        (
            "factor",
            "promise",
            speech.ratio(promise.factor_est),
            {"plain": headline.money(promise.uncalibrated_est, speech)},
        ),
    ]
    drawn = [
        tile(speech.say(f"plan.tile_{code}"), term, value, speech.say(f"plan.tile_{code}_below", **data))
        for code, term, value, data in told
    ]
    return el("div", drawn, class_="tiles")


def _next_steps(input: PlanInput, speech: Speech) -> Markup:
    """Look, give, learn; without a plan: the small test."""
    plan = input.plan
    if not plan.scope.users_with_level:
        link = el("a", speech.say("plan.next_test_link"), href="#plan_curves")
        return el("p", speech.rich("plan.next_test", link=link), class_="first-thing")
    steps = [
        speech.rich("plan.next_list", file=el("code", input.people_file)),
        speech.rich("plan.next_after", file=el("code", input.explored_file)),
    ]
    if plan.checked:
        link = el("a", speech.say("plan.next_check_link"), href="#plan_check")
        steps.insert(0, speech.rich("plan.next_check", n=str(len(plan.checked)), link=link))
    return join(
        [
            el("h2", speech.say("plan.next"), class_="findings-title"),
            el("ol", [el("li", step) for step in steps], class_="steps"),
        ]
    )
