"""The users drawn at random, to be judged by eye: on the screen with buttons, on paper with boxes."""

from huoshui.core.allocate.plan_values import CheckedUser, PeriodPlan
from huoshui.serve.plan_page.headline import money, told
from huoshui.serve.report.markup import Markup, el, join, json_block
from huoshui.serve.report.sections.frame import section
from huoshui.serve.report.speech import Speech


def people(plan: PeriodPlan, speech: Speech) -> Markup:
    """One card a user; the answers stay in the browser and can be saved as CSV."""
    if not plan.checked:
        return section("plan_check", speech, el("p", speech.say("plan_check.none")))
    cards = [_card(number, user, speech) for number, user in enumerate(plan.checked, start=1)]
    bar = el(
        "div",
        el("span", class_="far", id="check-far", role="status"),
        el("button", speech.say("plan_check.save"), type="button", id="check-save"),
        class_="check-bar",
    )
    return section(
        "plan_check",
        speech,
        bar,
        el("p", speech.say("plan_check.no_storage"), class_="note", id="check-no-storage", hidden=True),
        el("ol", cards, class_="checks"),
        json_block("check-data", _data(plan, speech)),
    )


def _card(number: int, user: CheckedUser, speech: Speech) -> Markup:
    given = user.amount_fen > 0
    amount = el("b", speech.say("plan_check.give", amount=money(user.amount_fen, speech))) if given else None
    return el(
        "li",
        el(
            "div",
            el("span", str(number), class_="rank"),
            el("span", user.user_id, class_="who"),
            el("span", speech.name_of("segment", user.segment), class_="segment"),
            class_="head",
        ),
        el(
            "div",
            amount or el("b", speech.say("plan_check.nothing"), class_="none"),
            " ",
            el("span", user.campaign_name or "", class_="campaign") if given else None,
            class_="gets",
        ),
        el("p", told(user.reason, speech), class_="reason"),
        el("p", " · ".join(told(line, speech) for line in user.history), class_="history"),
        el("p", " · ".join(_others(user, speech)), class_="history"),
        _verdict(number, speech),
        class_="check",
        data_check=number - 1,
    )


def _others(user: CheckedUser, speech: Speech) -> list[str]:
    """What less and more would bring."""
    lines = []
    for side, fen, value in (
        ("below", user.below_fen, user.below_value_est),
        ("above" if user.amount_fen else "would", user.above_fen, user.above_value_est),
    ):
        if fen and value is not None:
            amount = money(fen, speech)
            lines.append(speech.say(f"plan_check.{side}", amount=amount, value=money(value, speech)))
    return lines


def _verdict(number: int, speech: Speech) -> Markup:
    name = f"check-{number}"
    choices = [
        el(
            "label",
            el("input", type="radio", name=name, value=value),
            " ",
            el("span", speech.say(f"plan_check.{value}")),
            class_=value,
        )
        for value in ("right", "wrong")
    ]
    why = speech.say("plan_check.why")
    note = el("input", type="text", class_="why", placeholder=why, aria_label=why, maxlength=200)
    return el("div", join(choices, " "), " ", note, class_="judge")


def _data(plan: PeriodPlan, speech: Speech) -> dict[str, object]:
    """What our script needs to keep the answers and to write the table."""
    scope = plan.scope
    columns = ("user_id", "segment", "campaign_id", "amount_yuan", "answer", "why")
    return {
        "key": f"huoshui-check-{scope.period}-{scope.seed}-{plan.budget_fen}-{plan.spent_fen}",
        "file": speech.say("plan_check.file", period=scope.period),
        "far": speech.say("plan_check.far", done="{done}", all="{all}", wrong="{wrong}"),
        "words": {"right": speech.say("plan_check.right"), "wrong": speech.say("plan_check.wrong")},
        "columns": list(columns),
        "rows": [
            [user.user_id, user.segment, user.campaign_id or "", f"{user.amount_fen / 100:.2f}"]
            for user in plan.checked
        ],
    }
