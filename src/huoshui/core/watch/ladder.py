"""The ladder on a campaign's issuing share: a pure machine from evidence and a day to where it stands and what to do.

Order of a day: what a person said, the loss cap, the breakers, a late feed, then the figures. Steps by figures wait for
the cool-down; everything else acts at once. A pause needs E >= `pause_e`, the loss cap, or a person: nothing else leads
there.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from huoshui.core.watch.values import (
    RUNGS,
    Action,
    ActionKind,
    BreakerCode,
    Evidence,
    GuardTerms,
    Ladder,
    LadderRules,
    Limit,
    Numbers,
    Order,
    ReasonCode,
    Rung,
    Undo,
)


def step(
    ladder: Ladder, evidence: Evidence, day: date, terms: GuardTerms, order: Order | None = None
) -> tuple[Ladder, tuple[Action, ...]]:
    """One day of a campaign. Days come in order; one that is left out is like one on which nothing new was seen."""
    if ladder.day is not None and day < ladder.day:
        raise ValueError(f"{day} comes after {ladder.day}")
    if terms.entitlement and order is not None:
        raise ValueError("what a published rule gives is not withheld: change the rule")
    if order is not None and order.action is not None and order.action.campaign_id != terms.campaign_id:
        raise ValueError(f"an action of {order.action.campaign_id} is not undone at {terms.campaign_id}")
    today = _Today(evidence, day, terms, order)
    actions: list[Action] = []
    for rule in _FOR_RULES if terms.entitlement else _FOR_OFFERS:
        ladder, more = rule(ladder, today)
        actions += more
    return replace(ladder, day=day), tuple(actions)


def issuing_share(ladder: Ladder, rules: LadderRules) -> float:
    """The share of users who may get an offer now: the rung's, or less where a limit lies over it."""
    return min([rules.share_of(ladder.rung), *(limit.share for limit in ladder.limits)])


def trickle_share(ladder: Ladder, rules: LadderRules) -> float:
    """The share of all users who are drawn by chance now, inside the issuing share; 0 but on the quarter."""
    return min(rules.trickle_share if ladder.rung == "quarter" else 0.0, issuing_share(ladder, rules))


@dataclass(frozen=True, slots=True)
class _Today:
    evidence: Evidence
    day: date
    terms: GuardTerms
    order: Order | None


_Moved = tuple[Ladder, list[Action]]


def _by_order(ladder: Ladder, today: _Today) -> _Moved:
    order = today.order
    if order is None:
        return ladder, []
    if order.kind == "pause":
        return _stepped(ladder, today, "paused", "pause", "by_person", (("by", order.by),))
    if order.kind == "resume":
        if ladder.rung != "paused":
            return ladder, []
        return _stepped(ladder, today, order.rung, "resume", "by_person", (("by", order.by),))
    assert order.action is not None
    return _undone(ladder, today, order.action, order.by)


def _undone(ladder: Ladder, today: _Today, action: Action, by: str) -> _Moved:
    """Back to where an action came from. A limit that is undone is waived until its cause has gone."""
    numbers: Numbers = (("by", by), ("of_day", action.day.isoformat()))
    limit = action.limit
    if limit is not None:
        kept = tuple(other for other in ladder.limits if other.code != limit.code)
        waived = tuple(other for other in ladder.waived if other.code != limit.code)
        if action.limit_on:
            before = Limit(limit.code, action.limit_share_before)
            looser = (before,) if before.share < 1 else ()
            after = replace(ladder, limits=(*kept, *looser), waived=(*waived, before))
        else:
            after = replace(ladder, limits=(*kept, replace(limit, by_hand=True)), waived=waived)
        return after, [_action("undo", "by_person", numbers, ladder, after, today, limit)]
    if action.rung_before == ladder.rung or action.kind in ("warn", "freeze", "thaw"):
        return ladder, []
    after, actions = _stepped(ladder, today, action.rung_before, "undo", "by_person", numbers)
    quiet = today.day + timedelta(days=today.terms.rules.undo_days)
    return replace(after, quiet_until=quiet), actions


