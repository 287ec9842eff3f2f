"""What has been seen of a campaign so far: the wealth of its doubters, whether it drifted, how far days differ.

A cohort's factor is first made to answer for what users alone do not explain: divided by what the luck of a day would
win by chance, as told by the days before it, and then capped. Both keep it an e-value: less is never more.
"""

from dataclasses import dataclass, replace
from datetime import date
from math import exp, inf, log, sqrt

import numpy as np
import numpy.typing as npt

from huoshui.core.trials.e_process import BETS, Drift, Wealth, no_drift, no_wealth
from huoshui.core.watch.cohorts import CohortSums, Sums, incremental_unit
from huoshui.core.watch.values import Basis, Evidence, GuardTerms, LadderRules

Floats = npt.NDArray[np.float64]
SPREAD_DAYS_PRIOR = 3.0
"""What is expected of the luck of a day counts as so many pairs of days."""
LUCK_ERRORS = 1.645
"""So many standard errors of the luck seen are added to it: more is there in one case of 20, of a few days one of 7."""
UNSEEN_MOST = 3.0
"""But luck that no days have shown is not taken for more than so many times what is expected."""
UNSEEN_MOST_DRAWN = 0.0
"""Both arms of a day share its luck: it cancels from an incremental D, but for what it does to the effect."""
LOG_E_MAX = 700.0
"""Beyond it a float holds no e-value; nobody needs to know how far beyond."""


@dataclass(frozen=True, slots=True)
class DaySpread:
    """How much more days differ than their users explain, from differences of neighbouring days (von Neumann 1941).

    Neighbours, because a return that moves slowly is drift and not luck. `excess` is the sum over pairs of (difference
    squared / what users explain) - 1, `information` that of 1 / what users explain: excess / information is twice the
    variance of a day's luck, best known from days of many users.
    """

    excess: float = 0.0
    information: float = 0.0
    pairs: int = 0
    within: float = 0.0
    freedom: int = 0
    last_mean: float = 0.0
    last_n: int = 0

    def luck(self, expected_fen: float, unseen_most: float) -> float:
        """The most that the variance of a day's luck is to be taken for, in fen squared.

        Luck as seen, drawn to `expected_fen` (its standard deviation as long as no days have told it), and what the
        seen may be short by, up to `unseen_most` times the expected: what is not known of luck must not pass for
        evidence.
        """
        if not self.pairs:
            return expected_fen**2
        known = self.pairs / (self.pairs + SPREAD_DAYS_PRIOR)
        seen, explained = (sum_ / self.information / 2 for sum_ in (max(0.0, self.excess), self.pairs))
        # 3 / pairs of the square of a day's whole variance: the error of what neighbours differ by.
        error = LUCK_ERRORS * (seen + explained) * sqrt(3 / (self.pairs + SPREAD_DAYS_PRIOR))
        return known * seen + (1 - known) * expected_fen**2 + min(error, (unseen_most * expected_fen) ** 2)

    def after(self, day: Sums) -> "DaySpread":
        """One day on; a day without users is none."""
        if not day.n:
            return self
        within, freedom = self.within + day.within, self.freedom + day.n - 1
        excess, information, pairs = self.excess, self.information, self.pairs
        if self.last_n and freedom and within > 0:
            explained = within / freedom * (1 / day.n + 1 / self.last_n)
            excess += (day.mean - self.last_mean) ** 2 / explained - 1
            information += 1 / explained
            pairs += 1
        return DaySpread(excess, information, pairs, within, freedom, day.mean, day.n)


@dataclass(frozen=True, slots=True, eq=False)
class Process:
    """Bets against one form of D: since the beginning, since each day (drift), and since the last alarm of drift."""

    wealth: Wealth
    drift: Drift
    since_drift: Wealth
    spread: DaySpread

    def after(
        self,
        factor: Wealth,
        sums: Sums,
        rules: LadderRules,
        *,
        unit_fen: float,
        expected_fen: float,
        unseen_most: float,
    ) -> "Process":
        """One cohort on. `unit_fen`: what stakes are shares of; the rest as in DaySpread."""
        if not sums.n:
            return self
        # Of normal luck a bet wins by chance what exp of half its variance is: E exp(-bet x users x luck / unit).
        luck = self.spread.luck(expected_fen, unseen_most) * (sums.n / unit_fen * BETS) ** 2
        logs = np.minimum(factor.logs - luck / 2, log(rules.day_factor_max))
        day = Wealth(logs, factor.count)
        return Process(
            self.wealth + day, self.drift.after(day), self.since_drift + day, self.spread.after(sums)
        )

    def after_alarm(self, *, fresh: bool) -> "Process":
        """After an alarm of drift: a new detector, and a fresh process beside the first."""
        return replace(self, drift=no_drift(), since_drift=no_wealth() if fresh else self.since_drift)


