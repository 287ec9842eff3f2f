"""What the guard would have said, in words: campaign by campaign, of all, and of those that nobody can judge."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from huoshui.core.costs.values import CampaignOutcome, Finding
from huoshui.serve.report.input import ReportInput
from huoshui.serve.report.speech import NOT_KNOWN, Speech

if TYPE_CHECKING:
    from huoshui.flow.guarding.values import GuardedPast

_NAMES_SAID = 4
_QUIET_MIN = 3


def sentences(past: "GuardedPast", speech: Speech) -> str:
    """What it would have proposed on which day, and what that rests on."""
    return speech.sentences(_proposed(past, speech), _rests(past, speech))


def apart(
    guarded: Sequence["GuardedPast"],
) -> tuple[list["GuardedPast"], list["GuardedPast"]]:
    """Those told one by one, what would have kept most first; and, where they are several, those with no proposal."""
    quiet = [
        past for past in guarded if past.split == "agrees" and past.guard.judged and not past.proposed_on
    ]
    if len(quiet) < _QUIET_MIN:
        quiet = []
    told = [past for past in guarded if past not in quiet]
    return sorted(told, key=lambda past: (not past.in_time, -past.withheld_fen, past.campaign_id)), quiet


def quiet_sentence(quiet: Sequence["GuardedPast"], names: Mapping[str, str], speech: Speech) -> str:
    """Several campaigns of which nothing would have been proposed; empty of none."""
    if not quiet:
        return ""
    return speech.say(
        "guard.quiet_many",
        names=speech.say("common.comma").join(
            names.get(past.campaign_id, past.campaign_id) for past in quiet
        ),
        most=_evidence(max(past.guard.evidence.e_est for past in quiet)),
        alarm=_evidence(quiet[0].alarm_e),
        judged=speech.count(sum(past.guard.judged for past in quiet)),
    )


def nobody_knows(input: ReportInput, speech: Speech) -> str:
    """The campaigns that nobody was drawn for; empty without any."""
    drawn = {past.campaign_id for past in input.guarded}
    names = [one.name for one in input.diagnosis.campaigns if one.campaign_id not in drawn]
    if not names:
        return ""
    said = speech.say("common.comma").join(names[:_NAMES_SAID])
    if len(names) > _NAMES_SAID:
        said = speech.say("guard.names_more", names=said, count=len(names))
    return speech.say("guard.nobody", names=said)


def line(input: ReportInput, speech: Speech) -> str:
    """All campaigns in one line; empty where it would have kept nothing."""
    told = [past for past in input.guarded if past.in_time and past.withheld_fen]
    days = [past.proposed_on for past in told if past.proposed_on is not None]
    if not days:
        return ""
    return speech.say(
        "guard.line",
        day=min(days).isoformat(),
        count=len(told),
        amount=speech.amount(sum(past.withheld_fen for past in told)),
    )


def of_finding(finding: Finding, input: ReportInput, speech: Speech) -> str:
    """Since when the campaign of a finding would have been lowered; empty where that is not known."""
    own = (past for past in input.guarded if past.campaign_id == finding.facts.get("campaign_id"))
    past = next((past for past in own if past.in_time and past.withheld_fen), None)
    if past is None or past.proposed_on is None:
        return ""
    return speech.say(
        "guard.finding", day=past.proposed_on.isoformat(), amount=speech.amount(past.withheld_fen)
    )


def matured_return(
    past: "GuardedPast", outcome: CampaignOutcome | None
) -> tuple[float | None, float | None, float | None]:
    """The matured return with its range: the report's own against control, else what is attributed."""
    if past.attributed is not None:
        return past.attributed.return_est, past.attributed.low_est, past.attributed.high_est
    if outcome is None:
        return None, None, None
    return outcome.incremental_return_est, outcome.return_low_est, outcome.return_high_est


def _proposed(past: "GuardedPast", speech: Speech) -> str:
    guard = past.guard
    if past.split == "broken":
        return speech.say("guard.broken")
    if not guard.judged:
        return speech.say("guard.young", waiting=speech.count(guard.waiting))
    first = past.proposed_on
    if first is None:
        return speech.say(
            "guard.quiet", evidence=_evidence(guard.evidence.e_est), alarm=_evidence(past.alarm_e)
        )
    step = next(
        action for action in guard.actions if action.day == first and action.kind in ("lower", "pause")
    )
    drift = step.reason in ("drift", "drift_sure")
    because = (
        speech.say("guard.because_drift")
        if drift
        else speech.say("guard.because_evidence", alarm=_evidence(past.alarm_e))
    )
    if not past.in_time:
        return speech.say("guard.too_late", day=first.isoformat(), because=because)
    data = {
        "lowered": first.isoformat(),
        "share": f"{step.share_after:.0%}",
        "because": because,
        "amount": speech.amount(past.withheld_fen),
    }
    if guard.paused_on is not None and guard.paused_on > first:
        return speech.say("guard.paused", paused=guard.paused_on.isoformat(), **data)
    return speech.say("guard.lowered", rung=speech.say(f"guard_rung.{guard.rung}"), **data)


def _rests(past: "GuardedPast", speech: Speech) -> str:
    if past.split == "broken" or not past.guard.judged:
        return ""
    judged = speech.count(past.guard.judged)
    if past.attributed is None:
        return speech.say("guard.rests_incremental", judged=judged)
    value, low, high = matured_return(past, None)
    told = NOT_KNOWN if value is None else speech.ratio(value)
    if low is not None and high is not None:
        told = f"{told} ({speech.span(speech.ratio(low), speech.ratio(high))})"
    return speech.say("guard.rests_attributed", judged=judged, value=told)


def _evidence(e_est: float) -> str:
    return f"{e_est:.3g}"
