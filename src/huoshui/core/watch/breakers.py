"""Breakers that need no statistics: a cap is reached, the books do not add up, the plan is overrun. They act at once.

Each reading is quiet, tripped or unknown. Unknown is not quiet: it says what was not told, and who shows it shows that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from huoshui.core.watch.values import Breach, BreakerCode, Numbers


@dataclass(frozen=True, slots=True)
class BreakerLimits:
    """The operator's bounds. None: that breaker is not set, and its reading says so."""

    daily_cap_fen: int | None = None
    burn_ratio_max: float = 1.25
    """Over plan on both windows at once: on one alone it is a good day, or a slow drift that the price corrects."""
    burn_long_days: int = 7
    burn_short_days: int = 1
    burn_share: float = 0.5
    risk_ratio_max: float = 3.0
    """Times the usual share of grants to risky users."""
    risk_share_min: float = 0.05
    risk_users_min: int = 10
    risk_share: float = 0.5
    blind_days: int = 7
    """Without a value feed for so long a campaign goes slower, for nobody sees what it brings."""
    blind_share: float = 0.5


@dataclass(frozen=True, slots=True)
class DayBooks:
    """What the books say of a day; None where nothing was told.

    `committed_fen`, `planned_fen`: of each of the last days, today last. `risky`, `granted`: users granted today, those
    marked as risky among them; `risky_usual_est` their share in the weeks before. `ledger_findings`: rules of the books
    that do not hold.
    """

    committed_fen: Sequence[int] = ()
    planned_fen: Sequence[int] | None = None
    ledger_findings: int | None = None
    granted: int | None = None
    risky: int | None = None
    risky_usual_est: float | None = None
    values_late_days: int | None = None


@dataclass(frozen=True, slots=True)
class BreakerReading:
    """One breaker today. `share` is the most that may be issued where it tripped, else 1."""

    code: BreakerCode
    state: Literal["quiet", "tripped", "unknown"]
    share: float
    reason: Literal["", "not_set", "not_told", "too_few_days"]
    numbers: Numbers = ()


def read_breakers(books: DayBooks, limits: BreakerLimits) -> tuple[BreakerReading, ...]:
    """Every breaker, tripped or not."""
    return (
        _daily_cap(books, limits),
        _ledger(books),
        _burn(books, limits),
        _risk(books, limits),
        _no_values(books, limits),
    )


def breaches(readings: Sequence[BreakerReading]) -> tuple[Breach, ...]:
    """Those that tripped, as the ladder takes them."""
    return tuple(
        Breach(reading.code, reading.share, reading.numbers)
        for reading in readings
        if reading.state == "tripped"
    )


def within_user_cap(
    granted_fen: npt.NDArray[np.int64], amount_fen: npt.NDArray[np.int64] | int, *, cap_fen: int
) -> npt.NDArray[np.bool_]:
    """Whose next grant keeps them within the cap a user; asked at each decision, in whole fen."""
    return np.asarray(granted_fen + amount_fen <= cap_fen)


def _daily_cap(books: DayBooks, limits: BreakerLimits) -> BreakerReading:
    if limits.daily_cap_fen is None:
        return BreakerReading("daily_cap", "unknown", 1.0, "not_set")
    if not books.committed_fen:
        return BreakerReading("daily_cap", "unknown", 1.0, "not_told")
    today = books.committed_fen[-1]
    numbers: Numbers = (("committed_fen", today), ("daily_cap_fen", limits.daily_cap_fen))
    return _told("daily_cap", today >= limits.daily_cap_fen, 0.0, numbers)


def _ledger(books: DayBooks) -> BreakerReading:
    if books.ledger_findings is None:
        return BreakerReading("ledger_imbalance", "unknown", 1.0, "not_told")
    numbers: Numbers = (("ledger_findings", books.ledger_findings),)
    return _told("ledger_imbalance", books.ledger_findings > 0, 0.0, numbers)


def _burn(books: DayBooks, limits: BreakerLimits) -> BreakerReading:
    planned, committed = books.planned_fen, books.committed_fen
    if planned is None:
        return BreakerReading("burn_above_plan", "unknown", 1.0, "not_told")
    if min(len(planned), len(committed)) < limits.burn_long_days:
        return BreakerReading("burn_above_plan", "unknown", 1.0, "too_few_days")
    windows = (limits.burn_long_days, limits.burn_short_days)
    actual = [sum(committed[-days:]) for days in windows]
    plan = [sum(planned[-days:]) for days in windows]
    over = all(spent > limits.burn_ratio_max * meant for spent, meant in zip(actual, plan, strict=True))
    numbers: Numbers = (
        ("long_days", windows[0]),
        ("long_fen", actual[0]),
        ("long_planned_fen", plan[0]),
        ("short_days", windows[1]),
        ("short_fen", actual[1]),
        ("short_planned_fen", plan[1]),
    )
    return _told("burn_above_plan", over, limits.burn_share, numbers)


def _risk(books: DayBooks, limits: BreakerLimits) -> BreakerReading:
    if books.granted is None or books.risky is None or books.risky_usual_est is None:
        return BreakerReading("risk_spike", "unknown", 1.0, "not_told")
    share = books.risky / books.granted if books.granted else 0.0
    spike = (
        books.risky >= limits.risk_users_min
        and share >= limits.risk_share_min
        and share >= limits.risk_ratio_max * books.risky_usual_est
    )
    numbers: Numbers = (
        ("risky", books.risky),
        ("granted", books.granted),
        ("risky_usual_est", books.risky_usual_est),
    )
    return _told("risk_spike", spike, limits.risk_share, numbers)


def _no_values(books: DayBooks, limits: BreakerLimits) -> BreakerReading:
    if books.values_late_days is None:
        return BreakerReading("no_values", "tripped", limits.blind_share, "not_told")
    numbers: Numbers = (("late_days", books.values_late_days),)
    return _told("no_values", books.values_late_days >= limits.blind_days, limits.blind_share, numbers)


def _told(code: BreakerCode, tripped: bool, share: float, numbers: Numbers) -> BreakerReading:
    state: Literal["quiet", "tripped"] = "tripped" if tripped else "quiet"
    return BreakerReading(code, state, share if tripped else 1.0, "", numbers)
