"""The pot: how fast it burns, how long it lasts, on which day it was empty."""

from datetime import date, timedelta
from math import sqrt

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.facts import Facts
from huoshui.core.costs.values import Figure, KeyUse, Marking

RECENT_DAYS = 28
"""Burn is the mean of four whole weeks, so that every weekday counts alike."""
Z_80 = 1.281552
PEAK_RATIO = 2.0
"""A day with so many times the median turnover is a big sale."""


def burn_series(facts: Facts) -> list[tuple[str, int]]:
    """Fen leaving the pot a day, every day of the span, the days without any too.

    A shop may give bonus before its first order: the series then begins with the first that was given.
    """
    issued = {row.day: row.issued_fen for row in facts.days}
    last = date.fromisoformat(facts.scope.last_day)
    given = first_given_day(facts)
    first = date.fromisoformat(min(facts.scope.first_day, given or facts.scope.first_day))
    every = [(first + timedelta(days=i)).isoformat() for i in range((last - first).days + 1)]
    return [(day, issued.get(day, 0)) for day in every]


def first_given_day(facts: Facts) -> str | None:
    """The first day on which bonus was given; None where none was."""
    return min((row.day for row in facts.days if row.issued_fen), default=None)


def recent_burn(facts: Facts) -> list[tuple[str, int]]:
    """The last four weeks of the series, but no day before bonus was first given: nothing could burn then."""
    begun = first_given_day(facts)
    return [
        (day, fen) for day, fen in burn_series(facts)[-RECENT_DAYS:] if begun is not None and day >= begun
    ]


def pot_figures(facts: Facts, assumptions: Assumptions) -> dict[str, Figure]:
    """burn_per_day, pot_left and runway_days with its 80 % band."""
    series = recent_burn(facts)
    if not any(fen for _, fen in series):
        return _answered_burn(assumptions)
    left, marking, needs = pot_left(facts, assumptions)
    burn = round(sum(fen for _, fen in series) / len(series))
    amounts = _draining(facts, assumptions)
    mean = sum(amounts) / len(amounts)
    figures = {
        "burn_per_day": Figure("burn_per_day", burn, "fen_per_day", "measured", n=len(series)),
        "pot_left": Figure("pot_left", left, "fen", marking, needs),
    }
    if left is None or mean <= 0:
        figures["runway_days"] = Figure("runway_days", None, "days", "missing", needs)
    else:
        # One day tells no spread, so no band.
        error = _daily_error(amounts) if len(amounts) > 1 else mean
        low, high = _band(left, mean, error, len(amounts))
        figures["runway_days"] = Figure("runway_days", left / mean, "days", marking, needs, low, high)
    return figures


def _draining(facts: Facts, assumptions: Assumptions) -> list[float]:
    """What empties the rest that `pot_left` speaks of, a day: the running campaigns where it is their budgets' rest.

    Days before a campaign began count as its mean since, or a young campaign would seem to burn little.
    """
    recent = recent_burn(facts)
    budgets = running_budgets(facts)
    if assumptions.pot_fen is not None or not budgets:
        return [float(fen) for _, fen in recent]
    begun = {terms.campaign_id: terms.first_day for terms in facts.campaigns}
    paid: dict[str, dict[str, int]] = {campaign_id: {} for campaign_id in budgets}
    for row in facts.campaign_days:
        if row.campaign_id in paid:
            paid[row.campaign_id][row.day] = row.issued_fen
    sums = [0.0] * len(recent)
    for campaign_id, by_day in paid.items():
        first = begun[campaign_id] or recent[0][0]
        running = [by_day.get(day, 0) for day, _ in recent if day >= first]
        before = sum(running) / len(running) if running else 0.0
        for index, (day, _) in enumerate(recent):
            sums[index] += by_day.get(day, 0) if day >= first else before
    return sums


def _answered_burn(assumptions: Assumptions) -> dict[str, Figure]:
    needs = ("balance_entries",)
    monthly = assumptions.monthly_incentive_fen
    if monthly is None:
        burn = Figure("burn_per_day", None, "fen_per_day", "missing", needs)
    else:
        burn = Figure("burn_per_day", round(monthly / 30), "fen_per_day", "estimated", needs)
    return {
        "burn_per_day": burn,
        "pot_left": Figure("pot_left", None, "fen", "missing", needs),
        "runway_days": Figure("runway_days", None, "days", "missing", needs),
    }


def pot_left(facts: Facts, assumptions: Assumptions) -> tuple[int | None, Marking, tuple[str, ...]]:
    """The uncommitted rest: the pot answered, less what the month has issued; else what running budgets have left."""
    month = facts.scope.last_day[:7]
    issued = sum(fen for day, fen in burn_series(facts) if day.startswith(month))
    if assumptions.pot_fen is not None:
        return max(0, assumptions.pot_fen - issued), "estimated", ("campaigns.budget",)
    budgets = running_budgets(facts)
    if budgets:
        return sum(max(0, budget - paid) for budget, paid in budgets.values()), "measured", ()
    if assumptions.monthly_incentive_fen is not None:
        return max(0, assumptions.monthly_incentive_fen - issued), "estimated", ("campaigns.budget",)
    return None, "missing", ("campaigns.budget",)


