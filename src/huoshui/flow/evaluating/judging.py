"""One campaign judged: the split, what each amount brought, the guard's past, and what to do now."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from huoshui.core.costs.facts import CampaignTerms
from huoshui.core.trials import SampleRatio, TrialRules, judge
from huoshui.core.trials.returns import STEPS, EachReading, ReturnSums, return_between
from huoshui.core.trials.sums import Sums
from huoshui.core.trials.verdict import UNITS_LEAST, read
from huoshui.core.trials.worn_out import worn_out
from huoshui.flow.evaluating.sums import DayArms
from huoshui.flow.evaluating.values import Advice, ArmEvaluated, Need, TrialStep
from huoshui.flow.guarding.arms import ArmCount, ArmKey, Split
from huoshui.flow.guarding.values import GuardTold

WEEK = 7
AMOUNTS_MAX = 8
"""Of more amounts than these the treated are one arm."""
UNITS_OPEN = 20_000
"""Where no end is known the interval is narrowest there; it holds everywhere."""
NOT_READ = EachReading(None, None, None)
NO_RATIO = SampleRatio("no_data", (), (), float("nan"), float("nan"))


def judged_arms(
    terms: CampaignTerms,
    arms: Sequence[ArmCount],
    split: Split,
    sums: Mapping[ArmKey, ReturnSums],
    *,
    last_day: date,
    running: bool,
) -> tuple[ArmEvaluated, ...]:
    """All amounts together first; then, of several, one by one. Empty where arms cannot be compared."""
    if split.state not in ("agrees", "broken", "untold"):
        return ()
    control = _added([found for (own, _), found in sums.items() if own])
    treated = {amount: found for (own, amount), found in sums.items() if not own}
    if not treated or not control.value.units:
        return ()
    ratio = split.ratio or NO_RATIO
    seen = sum(found.value.units for found in sums.values())
    several = 1 < len(treated) <= AMOUNTS_MAX
    asked: list[tuple[int | None, ReturnSums, int]] = [(None, _added(list(treated.values())), 2)]
    asked += [(amount, treated[amount], 1 + len(treated)) for amount in sorted(treated) if several]
    told = []
    for amount, own, number in asked:
        rules = rules_of(terms, arms, seen, number, last_day=last_day, running=running)
        told.append(_judged(amount, own, control, ratio, rules, seen, terms, arms, last_day))
    return tuple(told)


def _judged(
    amount: int | None,
    treated: ReturnSums,
    control: ReturnSums,
    ratio: SampleRatio,
    rules: TrialRules,
    seen: int,
    terms: CampaignTerms,
    arms: Sequence[ArmCount],
    last_day: date,
) -> ArmEvaluated:
    first = min(arm.first_day for arm in arms)
    drawn = sum(arm.drawn or arm.rows for arm in arms)
    verdict = judge(
        net_of(treated, terms.bar),
        net_of(control, terms.bar),
        ratio,
        rules,
        units_all=seen,
        units_per_day_est=drawn / max(1, (last_day - first).days + 1),
    )
    value, each = None, NOT_READ
    if verdict.state not in ("unhealthy", "no_data") and verdict.reading is not None:
        pair = treated.value.units + control.value.units
        planned = rules.units_planned * pair / max(seen, 1)
        value = read(treated.value, control.value, rules, planned_units=planned, alpha=rules.alpha_arm)
        each = return_between(treated, control, factor=verdict.reading.factor_est)
    return ArmEvaluated(amount, treated.value.m, verdict, value, each)


def net_of(sums: ReturnSums, bar_est: float) -> Sums:
    """Sums of value less bar x cost in fen: exact in thousandths, then rounded sum by sum."""
    net = sums.net(round(bar_est * STEPS))
    return Sums(
        net.units, net.events, net.m, round(net.y / STEPS), net.x, net.mm, round(net.my / STEPS), net.mx,
        round(net.yy / STEPS**2), round(net.yx / STEPS), net.xx,
    )  # fmt: skip


def rules_of(
    terms: CampaignTerms, arms: Sequence[ArmCount], seen: int, number: int, *, last_day: date, running: bool
) -> TrialRules:
    """The planned end: all its units, of a campaign that is over; so many as will come by the end that files name."""
    drawn = seen + max(0, sum(arm.drawn for arm in arms) - sum(arm.mature for arm in arms))
    if not running:
        return TrialRules(units_planned=max(2 * UNITS_LEAST, drawn), arms=number)
    if terms.last_day is None:
        return TrialRules(units_planned=UNITS_OPEN, arms=number, boundary="open")
    first = min(arm.first_day for arm in arms)
    passed = (last_day - first).days + 1
    whole = max(passed, (date.fromisoformat(terms.last_day) - first).days + 1)
    return TrialRules(units_planned=max(2 * UNITS_LEAST, round(drawn * whole / passed)), arms=number)


def hindsight(
    days: DayArms, terms: CampaignTerms, split: Split, rules: TrialRules, *, last_day: date
) -> tuple[TrialStep, ...]:
    """When the comparison of the arms would first have said ship or roll back, and when that it had worn out.

    Each day sees the units whose window had passed by then.
    """
    ratio = split.ratio or NO_RATIO
    if split.state not in ("agrees", "untold"):
        return ()
    treated, control = Sums(), Sums()
    said: list[TrialStep] = []
    for day in sorted(days):
        known_on = day + timedelta(days=terms.window_days + 1)
        if known_on > last_day + timedelta(days=1):
            break
        own, other = _net_arms(days[day], terms.bar)
        treated, control = treated + own, control + other
        verdict = judge(treated, control, ratio, rules)
        if verdict.state in ("ship", "roll_back"):
            said.append(TrialStep(known_on, verdict.state, day, verdict.reading, None, None))
            break
    gone = _worn_out(days, terms, last_day)
    return tuple(said) if gone is None else (*said, gone)


def _worn_out(days: DayArms, terms: CampaignTerms, last_day: date) -> TrialStep | None:
    """By whole weeks whose windows have passed."""
    weeks: dict[int, tuple[Sums, Sums]] = {}
    cost, users = 0, 0
    for day in sorted(days):
        week = day.toordinal() // WEEK
        if date.fromordinal((week + 1) * WEEK) + timedelta(days=terms.window_days) > last_day + timedelta(
            days=1
        ):
            break
        own, other = _net_arms(days[day], terms.bar)
        before = weeks.get(week, (Sums(), Sums()))
        weeks[week] = before[0] + own, before[1] + other
        for (is_control, _), sums in days[day].items():
            cost += 0 if is_control else sums.cost.y
            users += 0 if is_control else sums.cost.m
    order = sorted(weeks)
    found = worn_out([weeks[week] for week in order], cost_est=terms.bar * cost / max(1, users))
    if found is None:
        return None
    known_on = date.fromordinal((order[found.seen] + 1) * WEEK) + timedelta(days=terms.window_days)
    since = date.fromordinal(order[found.since] * WEEK)
    return TrialStep(known_on, "worn_out", since, None, found.value_est, found.before_est)


def _net_arms(arms: Mapping[ArmKey, ReturnSums], bar_est: float) -> tuple[Sums, Sums]:
    treated, control = (
        _added([found for (is_control, _), found in arms.items() if is_control == wanted])
        for wanted in (False, True)
    )
    return net_of(treated, bar_est), net_of(control, bar_est)


def advice_of(
    split: Split,
    arms: Sequence[ArmEvaluated],
    guard: GuardTold,
    steps: Sequence[TrialStep],
    *,
    running: bool,
    gross: bool,
) -> Advice:
    """What a person should do now. The guard speaks of the last days, a verdict of all of them."""
    states = [arm.verdict.state for arm in arms]
    of_all = states[0] if states else "no_data"
    worn = any(step.kind == "worn_out" for step in steps)
    if split.state == "broken":
        return "look"
    # Some amounts may pay where all together do not, or the other way round.
    if 0 < states[1:].count("roll_back") < len(states[1:]):
        return "amounts" if running else "over_amounts"
    if guard.rung == "paused" or of_all == "roll_back" or worn:
        return "stop" if running else "over_bad"
    if guard.rung != "watch":
        return "reduce" if running else "over_bad"
    # Turnover above the bar is no proof of profit.
    if "ship" in states and not gross:
        return "keep" if running else "over_good"
    if of_all == "waiting" and running:
        return "wait"
    if of_all in ("inconclusive", "waiting", "ship") or "roll_back" in states:
        return "unclear" if running else "over_unclear"
    if split.state == "no_control":
        return "test" if running else "over_unclear"
    return "no_data" if running else "over_unclear"


def needs_of(terms: CampaignTerms, split: Split) -> tuple[Need, ...]:
    """Which columns would tell more of this campaign."""
    found: list[Need] = []
    if split.state == "no_control":
        found.append("control")
    if split.state == "untold":
        found.append("probability")
    if not terms.value_cap_fen:
        found.append("value_cap")
    return tuple(found)


def _added(parts: Sequence[ReturnSums]) -> ReturnSums:
    total = ReturnSums()
    for part in parts:
        total += part
    return total
