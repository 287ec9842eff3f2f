"""How a campaign was drawn: its arms as counted, the split against the logged chances, and the guard's terms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.facts import CampaignTerms, Facts
from huoshui.core.costs.outcomes import riding_rate
from huoshui.core.trials import SampleRatio, sample_ratio
from huoshui.core.watch import GuardTerms
from huoshui.flow.guarding.values import SplitState
from huoshui.lake.facts.cohorts import Pricing

ArmKey = tuple[bool, int]
"""Control or not, and the amount in fen."""
CAP_TIMES = 30
"""A campaign without a value cap is judged with one: so many times its largest amount (docs/spec/evaluate.md)."""
SAME_CHANCE = 1e-6


@dataclass(frozen=True, slots=True)
class ArmCount:
    """One arm of a campaign as counted: see lake.facts.cohorts.arm_counts."""

    campaign_id: str
    control: bool
    amount_fen: int
    rows: int
    drawn: int
    untold: int
    chance_sum: float | None
    chance_least: float | None
    chance_most: float | None
    granted_users: int
    granted_fen: int
    mature: int
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Split:
    """How a campaign was drawn. `chances` by arm, adding up to 1, where they are the same for everybody."""

    state: SplitState
    ratio: SampleRatio | None
    chances: Mapping[ArmKey, float] | None
    least: float | None
    most: float | None
    """The range of the chances of being treated; None where nothing incremental can be said by the guard."""


def split_of(arms: Sequence[ArmCount]) -> Split:
    """The arms of one campaign against the chances that were logged."""
    drawn = [arm for arm in arms if arm.drawn]
    if not any(arm.control for arm in drawn) or all(arm.control for arm in drawn):
        return Split("no_control", None, None, None, None)
    if any(arm.untold for arm in drawn):
        return Split("untold", None, None, None, None)
    if all(_same(arm) for arm in drawn):
        total = sum(_mean(arm) for arm in drawn)
        chances = {(arm.control, arm.amount_fen): _mean(arm) / total for arm in drawn}
        ordered = sorted(drawn, key=lambda arm: (not arm.control, arm.amount_fen))
        exact = [Fraction(chances[arm.control, arm.amount_fen]).limit_denominator(10_000) for arm in ordered]
        shares = [share / sum(exact) for share in exact]
        ratio = sample_ratio([arm.drawn for arm in ordered], shares)
        treated = 1 - sum(p for (control, _), p in chances.items() if control)
        return Split("broken" if ratio.state == "broken" else "agrees", ratio, chances, treated, treated)
    if len(drawn) > 2:
        return Split("varying", None, None, None, None)
    ends = [
        end if not arm.control else 1 - end
        for arm in drawn
        for end in (arm.chance_least, arm.chance_most)
        if end
    ]
    return Split("varying", None, None, min(ends), max(ends))


def guard_terms(terms: CampaignTerms, arms: Sequence[ArmCount], split: Split, *, gross: bool) -> GuardTerms:
    """What the guard holds the campaign against."""
    return GuardTerms(
        campaign_id=terms.campaign_id,
        bar_est=terms.bar,
        cap_fen=cap_of(terms, arms),
        window_days=terms.window_days,
        treated_least=split.least,
        treated_most=split.most,
        gross=gross,
    )


def pricing_of(
    terms: CampaignTerms, arms: Sequence[ArmCount], facts: Facts, assumptions: Assumptions
) -> Pricing:
    """How a campaign's values and costs are counted; of `facts` its grants and rules are read."""
    own = [row for row in facts.grants if row.campaign_id == terms.campaign_id]
    spent, expired = sum(row.spent_fen for row in own), sum(row.expired_fen for row in own)
    use = spent / (spent + expired) if spent + expired else 1.0
    riding = riding_rate(facts, assumptions, terms.campaign_id) if own else 0.0
    return Pricing(terms.campaign_id, cap_of(terms, arms), use, riding)


def cap_of(terms: CampaignTerms, arms: Sequence[ArmCount]) -> int:
    """The most that a user's value counts."""
    if terms.value_cap_fen and terms.value_cap_fen > 0:
        return terms.value_cap_fen
    return CAP_TIMES * max((arm.amount_fen for arm in arms), default=0) or 1


def _mean(arm: ArmCount) -> float:
    assert arm.chance_sum is not None
    return arm.chance_sum / arm.drawn


def _same(arm: ArmCount) -> bool:
    assert arm.chance_least is not None
    assert arm.chance_most is not None
    return arm.chance_most - arm.chance_least < SAME_CHANCE
