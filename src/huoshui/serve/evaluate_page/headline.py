"""Campaigns in plain words: the sentences that open the page and the ten lines of the terminal."""

from math import isfinite

from huoshui.base.errors import Language
from huoshui.core.risk import Level
from huoshui.flow.evaluating.values import Advice, CampaignEvaluated, TrialStep
from huoshui.serve.evaluate_page.input import EvaluateInput
from huoshui.serve.report.headline import Sentence
from huoshui.serve.report.speech import NOT_KNOWN, Speech

LINES_MAX = 10
ACT: tuple[Advice, ...] = ("look", "stop", "amounts", "reduce", "test")
TO_LOOK_AT: tuple[Level, ...] = ("high", "watch")
"""Groups of these levels are told; merely linked accounts are no suspicion."""


def evaluate_lines(input: EvaluateInput, language: Language) -> list[str]:
    """At most ten lines: how many need action, campaign by campaign, what acting earlier would have kept, rings."""
    speech = Speech(language, input.currency)
    found = input.found
    title = speech.say("evaluate_line.title", name=input.folder_name, scope=scope(input, speech))
    first = speech.say("evaluate_line.simulated", line=title) if found.simulated else title
    told_last = (saved, linked, plan_unmet, missing)
    closing = [line for line in (tell(input, speech) for tell in told_last) if line]
    told = [campaign_sentence(one, speech).plain(speech) for one in found.campaigns]
    room = LINES_MAX - 2 - len(closing)
    if len(told) > room:
        more = speech.say("evaluate_line.more", count=len(told) - room + 1)
        told = [*told[: room - 1], more]
    return [first, headline(input, speech), *told, *closing]


def scope(input: EvaluateInput, speech: Speech) -> str:
    """How many campaigns, of which days."""
    found = input.found
    return speech.say(
        "evaluate.scope",
        campaigns=len(found.campaigns),
        first=found.data_first_day,
        last=found.data_last_day,
    )


def headline(input: EvaluateInput, speech: Speech) -> str:
    """How many need action."""
    campaigns = input.found.campaigns
    running = [one for one in campaigns if one.running]
    if not campaigns:
        return speech.say("evaluate.headline_none")
    if not running:
        return speech.say("evaluate.headline_over", campaigns=len(campaigns))
    act = sum(one.advice in ACT for one in running)
    keep = sum(one.advice == "keep" for one in running)
    return speech.say(
        "evaluate.headline", running=len(running), act=act, keep=keep, rest=len(running) - act - keep
    )


def campaign_sentence(one: CampaignEvaluated, speech: Speech) -> Sentence:
    """What to do about a campaign, and what it brought."""
    data = {"name": one.name, "advice": speech.say(f"advice.{one.advice}")}
    if one.split == "broken":
        return Sentence("evaluate.unhealthy", data)
    if not one.arms:
        return Sentence("evaluate.raw", data)
    for step in one.steps:
        if step.kind == "worn_out":
            return Sentence("evaluate.worn", data | _worn(step, speech), ("value",))
    whole = one.arms[0]
    if whole.value is None or whole.each.value_est is None:
        return Sentence("evaluate.young", data | {"days": str(one.window_days)})
    more = {
        "each": speech.ratio(whole.each.value_est),
        "range": speech.span(ratio(whole.each.low_est, speech), ratio(whole.each.high_est, speech)),
        "value": speech.amount(whole.value.value_est),
    }
    return Sentence("evaluate.known", data | more, ("each", "value"))


def split_sentence(one: CampaignEvaluated, speech: Speech) -> str:
    """Whether the split is healthy."""
    return speech.say(
        f"split.{one.split}", treated=speech.count(one.treated), control=speech.count(one.control)
    )


def amounts_sentence(one: CampaignEvaluated, speech: Speech) -> str:
    """What each amount proved; empty of a single one."""
    if len(one.arms) < 2:
        return ""
    parts = [
        speech.say(
            "evaluate.amount",
            amount=speech.amount(arm.amount_fen or 0),
            verdict=speech.say(f"trial_state.{arm.verdict.state}"),
        )
        for arm in one.arms[1:]
    ]
    return speech.say("evaluate.amounts", parts=speech.say("common.comma").join(parts))