def _by_loss_cap(ladder: Ladder, today: _Today) -> _Moved:
    most = today.terms.rules.loss_fen_max
    # Who resumes above the cap knows it: the order of the same day stands, the next day asks again.
    if most is None or today.evidence.loss_fen < most or ladder.rung == "paused" or _resumed(today):
        return ladder, []
    numbers: Numbers = (("loss_fen", today.evidence.loss_fen), ("loss_fen_max", most))
    return _stepped(ladder, today, "paused", "pause", "loss_cap", numbers)


def _resumed(today: _Today) -> bool:
    return today.order is not None and today.order.kind in ("resume", "undo")


def _by_breakers(ladder: Ladder, today: _Today) -> _Moved:
    """Limits come with their cause and go with it; one put on by hand stays, and one that was waived stays away."""
    actions: list[Action] = []
    tripped = {breach.code: breach for breach in today.evidence.breaches}
    ladder = replace(ladder, waived=tuple(one for one in ladder.waived if one.code in tripped))
    allowed = {waived.code: waived.share for waived in ladder.waived}
    for limit in ladder.limits:
        if limit.code not in tripped and not limit.by_hand:
            after = replace(ladder, limits=tuple(kept for kept in ladder.limits if kept != limit))
            actions.append(_action("lift", "cause_gone", (), ladder, after, today, limit))
            ladder = after
    for code, breach in tripped.items():
        share = max(breach.share, allowed.get(code, 0.0))
        if _limit_share(ladder, code) <= share:
            continue
        kept = tuple(limit for limit in ladder.limits if limit.code != code)
        limit = Limit(code, share)
        after = replace(ladder, limits=(*kept, limit))
        actions.append(_action("limit", code, breach.numbers, ladder, after, today, limit))
        ladder = after
    return ladder, actions


def _by_feed(ladder: Ladder, today: _Today) -> _Moved:
    late = today.evidence.values_late_days
    frozen = late is None or late >= today.terms.rules.feed_late_days
    if frozen == ladder.frozen:
        return ladder, []
    after = replace(ladder, frozen=frozen)
    numbers: Numbers = (("late_days", "unknown" if late is None else late),)
    if frozen:
        return after, [_action("freeze", "values_late", numbers, ladder, after, today)]
    return after, [_action("thaw", "values_back", numbers, ladder, after, today)]


def _by_figures(ladder: Ladder, today: _Today) -> _Moved:
    quiet = ladder.quiet_until is not None and today.day < ladder.quiet_until
    if ladder.frozen or ladder.rung == "paused" or quiet:
        return ladder, []
    wanted, reason = _wanted(today.evidence, today.terms.rules)
    here, there = RUNGS.index(ladder.rung), RUNGS.index(wanted)
    if there > here:
        kind: ActionKind = "pause" if wanted == "paused" else "lower"
        return _stepped(ladder, today, wanted, kind, reason, _numbers(reason, today))
    if there < here and _may_rise(ladder, today):
        return _stepped(ladder, today, RUNGS[here - 1], "raise", "recovered", _numbers("recovered", today))
    return ladder, []


def _wanted(evidence: Evidence, rules: LadderRules) -> tuple[Rung, ReasonCode]:
    """The rung that the figures of a day ask for by themselves."""
    since_drift = evidence.since_drift_e_est or 0.0
    if evidence.e_est >= rules.pause_e:
        return "paused", "surely_below_bar"
    if since_drift >= rules.pause_e:
        return "paused", "drift_sure"
    if evidence.e_est >= rules.alarm_e:
        return "quarter", "below_bar"
    if evidence.drifted or since_drift >= rules.alarm_e:
        return "quarter", "drift"
    return evidence.young_rung, "young_cohorts"


def _may_rise(ladder: Ladder, today: _Today) -> bool:
    """Whether what led down has gone for long enough."""
    rules, evidence = today.terms.rules, today.evidence
    wait = timedelta(days=rules.raise_after_days)
    if ladder.stepped_on is not None and today.day < ladder.stepped_on + wait:
        return False
    return max(evidence.e_est, evidence.since_drift_e_est or 0.0) < rules.recovered_e


