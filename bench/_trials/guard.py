"""The guard's figures: false stops at a true return just at the bar, and how soon a bad campaign is found.

`figures` runs the product itself, `guard_day`, day by day on campaigns whose truth is known. Beside it, on the
same campaigns, what operators do by eye: running return, matured return, a daily z test; and the e-process without
what answers for the luck of a day. *Lowered*: to 0.25 of the users, in 60 looks. Contract: docs/spec/watch.md.
Alone: bench/trials.py --only guard, or one of PARTS.
"""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from math import log
from typing import Literal

import numpy as np
import numpy.typing as npt
from _figures import Figure

from _trials.guard_worlds import (
    COST,
    FIRST,
    TERMS,
    WINDOW,
    Granted,
    bar_of,
    drawn_cohorts,
    drawn_terms,
    granted,
    young,
)
from huoshui.core.trials.e_process import Wealth
from huoshui.core.watch import (
    CohortSums,
    DayFacts,
    DayWorth,
    GuardTerms,
    MaturityCurve,
    guard_day,
    maturity_curve,
    new_guard,
    week_of,
    young_signal,
)

Floats = npt.NDArray[np.float64]
Size = Literal["quick", "default", "full"]
RUNS: dict[Size, int] = {"quick": 60, "default": 1_000, "full": 4_000}
TABLE_RUNS: dict[Size, int] = {"quick": 6, "default": 40, "full": 200}
LOOKS = 60
TABLE_DAYS: dict[Size, int] = {"quick": 120, "default": 240, "full": 365}
CURVE_COHORTS = 40
AT_ONCE = 7
PARTS = ("bar", "found", "days", "ladder", "incremental", "table")


@dataclass(frozen=True, slots=True)
class Found:
    """Of one run: the look (1 the first matured cohort) of each first step, infinite where there was none."""

    slow: float
    quarter: float
    pause: float
    issued: float
    """Mean share that was issued over the looks."""