def rail_sentence(one: CampaignEvaluated, speech: Speech) -> str:
    """Margin after 30 or 90 days, treated against control."""
    rail = one.rail
    if rail.days is None:
        return speech.say(f"rail.{rail.state}")
    gap = next(gap for gap in rail.gaps if gap.days == rail.days and gap.part == "whole")
    shown = abs(gap.gap_est) if rail.state == "harm" else gap.gap_est
    low, high = (-gap.high_est, -gap.low_est) if rail.state == "harm" else (gap.low_est, gap.high_est)
    return speech.say(
        f"rail.{rail.state}",
        days=rail.days,
        gap=speech.amount(shown),
        range=speech.span(speech.exact(low), speech.exact(high)),
    )


def today_sentence(one: CampaignEvaluated, speech: Speech) -> str:
    """Where the guard stands; empty of a campaign that is over."""
    guard = one.guard
    if not one.running:
        return ""
    return speech.say(
        "evaluate.today",
        rung=speech.say(f"guard_rung.{guard.rung}"),
        share=f"{guard.share:.0%}",
        evidence=f"{guard.evidence.e_est:.3g}",
        basis=speech.say(f"basis.{guard.evidence.basis}"),
    )


def step_sentence(step: TrialStep, speech: Speech) -> str:
    """What comparing the arms would have said."""
    if step.kind == "worn_out":
        return speech.say("hindsight.worn_out", **_worn(step, speech))
    assert step.reading is not None
    reading = step.reading
    return speech.say(
        f"hindsight.{step.kind}",
        value=speech.amount(reading.value_est),
        low=speech.exact(reading.low_est),
        high=speech.exact(reading.high_est),
    )


def after_sentence(one: CampaignEvaluated, speech: Speech) -> str:
    """What was given after stopping would have been proposed; empty where it never would have been."""
    if one.stop_on is None:
        return ""
    return speech.say(
        "hindsight.after",
        day=one.stop_on.isoformat(),
        amount=speech.amount(one.after_stop_fen),
        share=speech.percent(one.after_stop_fen / one.granted_fen) if one.granted_fen else NOT_KNOWN,
    )


def saved(input: EvaluateInput, speech: Speech) -> str:
    """Of all campaigns that would have been stopped; empty of none."""
    stopped = [one for one in input.found.campaigns if one.stop_on is not None]
    days = [one.stop_on for one in stopped if one.stop_on is not None]
    if not days:
        return ""
    return speech.say(
        "evaluate.saved",
        day=min(days).isoformat(),
        count=len(stopped),
        amount=speech.amount(sum(one.after_stop_fen for one in stopped)),
    )


def linked(input: EvaluateInput, speech: Speech) -> str:
    """How many groups should be looked at, and what they took; empty where the files cannot tell."""
    risk = input.found.risk
    if risk is None:
        return ""
    groups, users, fen = (
        sum(number for level, number in told if level in TO_LOOK_AT)
        for told in (risk.groups, risk.users, risk.given_fen)
    )
    if not groups:
        return speech.say("evaluate.linked_none")
    return speech.say(
        "evaluate.linked", groups=speech.count(groups), users=speech.count(users), amount=speech.amount(fen)
    )


def plan_unmet(input: EvaluateInput, speech: Speech) -> str:
    """That the plan given says nothing of these files; empty where it does, or none was given."""
    folder = input.found.plan_folder
    return speech.say("evaluate.plan_unmet", folder=folder) if folder and input.found.plan_unmet else ""


def missing(input: EvaluateInput, speech: Speech) -> str:
    """What the files lack for every campaign; empty where they lack nothing."""
    if not input.found.needs:
        return ""
    parts = [speech.say(f"need.{need}") for need in input.found.needs]
    return speech.say("evaluate.missing", needs="; ".join(parts))


def ratio(value: float | None, speech: Speech) -> str:
    """A return; a dash where there is no end."""
    return speech.ratio(value) if value is not None and isfinite(value) else NOT_KNOWN


def _worn(step: TrialStep, speech: Speech) -> dict[str, str]:
    assert step.value_est is not None
    assert step.before_est is not None
    return {
        "since": step.since.isoformat(),
        "value": speech.amount(step.value_est),
        "before": speech.amount(step.before_est),
    }
