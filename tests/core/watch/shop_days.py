"""Cohorts of a simulated campaign: 15 % buy, amounts are lognormal, a known true return on clipped value."""

from datetime import date, timedelta

import numpy as np

from huoshui.core.watch import CohortSums, GuardTerms, cohort_sums

FIRST = date(2026, 8, 1)
COST = 100.0
BUYERS = 0.15
TERMS = GuardTerms("c", 1.0, 3_000)


def cohorts(seed: int, returns: list[float], users: int = 100, terms: GuardTerms = TERMS) -> list[CohortSums]:
    """One cohort a day, with the true return of each day."""
    rng = np.random.default_rng(seed)
    days = []
    for number, true_return in enumerate(returns):
        amount = rng.lognormal(-0.5, 1.0, users) * true_return * COST / BUYERS
        value = np.where(rng.random(users) < BUYERS, amount, 0.0)
        days.append(cohort_sums(FIRST + timedelta(days=number), value, np.full(users, COST), terms))
    return days
