"""Waste in six kinds, each a month. One yuan can be waste in two ways, so the kinds are never added."""

from math import hypot

from huoshui.core.costs.facts import Facts
from huoshui.core.costs.outcomes import DAYS_PER_MONTH
from huoshui.core.costs.values import (
    AgentTake,
    AmountOutcome,
    CampaignOutcome,
    DrainLoop,
    Figure,
    Waste,
    WasteKind,
)
from huoshui.core.costs.waterfalls import abuse_riding_fen


def waste(
    facts: Facts,
    outcomes: tuple[CampaignOutcome, ...],
    layers: tuple[AgentTake, ...],
    loop: DrainLoop | None,
) -> tuple[Waste, ...]:
    """Every kind, also those the files cannot tell (missing, with what would tell)."""
    return (
        _waste("anyway", _anyway(facts, outcomes), ("assignments",)),
        _waste("flat", _flat(facts, outcomes), ("assignments.amount",)),
        _waste("never_back", _never_back(facts), ("balance_entries",)),
        _waste("abuse", _abuse(facts), ("users.status",)),
        _waste("layer", _layer(facts, layers), ("agents", "commissions")),
        _waste("drain_loop", _drain(facts, loop), ("levels", "recharges")),
    )


def per_month(facts: Facts, fen: float) -> float:
    """An amount of the whole span, a month of 30 days."""
    return fen * DAYS_PER_MONTH / facts.scope.days


def _waste(kind: WasteKind, fen: float | None, needs: tuple[str, ...]) -> Waste:
    code = f"waste_{kind}"
    if fen is None:
        return Waste(kind, Figure(code, None, "fen_per_month", "missing", needs))
    return Waste(kind, Figure(code, round(fen), "fen_per_month", "measured"))


def _anyway(facts: Facts, outcomes: tuple[CampaignOutcome, ...]) -> float | None:
    known = [o for o in outcomes if o.anyway_share_est is not None]
    if not known:
        return None
    return per_month(facts, sum(o.spent_fen * (o.anyway_share_est or 0.0) for o in known))


def _flat(facts: Facts, outcomes: tuple[CampaignOutcome, ...]) -> float | None:
    tried = [o for o in outcomes if len(o.amounts) > 1]
    if not tried:
        return None
    return per_month(facts, sum(flat_waste(outcome) for outcome in tried))


def flat_waste(outcome: CampaignOutcome) -> float:
    """What the amounts above the flat point cost beyond it, in fen: users x (their cost - the flat point's cost)."""
    flat = flat_amount(outcome)
    if flat is None:
        return 0.0
    above = [amount for amount in outcome.amounts if amount.amount_fen > flat.amount_fen]
    return sum(max(0.0, amount.n * (amount.cost_per_user_est - flat.cost_per_user_est)) for amount in above)


def flat_amount(outcome: CampaignOutcome) -> AmountOutcome | None:
    """The least amount that every higher one only costs more than; None when that is the highest one.

    A higher amount must not beat it beyond chance, and must not pay for its step even with the luck of the interval: a
    small trial that sees no difference has not shown that there is none.
    """
    for index, amount in enumerate(outcome.amounts[:-1]):
        if all(_is_flat(amount, more) for more in outcome.amounts[index + 1 :]):
            return amount
    return None


def _is_flat(amount: AmountOutcome, more: AmountOutcome) -> bool:
    beaten = more.low_est > amount.high_est or more.value_per_user_est > amount.high_est
    # Half widths: both hold the control's error, so this errs on the side of saying nothing.
    chance = hypot(amount.high_est - amount.value_per_user_est, more.high_est - more.value_per_user_est)
    gain_at_best = more.value_per_user_est - amount.value_per_user_est + chance
    return not beaten and gain_at_best <= more.cost_per_user_est - amount.cost_per_user_est


def _never_back(facts: Facts) -> float | None:
    known = sum(row.never_back_known_fen for row in facts.grants)
    if known == 0:
        return None
    spent = sum(row.spent_fen for row in facts.grants)
    return per_month(facts, spent * sum(row.never_back_fen for row in facts.grants) / known)


def _abuse(facts: Facts) -> float | None:
    if "users" not in facts.scope.tables:
        return None
    spent = sum(row.spent_fen for row in facts.grants if row.abuser)
    return per_month(facts, spent + abuse_riding_fen(facts))


def _layer(facts: Facts, layers: tuple[AgentTake, ...]) -> float | None:
    return per_month(facts, sum(take.excess_fen for take in layers)) if layers else None


def _drain(facts: Facts, loop: DrainLoop | None) -> float | None:
    return None if loop is None else per_month(facts, loop.excess_discount_fen + loop.excess_commission_fen)