def figures(size: Size, seed: int, parts: Container[str]) -> Iterator[Figure]:
    """Those of the parts asked for, each of seeds of its own; the long ones last."""
    runs = RUNS[size]
    all_of_them = {
        "bar": _raw_at_the_bar(runs, seed),
        "found": _raw_found(runs, seed + 1),
        "days": _day_luck(runs, seed + 2),
        "ladder": _whole_ladder(max(30, runs // 5), seed + 3),
        "incremental": _incremental_at_the_bar(runs, seed + 4),
        "table": _incremental_table(TABLE_RUNS[size], TABLE_DAYS[size], seed + 5),
    }
    assert tuple(all_of_them) == PARTS
    for name, told in all_of_them.items():
        if name in parts:
            yield from told


def _guarded(days: int, cohorts: Iterable[CohortSums], terms: GuardTerms, *, until: str = "") -> Found:
    """The product on one campaign, a matured cohort a day. `until`: the kind of step after which nobody looks on."""
    state, found, issued = new_guard(), {"slow": np.inf, "quarter": np.inf, "pause": np.inf}, 0.0
    for look, cohort in zip(range(1, days + 1), cohorts, strict=False):
        day = FIRST + timedelta(days=look + WINDOW)
        facts = DayFacts((cohort,), values_until=day - timedelta(days=1))
        state, actions = guard_day(state, facts, day, terms)
        for action in actions:
            if action.kind in ("lower", "pause"):
                name = "pause" if action.rung_after == "paused" else "quarter"
                found[name] = min(found[name], look)
        issued += terms.rules.share_of(state.ladder.rung)
        if until and np.isfinite(min(found["pause"], found[until])):
            break
    return Found(found["slow"], min(found["quarter"], found["pause"]), found["pause"], issued / days)


def _raw_at_the_bar(runs: int, seed: int) -> Iterator[Figure]:
    """False stops without control, beside what is done by eye on the same campaigns."""
    for users in (20, 100):
        rng = np.random.default_rng((seed, users))
        ours, peers = [], []
        for _ in range(runs):
            world = granted(rng, np.ones(LOOKS), users)
            ours.append(_guarded(LOOKS, world.cohorts(), TERMS))
            peers.append(_by_eye(world))
        quarter = float(np.mean([np.isfinite(found.quarter) for found in ours]))
        pause = float(np.mean([np.isfinite(found.pause) for found in ours]))
        where = f"return at the bar, {users} a day, {runs} runs"
        names = ("running return", "matured return", "daily z")
        for name, share in zip(names, np.mean(peers, axis=0), strict=True):
            yield Figure(
                f"lowered: {where}", quarter, float(share), f"{name}: stops", 0.05,
                target="<= 0.05", met=quarter <= 0.05, unit="share",
            )  # fmt: skip
        yield Figure(f"paused: {where}", pause, limit=0.05, target="<= 0.05", met=pause <= 0.05, unit="share")


def _by_eye(world: Granted) -> tuple[bool, bool, bool]:
    """Whether each of three habits would have stopped a campaign in 60 daily looks."""
    cost = world.value.shape[1] * COST
    cohorts = np.arange(1, len(world.value) + 1)
    by_age, _ = world.by_age()
    running = np.zeros(len(cohorts))
    for number in range(len(cohorts)):
        ages = np.minimum(np.arange(len(cohorts) - number), WINDOW) - 1
        running[number:] += np.where(ages >= 0, by_age[number, ages.clip(0)], 0.0)
    matured = world.value.sum(axis=1).cumsum()
    d = world.value - COST
    total, squares = d.sum(axis=1).cumsum(), (d**2).sum(axis=1).cumsum()
    n = cohorts * world.value.shape[1]
    z = total / np.sqrt((squares - total**2 / n).clip(1e-9))
    return (
        bool((running < cohorts * cost).any()),
        bool((matured < cohorts * cost).any()),
        bool((z < -1.645).any()),
    )


def _raw_found(runs: int, seed: int) -> Iterator[Figure]:
    """How soon a bad campaign is found without control, and one that turns bad."""
    for users in (20, 100, 500):
        rng = np.random.default_rng((seed, users))
        ours = []
        for _ in range(runs if users <= 100 else max(30, runs // 5)):
            world = granted(rng, np.full(LOOKS, 0.5), users)
            ours.append(_guarded(LOOKS, world.cohorts(), TERMS, until="pause"))
        quarter, pause = (np.array([getattr(found, name) for found in ours]) for name in ("quarter", "pause"))
        asked = users == 100
        what = f"return 0.5, {users} a day: days after maturity until"
        middle = _middle(quarter, LOOKS)
        yield Figure(
            f"{what} 0.25, median", middle, limit=7, target="<= 7" if asked else None,
            met=middle <= 7 if asked else None, unit="days",
        )  # fmt: skip
        yield Figure(f"{what} 0.25, 9 of 10 runs", _middle(quarter, LOOKS, 0.9), unit="days")
        within = float(np.mean(quarter <= 7))
        yield Figure(f"return 0.5, {users} a day: at 0.25 within 7 days", within, unit="share")
        yield Figure(f"{what} the pause, median", _middle(pause, LOOKS), unit="days")
    rng = np.random.default_rng((seed, 1))
    returns = np.concatenate([np.full(LOOKS, 1.3), np.full(LOOKS, 0.5)])
    ours = [
        _guarded(2 * LOOKS, granted(rng, returns, 100).cohorts(), TERMS, until="pause") for _ in range(runs)
    ]
    quarter, pause = (np.array([getattr(found, name) for found in ours]) for name in ("quarter", "pause"))
    early = float(np.mean(quarter <= LOOKS))
    after = quarter[quarter > LOOKS] - LOOKS
    share = float(np.isfinite(quarter).mean())
    yield Figure(
        "drift 1.3 -> 0.5 on day 61, 100 a day: found",
        share,
        limit=1,
        target="= 1",
        met=share == 1,
        unit="share",
    )
    yield Figure("drift: lowered while the return was still 1.3", early, unit="share")
    yield Figure(
        "drift: days after the first bad cohort matured until 0.25", _middle(after, LOOKS), unit="days"
    )
    yield Figure("drift: the same, 9 of 10 runs", _middle(after, LOOKS, 0.9), unit="days")
    yield Figure("drift: until the pause, median", _middle(pause - LOOKS, LOOKS), unit="days")


def _day_luck(runs: int, seed: int) -> Iterator[Figure]:
    """Days that are good or bad for everybody: what the plain e-process does not know, and ours answers for."""
    for users, days in ((100, "luck"), (1_000, "luck"), (1_000, "weekends"), (1_000, "weekends, known")):
        rng = np.random.default_rng((seed, users, len(days)))
        ours, plain = [], []
        for _ in range(runs if users <= 100 else max(30, runs // 4)):
            returns = _lucky(rng, LOOKS) if days == "luck" else _WEEK[np.arange(LOOKS) % 7]
            world = granted(rng, returns, users)
            terms = replace(TERMS, week=_read_week(rng)) if days == "weekends, known" else TERMS
            told = world.cohorts(terms)
            ours.append(_guarded(LOOKS, told, terms, until="quarter").quarter)
            plain.append(_plain_alarm(world.cohorts() if terms.week else told))
        share, peer = float(np.isfinite(ours).mean()), float(np.mean(plain))
        yield Figure(
            f"lowered: at the bar, {_DAYS[days]}, {users} a day",
            share, peer, "e-process without cap and luck of days", unit="share",
        )  # fmt: skip


_DAYS = {
    "luck": "days differ by 30 %",
    "weekends": "weekends 1.5, else 0.8",
    "weekends, known": "the same, week known",
}
LUCK = 0.3
_STEPS = np.array([-1.8, -1.2, -0.8, -0.5, -0.25, 0, 0.25, 0.5, 0.8, 1.2, 1.8])
"""Steps of about the normal law, so that few scales have to be solved for."""
_WEEK = np.array([0.8, 0.8, 0.8, 0.8, 0.8, 1.5, 1.5])


def _read_week(rng: np.random.Generator) -> tuple[float, ...]:
    """The product's week from eight weeks of 1,000 users a day before the campaign, Monday first."""
    days = 56
    before = granted(rng, _WEEK[np.arange(days) % 7], 1_000)
    sums = before.value.sum(axis=1)
    told = [DayWorth(FIRST + timedelta(days=n), 1_000, round(float(sums[n]))) for n in range(days)]
    return week_of(told).factors


def _lucky(rng: np.random.Generator, days: int) -> Floats:
    """Returns of days that differ by luck, 1 in the mean."""
    luck = np.exp(LUCK * _STEPS / _STEPS.std())
    return np.asarray(np.round(rng.choice(luck / luck.mean(), days), 9))


def _plain_alarm(cohorts: list[CohortSums]) -> bool:
    logs = np.array([cohort.raw.logs for cohort in cohorts]).cumsum(axis=0)
    return bool((Wealth(logs, sum(cohort.treated for cohort in cohorts)).log_e >= log(20)).any())


def _whole_ladder(runs: int, seed: int) -> Iterator[Figure]:
    """With young cohorts read too, from the first grant on; also by a maturity curve that is 15 % off."""
    for true_return, off in ((1.0, 1.0), (1.0, 1.15), (0.5, 1.0), (0.0, 1.0)):
        rng = np.random.default_rng((seed, round(100 * true_return), round(100 * off)))
        past = granted(rng, np.ones(CURVE_COHORTS), 100).by_age()[0]
        curve = maturity_curve(past)
        assert curve is not None
        skewed = MaturityCurve(tuple(min(1.0, off * share) for share in curve.shares_est), curve.cohorts)
        ours = [_with_young(rng, true_return, skewed) for _ in range(runs)]
        what = f"young cohorts too, return {true_return}{'' if off == 1 else ', curve 15 % off'}:"
        shares = [float(np.isfinite([getattr(found, name) for found in ours]).mean()) for name in _KINDS]
        for name, share in zip(("slowed", "lowered to 0.25", "paused"), shares, strict=True):
            wrong = true_return == 1.0 and name == "paused"
            yield Figure(
                f"{what} {name}", share, limit=0.05 if wrong else None,
                target="<= 0.05" if wrong else None, met=share <= 0.05 if wrong else None, unit="share",
            )  # fmt: skip
        slow = [found.slow for found in ours if np.isfinite(found.slow)]
        if slow and true_return < 1:
            yield Figure(f"{what} days until slowed", _middle(np.array(slow), LOOKS), unit="days")
        yield Figure(
            f"{what} mean share issued", float(np.mean([found.issued for found in ours])), unit="share"
        )


_KINDS = ("slow", "quarter", "pause")


def _with_young(rng: np.random.Generator, true_return: float, curve: MaturityCurve) -> Found:
    users, days = 100, LOOKS + WINDOW
    world = granted(rng, np.full(days, true_return), users)
    by_age, cohorts = world.by_age(), world.cohorts()
    state, found, issued = new_guard(), dict.fromkeys(_KINDS, np.inf), 0.0
    for today in range(1, days + 1):
        day = FIRST + timedelta(days=today)
        ripe = today - WINDOW - 1
        facts = DayFacts(
            (cohorts[ripe],) if ripe >= 0 else (),
            values_until=day - timedelta(days=1),
            young=young_signal(young(by_age, users, today), curve, TERMS),
        )
        state, actions = guard_day(state, facts, day, TERMS)
        for action in actions:
            if action.kind in ("lower", "pause"):
                name = {"paused": "pause", "quarter": "quarter"}.get(action.rung_after, "slow")
                found[name] = min(found[name], today)
        issued += TERMS.rules.share_of(state.ladder.rung)
    return Found(found["slow"], found["quarter"], found["pause"], issued / days)


def _incremental_at_the_bar(runs: int, seed: int) -> Iterator[Figure]:
    """False stops with a control, incremental return just at the bar."""
    bar = bar_of(1.0, seed=seed)
    for users, control in ((20, 0.1), (100, 0.1), (100, 0.5)):
        rng = np.random.default_rng((seed, users, round(100 * control)))
        terms = drawn_terms(control, bar=bar)
        ours, peers = [], []
        for _ in range(runs):
            days = drawn_cohorts(rng, range(LOOKS), users=users, control=control, extra=1.0, terms=terms)
            ours.append(_guarded(LOOKS, days, terms, until="pause"))
            peers.append(_eye_on_drawn(days))
        where = f"incremental at the bar, {users} a day, {control:.0%} control"
        eye = dict(zip(("matured return", "daily z"), np.mean(peers, axis=0), strict=True))
        for name, told in (("quarter", "lowered"), ("pause", "paused")):
            share = float(np.isfinite([getattr(found, name) for found in ours]).mean())
            for peer, stops in eye.items() if name == "quarter" else ((None, None),):
                yield Figure(
                    f"{told}: {where}", share, stops, f"{peer}: stops" if peer else None, 0.05,
                    target="<= 0.05", met=share <= 0.05, unit="share",
                )  # fmt: skip


def _eye_on_drawn(days: list[CohortSums]) -> tuple[bool, bool]:
    """Whether the matured incremental return, or its z test, would have stopped a campaign in 60 daily looks."""
    n, total, squares = (
        np.cumsum([getattr(day.incremental_d, name) for day in days]) for name in ("n", "total", "squares")
    )
    z = total / np.sqrt((squares - total**2 / n).clip(1e-9))
    return bool((total < 0).any()), bool((z < -1.645).any())


def _incremental_table(runs: int, days: int, seed: int) -> Iterator[Figure]:
    """How long until a campaign that adds nothing, or half of the bar, is lowered: by users a day and control share."""
    for extra in (0.0, 0.5):
        for users in (20, 100, 500, 2_000):
            for control in (0.05, 0.1, 0.2, 0.5):
                rng = np.random.default_rng((seed, users, round(100 * control), round(10 * extra)))
                terms = drawn_terms(control)
                ours = [
                    _guarded(
                        days, _drawn(rng, days, users, control, extra, terms), terms, until="quarter"
                    ).quarter
                    for _ in range(runs)
                ]
                share = float(np.isfinite(ours).mean())
                yield Figure(
                    f"adds {extra:g} of cost, {users:,} a day, {control:.0%} control: median days",
                    _middle(np.array(ours), days), unit="days",
                    target=f"(not a target: {share:.0%} found in {days} days)" if share < 1 else None,
                )  # fmt: skip


def _middle(days: Floats, most: int, share: float = 0.5) -> float:
    """A quantile of days, some of which are infinite; `most` where it lies beyond what was looked at."""
    if not len(days):
        return float(most)
    return min(float(most), float(np.quantile(days, share, method="inverted_cdf")))


def _drawn(
    rng: np.random.Generator, days: int, users: int, control: float, extra: float, terms: GuardTerms
) -> Iterator[CohortSums]:
    """Day after day, drawn a week at once: nobody looks at what comes after the alarm."""
    for first in range(0, days, AT_ONCE):
        yield from drawn_cohorts(
            rng,
            range(first, min(days, first + AT_ONCE)),
            users=users,
            control=control,
            extra=extra,
            terms=terms,
        )