def running_budgets(facts: Facts) -> dict[str, tuple[int, int]]:
    """Campaigns running on the last day: their budget and what they have paid out since they began."""
    last = facts.scope.last_day
    paid: dict[str, int] = {}
    for row in facts.campaign_days:
        paid[row.campaign_id] = paid.get(row.campaign_id, 0) + row.issued_fen
    return {
        terms.campaign_id: (terms.budget_fen, paid.get(terms.campaign_id, 0))
        for terms in facts.campaigns
        if terms.budget_fen is not None
        and (terms.first_day or last) <= last
        and (terms.last_day or last) >= last
    }


def _daily_error(amounts: list[float]) -> float:
    """Standard deviation of a day, weekdays apart (a week's shape is no surprise) where each was seen twice."""
    if len(amounts) < 14:
        mean = sum(amounts) / len(amounts)
        return sqrt(sum((amount - mean) ** 2 for amount in amounts) / max(1, len(amounts) - 1))
    residuals: list[float] = []
    for weekday in range(7):
        same = amounts[weekday::7]
        mean = sum(same) / len(same) if same else 0.0
        residuals += [amount - mean for amount in same]
    freedom = max(1, len(amounts) - 7)
    return sqrt(sum(r * r for r in residuals) / freedom)


def _band(left: int, mean: float, error: float, days: int) -> tuple[float, float | None]:
    """80 % band of the day on which the burns add up to `left`; no upper end where burning is not even sure.

    The sum of n days to come is off by error x sqrt(n), and the mean of `days` days it is told from by
    error x n / sqrt(days): left = n mean -+ z error sqrt(n + n^2 / days), solved for n.
    """
    if left == 0:
        return 0.0, 0.0
    noise = (Z_80 * error) ** 2
    square = mean**2 - noise / days
    half = left * mean + noise / 2
    reach = half + sqrt(half**2 - square * left**2)
    return left**2 / reach, reach / square if square > 0 else None


def key_uses(facts: Facts, assumptions: Assumptions) -> tuple[KeyUse, ...]:
    """Newcomers and big sales: their share of the bonus issued, against the answered plan or the acquire budgets."""
    total = sum(row.issued_fen for row in facts.days)
    if total == 0:
        return ()
    newcomers = sum(row.newcomer_fen for row in facts.days)
    planned: int | None = None
    if assumptions.newcomer_share is not None:
        planned = round(total * assumptions.newcomer_share)
    else:
        budgets = [terms for terms in facts.campaigns if terms.budget_fen is not None]
        everything = sum(terms.budget_fen or 0 for terms in budgets)
        if everything:
            acquire = sum(terms.budget_fen or 0 for terms in budgets if terms.purpose == "acquire")
            planned = round(total * acquire / everything)
    peaks = peak_days(facts)
    on_peaks = sum(row.issued_fen for row in facts.days if row.day in peaks)
    peak_plan = None if assumptions.peak_share is None else round(total * assumptions.peak_share)
    uses = [KeyUse("newcomers", planned, newcomers, total)]
    if peaks:
        uses.append(KeyUse("peaks", peak_plan, on_peaks, total, tuple(sorted(peaks))))
    return tuple(uses)


def peak_days(facts: Facts) -> frozenset[str]:
    """Days with at least PEAK_RATIO times the median turnover."""
    prices = sorted(row.price_fen for row in facts.days if row.price_fen)
    if not prices:
        return frozenset()
    median = prices[len(prices) // 2]
    return frozenset(row.day for row in facts.days if row.price_fen >= PEAK_RATIO * median)


def empty_day(facts: Facts, month: str) -> str | None:
    """The day on which the month's issue passed the month's budget; None when it did not, or none is known."""
    budget = month_budget(facts, month)
    if not budget:
        return None
    running = 0
    for row in sorted(facts.campaign_days, key=lambda paid: paid.day):
        if not row.day.startswith(month):
            continue
        running += row.issued_fen
        if running >= budget:
            return row.day
    return None


def month_budget(facts: Facts, month: str) -> int | None:
    """Campaign budgets spread evenly over their days, those of this month; None without budgets."""
    total, known = 0.0, False
    for terms in facts.campaigns:
        if terms.budget_fen is None:
            continue
        known = True
        first = date.fromisoformat(terms.first_day or facts.scope.first_day)
        last = date.fromisoformat(terms.last_day or facts.scope.last_day)
        length = max(1, (last - first).days + 1)
        inside = sum(1 for i in range(length) if (first + timedelta(days=i)).isoformat().startswith(month))
        total += terms.budget_fen * inside / length
    return round(total) if known else None