def _by_warnings(ladder: Ladder, today: _Today) -> _Moved:
    """Each warning once, when it begins. A published rule that is below the bar is a warning too."""
    warnings = today.evidence.warnings
    if today.terms.entitlement and not ladder.frozen:
        wanted, reason = _wanted(today.evidence, today.terms.rules)
        if wanted in ("quarter", "paused"):
            warnings = (*warnings, ("rule_below_bar", _numbers(reason, today)))
    after = replace(ladder, warned=tuple(code for code, _ in warnings))
    actions = [
        _action("warn", code, numbers, after, after, today)
        for code, numbers in warnings
        if code not in ladder.warned
    ]
    return after, actions


def _stepped(
    ladder: Ladder, today: _Today, rung: Rung, kind: ActionKind, reason: ReasonCode, numbers: Numbers
) -> _Moved:
    """On another rung, with a cool-down; nothing where it stands there already."""
    if rung == ladder.rung:
        return ladder, []
    quiet = today.day + timedelta(days=today.terms.rules.cool_down_days)
    after = replace(ladder, rung=rung, stepped_on=today.day, quiet_until=quiet, reason=reason)
    return after, [_action(kind, reason, numbers, ladder, after, today)]


def _numbers(reason: ReasonCode, today: _Today) -> Numbers:
    evidence, rules = today.evidence, today.terms.rules
    told: list[tuple[str, float | int | str]] = [
        ("e_est", evidence.e_est),
        ("cohorts", evidence.cohorts),
        ("users", evidence.users),
    ]
    if reason in ("below_bar", "surely_below_bar"):
        told.append(("threshold", rules.alarm_e if reason == "below_bar" else rules.pause_e))
    if reason in ("drift", "drift_sure", "recovered"):
        told.append(("drift_est", evidence.drift_est))
        if evidence.since_drift_e_est is not None:
            told.append(("since_drift_e_est", evidence.since_drift_e_est))
    if reason == "young_cohorts":
        told += dict(evidence.warnings).get("young_cohorts", ())
    return tuple(told)


def _action(
    kind: ActionKind,
    reason: ReasonCode,
    numbers: Numbers,
    before: Ladder,
    after: Ladder,
    today: _Today,
    limit: Limit | None = None,
) -> Action:
    rules = today.terms.rules
    shares = issuing_share(before, rules), issuing_share(after, rules)
    trickles = trickle_share(before, rules), trickle_share(after, rules)
    if kind == "warn":
        undo = Undo(False, shares[0], trickles[0], "look")
    elif kind in ("freeze", "thaw"):
        undo = Undo(False, shares[0], trickles[0], "send_values")
    else:
        undo = Undo(True, shares[0], trickles[0])
    return Action(
        kind=kind,
        campaign_id=today.terms.campaign_id,
        day=today.day,
        share_before=shares[0],
        share_after=shares[1],
        trickle_share_after=trickles[1],
        reason=reason,
        numbers=numbers,
        evidence=today.evidence,
        undo=undo,
        rung_before=before.rung,
        rung_after=after.rung,
        limit=limit,
        limit_on=limit is not None and _limit_share(after, limit.code) < 1,
        limit_share_before=1.0 if limit is None else _limit_share(before, limit.code),
    )


def _limit_share(ladder: Ladder, code: BreakerCode) -> float:
    """What a breaker allows now; 1 where it does not lie over the rung."""
    return next((limit.share for limit in ladder.limits if limit.code == code), 1.0)


_Rule = Callable[[Ladder, _Today], _Moved]
_FOR_OFFERS: tuple[_Rule, ...] = (
    _by_order,
    _by_loss_cap,
    _by_breakers,
    _by_feed,
    _by_figures,
    _by_warnings,
)
_FOR_RULES: tuple[_Rule, ...] = (_by_feed, _by_warnings)
"""What a published rule gives is never withheld."""