def no_process() -> Process:
    """Nothing seen yet."""
    return Process(no_wealth(), no_drift(), no_wealth(), DaySpread())


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Everything that judged cohorts have told.

    `drift_day`: the cohort at which drift was last seen. `drifted`: and no cohort since has spoken for the bar again.
    """

    raw: Process
    incremental: Process
    drift_day: date | None = None
    drifted: bool = False
    cohorts: int = 0
    users: int = 0
    treated: int = 0
    first_day: date | None = None
    last_day: date | None = None
    value_fen: int = 0
    cost_fen: int = 0

    def after(self, cohort: CohortSums, terms: GuardTerms) -> "Seen":
        """One cohort on."""
        rules = terms.rules
        # Of the cohorts before: what tempers a bet is known before its outcome, and a cost is part of that.
        expected_fen = rules.day_luck * terms.bar_est * self.cost_fen / max(1, self.treated)
        seen = replace(
            self,
            raw=self.raw.after(
                cohort.raw,
                cohort.raw_d,
                rules,
                unit_fen=terms.cap_fen,
                expected_fen=expected_fen,
                unseen_most=UNSEEN_MOST,
            ),
            incremental=self.incremental.after(
                cohort.incremental,
                cohort.incremental_d,
                rules,
                unit_fen=incremental_unit(terms) if cohort.incremental_d.n else inf,
                expected_fen=expected_fen,
                unseen_most=UNSEEN_MOST_DRAWN,
            ),
            cohorts=self.cohorts + 1,
            users=self.users + cohort.treated + cohort.control,
            treated=self.treated + cohort.treated,
            first_day=self.first_day or cohort.day,
            last_day=cohort.day,
            value_fen=self.value_fen + cohort.value_fen,
            cost_fen=self.cost_fen + cohort.cost_fen,
        )
        if seen.log_drift(terms) < log(rules.drift_days):
            return replace(seen, drifted=seen.drifted and seen.log_since_drift(terms) >= 0)
        # While an alarm is still open, what has been seen since goes on counting.
        since = not seen.drifted
        raw, incremental = (one.after_alarm(fresh=since) for one in (seen.raw, seen.incremental))
        return replace(seen, raw=raw, incremental=incremental, drift_day=cohort.day, drifted=True)

    def anew(self) -> "Seen":
        """Nothing judged, but how far days differ is still known."""
        raw, incremental = (
            replace(no_process(), spread=replace(process.spread, last_n=0))
            for process in (self.raw, self.incremental)
        )
        return Seen(raw, incremental)

    def log_e(self, terms: GuardTerms) -> float:
        """Of the null that the return is at least the bar: with a control, the mean of both e-values."""
        return _mixed(self.raw.wealth.log_e, self.incremental.wealth.log_e, terms)

    def log_since_drift(self, terms: GuardTerms) -> float:
        """The same of the cohorts after the last alarm of drift."""
        return _mixed(self.raw.since_drift.log_e, self.incremental.since_drift.log_e, terms)

    def log_drift(self, terms: GuardTerms) -> float:
        """The drift detector's sum."""
        return _mixed(self.raw.drift.log_sum, self.incremental.drift.log_sum, terms)

    def basis(self, terms: GuardTerms) -> Basis:
        """Which of the two says more against the bar."""
        raw, incremental = float(self.raw.wealth.log_e), float(self.incremental.wealth.log_e)
        if terms.has_control and terms.floor_fen < 0:
            return "incremental"
        return "incremental" if terms.has_control and incremental >= raw else "attributed"

    def evidence(self, terms: GuardTerms) -> Evidence:
        """As the ladder takes it; young cohorts, breakers and the feed are added by whoever knows them."""
        since = None if self.drift_day is None else _e(self.log_since_drift(terms))
        return Evidence(
            e_est=_e(self.log_e(terms)),
            drifted=self.drifted,
            drift_est=_e(self.log_drift(terms)),
            since_drift_e_est=since,
            basis=self.basis(terms),
            gross=terms.gross,
            cohorts=self.cohorts,
            users=self.users,
            first_day=self.first_day,
            last_day=self.last_day,
            loss_fen=max(0, self.cost_fen - self.value_fen),
        )


def nothing_seen() -> Seen:
    """Before the first cohort."""
    return Seen(no_process(), no_process())


def _mixed(raw: Floats, incremental: Floats, terms: GuardTerms) -> float:
    """Raw alone, or the mean of both: either is an e-value of the null, so their mean is one.

    A return that is at the bar incrementally is above it attributed, for what users bring anyway is at least nothing.
    Where values may lie below 0 that is not sure, and raw evidence does not count.
    """
    if not terms.has_control:
        return float(raw)
    if terms.floor_fen < 0:
        return float(incremental)
    return float(np.logaddexp(raw, incremental)) - log(2)


def _e(logarithm: float) -> float:
    return exp(min(logarithm, LOG_E_MAX))
