"""How good plans are where the truth is known: simulated platforms, planned from their files, judged by their rules.

    .venv/bin/python bench/plan_worlds.py                  three platforms of 20,000 users, one that shows who answers
    .venv/bin/python bench/plan_worlds.py --full           ten of 60,000, three whose curves no estimate assumes, and
                                                           five that show who answers
    .venv/bin/python bench/plan_worlds.py --quick          one of each kind, 8,000 users, one budget
    .venv/bin/python bench/plan_worlds.py --json           one JSON object a line, for machines

The plan sees the files alone. Beside it, at the same true cost: the best with the true mean of every segment and
campaign (`segments`), with every user's truth (`users`), the best that could be known from the files by someone who
knows every rule of the simulator (`files`), and what operators do without a plan. Contract: docs/spec/world.md.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
from _figures import Figure, tell

from huoshui.core.allocate import Offers, solve
from huoshui.core.allocate.baselines import as_last_month, first_come, same_for_everyone
from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.uplift import Group, calibrate
from huoshui.flow.app import settings_for
from huoshui.flow.planning.facts import Candidates, PlanFacts, as_candidates, gather_for_plan
from huoshui.flow.planning.matrix import Cells, cells_of, offers_of
from huoshui.flow.planning.rules import PlanRules
from huoshui.lake.engines import open_lake
from huoshui.lake.intake import read_folder
from huoshui.lake.tables import USER_STATUSES
from huoshui.sim.campaigns import Answers
from huoshui.sim.files import write_canonical
from huoshui.sim.oracles import NextPeriod, best_from_files, next_period
from huoshui.sim.world import World, make_world

Floats = npt.NDArray[np.float64]
PERIOD = date(2026, 11, 1)
PLAN_SEED = 1
SHARES = (0.25, 0.5, 1.0)
"""Budgets, as shares of what the best plan by segments would spend above the edge."""
SEGMENTS_LEAST = 0.95
PROMISE_NEAR = 0.03
GAIN_LEAST = 1.02
"""Where it shows beforehand who answers and the budget is a quarter, learning brings so much."""
HARM_MOST = 0.99
"""Elsewhere it takes no more than this: with money for nearly everybody who pays, ranking them matters little."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One platform at one budget. Values are yuan and true; shares are the plan's true value over that of the other.

    `segments_alone`: over the best by segments, of a plan that leaves out what is known of single users.
    `without_learning`: over every user's truth known, of a plan with own worths and no response factors; `learned`:
    1 where the plan used them.
    `cost_over_true` is the plan's expected cost over the true one; `promised` and `uncalibrated` are over delivered.
    `if_gone_answer_nothing`: delivered if nobody answers who has stopped buying for good.
    """

    seed: int
    answers: str
    users: int
    budget_share: float
    budget_yuan: float
    delivered_yuan: float
    of_segments: float
    segments_alone: float
    of_users: float
    without_learning: float
    learned: int
    of_files: float
    promised: float
    promised_unlearned: float
    uncalibrated: float
    cost_over_true: float
    same_for_everyone: float
    first_come: float
    as_last_month: float
    if_gone_answer_nothing: float


@dataclass(frozen=True, slots=True)
class Planned:
    """A platform as planned from its files, beside its truth in the same order of users and options."""

    cells: Cells
    offers: Offers
    told: PlanFacts
    unlearned: Offers
    truth: NextPeriod
    value: Floats
    cost: Floats
    files_value: Floats


def main() -> int:
    """Print the means, each platform beside it; 1 where a mean misses what is promised."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--full", action="store_true", help="ten platforms of 60,000 users, odd and visible ones"
    )
    parser.add_argument("--quick", action="store_true", help="8,000 users, one of each kind, one budget")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    asked = parser.parse_args()
    worlds: list[tuple[int, int, Answers]] = [(seed, 20_000, "plain") for seed in (1, 2, 3)]
    worlds += [(1, 20_000, "visible")]
    shares = SHARES
    if asked.full:
        worlds = [(seed, 60_000, "plain") for seed in range(1, 11)]
        worlds += [(seed, 60_000, "odd") for seed in (1, 2, 3)]
        worlds += [(seed, 60_000, "visible") for seed in range(1, 6)]
    elif asked.quick:
        worlds, shares = [(1, 8_000, "plain"), (1, 8_000, "visible")], SHARES[1:2]
    rows: list[Judged] = []
    for seed, users, answers in worlds:
        for row in judged_world(seed, users=users, answers=answers, shares=shares):
            rows.append(row)
            print(line_of(row), file=sys.stderr, flush=True)
    return tell(_means(rows), as_json=asked.json, packages=("numpy", "numba", "highspy"))


def _means(rows: list[Judged]) -> Iterator[Figure]:
    """The means over the platforms, by kind of answers and budget."""
    for answers in dict.fromkeys(row.answers for row in rows):
        for share in SHARES:
            own = [row for row in rows if row.answers == answers and row.budget_share == share]
            if not own:
                continue
            where = f"{len(own)} {answers} platforms, {share:.0%} of the budget"

            def mean(name: str, own: list[Judged] = own) -> float:
                return float(np.mean([getattr(row, name) for row in own]))

            reached, promised = mean("of_segments"), mean("promised")
            yield Figure(
                f"{where}: value", reached, 1.0, "best by segments, all true means known", None, reached,
                f">= {SEGMENTS_LEAST}", reached >= SEGMENTS_LEAST, "share",
            )  # fmt: skip
            yield Figure(
                f"{where}: value without own worths",
                mean("segments_alone"),
                1.0,
                "best by segments",
                unit="share",
            )
            yield Figure(f"{where}: value", mean("of_users"), 1.0, "every user's truth known", unit="share")
            yield _gain(where, own, least=GAIN_LEAST if answers == "visible" and share < 0.5 else HARM_MOST)
            yield Figure(
                f"{where}: promised / delivered", promised, mean("promised_unlearned"), "without learning"
            )
            yield Figure(f"{where}: value", mean("of_files"), 1.0, "best from the files", unit="share")
            yield Figure(
                f"{where}: promised / delivered", promised, mean("uncalibrated"), "uncalibrated", None,
                promised, f"1 +- {PROMISE_NEAR}", abs(promised - 1) <= PROMISE_NEAR, "share",
            )  # fmt: skip


def _gain(where: str, own: list[Judged], *, least: float) -> Figure:
    """What learning adds: the plan's true value over that of the plan without it, at the same true cost of the best."""
    ratio = float(np.mean([row.of_users / row.without_learning for row in own]))
    return Figure(
        f"{where}: learned in {sum(row.learned for row in own)}",
        float(np.mean([row.of_users for row in own])),
        float(np.mean([row.without_learning for row in own])),
        "the same without response factors, of every user's truth",
        None,
        ratio,
        f">= {least}",
        ratio >= least,
        "share",
    )


def line_of(row: Judged) -> str:
    """One platform and budget as a line."""
    return "  ".join(f"{name} {_short(value)}" for name, value in asdict(row).items())


def judged_world(
    seed: int, *, users: int, answers: Answers = "plain", shares: tuple[float, ...] = SHARES
) -> Iterator[Judged]:
    """One platform, written, read, planned and judged at each budget."""
    world = make_world(seed, users=users, answers=answers)
    with tempfile.TemporaryDirectory() as folder:
        planned = _planned(world, Path(folder))
    by_segment, segment_cost = _segment_means(planned)
    everything = solve(_with(planned.offers, by_segment, segment_cost), budget_fen=2**40)
    for share in shares:
        yield _judged(planned, by_segment, segment_cost, seed, answers, share, everything.spent_fen)


def _planned(world: World, folder: Path) -> Planned:
    files, settings = folder / "files", settings_for(work=folder / "work", language="zh", memory="1GB")
    write_canonical(world, files, format="parquet")
    intake = read_folder(
        files, work=settings.work, memory_bytes=settings.memory_bytes, language=settings.language
    )
    lake = open_lake(intake.sources, work=settings.work, memory_bytes=settings.memory_bytes, threads=1)
    told, table = gather_for_plan(
        lake, Assumptions(), first_day=PERIOD, step=_quiet, learn=True, seed=PLAN_SEED
    )
    lake.close()
    people = as_candidates(table)
    cells = cells_of(told, Assumptions(), PlanRules(), first_day=PERIOD.isoformat(), seed=PLAN_SEED)
    offers, unlearned = offers_of(cells, people), offers_of(replace(cells, learned=None), people)
    for each in (offers, unlearned):
        each.values_est[:, people.standing != USER_STATUSES.index("active")] = -np.inf
    truth = next_period(world)
    place = {user_id: at for at, user_id in enumerate(truth.user_ids)}
    user = np.array([place[user_id] for user_id in people.user_ids.to_pylist()])
    keys = list(zip(truth.campaigns, truth.amounts_fen, strict=True))
    option = np.array([keys.index((each.campaign, each.amount_fen)) for each in offers.options])
    truth = truth.take(option, user)
    return Planned(
        cells=cells,
        offers=offers,
        told=told,
        unlearned=unlearned,
        truth=truth,
        value=truth.value_est,
        cost=truth.cost_est,
        files_value=best_from_files(truth.value_est, _seen(world, people, user)),
    )


def _quiet(_stage: str) -> None:
    """No progress is shown."""


def _seen(world: World, people: Candidates, user: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
    """What files show of a user, in classes: segment, source, orders of late and in all, rest, worth, draws."""
    worth = people.value / np.maximum(1, people.orders)
    idle = np.searchsorted([7, 20, 40, 60, 90, 120], np.where(people.idle_days < 0, 999, people.idle_days))
    dear = np.searchsorted([250, 600, 1_200], worth)
    late = np.minimum(people.orders_90, 8)
    segment = people.segment.astype(np.int64)
    return [
        segment * 10 + late,
        segment * 8 + idle,
        segment * 4 + dear,
        np.minimum(people.orders, 12) * 8 + idle,
        world.scene.people.source[user] * 4 + dear,
        np.unique(people.drawn, return_inverse=True)[1].astype(np.int64),
    ]


def _judged(
    planned: Planned,
    by_segment: Floats,
    segment_cost: Floats,
    seed: int,
    answers: str,
    share: float,
    full: int,
) -> Judged:
    offers, budget = planned.offers, int(full * share)
    plan = solve(offers, budget_fen=budget)
    spent = _sum(plan.choice, planned.cost)
    delivered = _sum(plan.choice, planned.value)

    def rival(values: Floats, costs: Floats, of: npt.NDArray[np.int8] = plan.choice) -> float:
        best = solve(_with(offers, values, costs), budget_fen=round(_sum(of, planned.cost)))
        return _sum(of, planned.value) / max(1.0, _sum(best.choice, planned.value))

    def others(choice: npt.NDArray[np.int8]) -> float:
        """True return of another way, over the plan's: they need not spend the same."""
        own = _sum(choice, planned.value) / max(1.0, _sum(choice, planned.cost))
        return own / (delivered / max(1.0, spent))

    assert offers.segment is not None
    alone = solve(_with(offers, planned.cells.value_est[:, offers.segment], offers.costs), budget_fen=budget)
    unlearned = solve(planned.unlearned, budget_fen=budget)
    kept = calibrate(planned.cells.responses, groups_of(planned.cells, offers), budget_fen=budget)
    promised = _sum(plan.choice, offers.values_est.astype(np.float64))
    here = np.where(planned.truth.gone, 0.0, planned.value)
    return Judged(
        seed=seed,
        answers=answers,
        users=offers.users,
        budget_share=share,
        budget_yuan=budget / 100,
        delivered_yuan=delivered / 100,
        of_segments=rival(by_segment, segment_cost),
        segments_alone=rival(by_segment, segment_cost, alone.choice),
        of_users=rival(planned.value, planned.cost),
        without_learning=rival(planned.value, planned.cost, unlearned.choice),
        learned=int(planned.cells.learned is not None),
        of_files=rival(planned.files_value, segment_cost),
        promised=promised * kept.factor_est / delivered,
        promised_unlearned=_sum(unlearned.choice, planned.unlearned.values_est.astype(np.float64))
        * kept.factor_est
        / _sum(unlearned.choice, planned.value),
        uncalibrated=promised / delivered,
        cost_over_true=plan.spent_fen / spent,
        same_for_everyone=others(same_for_everyone(offers, budget)),
        first_come=others(first_come(offers, budget)),
        as_last_month=others(
            as_last_month(offers, budget, {(s, c, a): n for s, c, a, n in planned.told.last_month})
        ),
        if_gone_answer_nothing=_sum(plan.choice, here) / delivered,
    )


def groups_of(cells: Cells, offers: Offers) -> list[Group]:
    """Users who may be offered the same, by segment."""
    assert offers.segment is not None
    names = list(dict.fromkeys(option.campaign for option in offers.options))
    code = offers.segment.astype(np.int64)
    for bit, name in enumerate(names):
        own = [row for row, option in enumerate(offers.options) if option.campaign == name]
        code |= np.isfinite(offers.values_est[own]).any(axis=0).astype(np.int64) << (8 + bit)
    return [
        Group(
            cells.responses[0].contrasts.segments[one & 255],
            frozenset(name for bit, name in enumerate(names) if one >> (8 + bit) & 1),
            users,
        )
        for one, users in zip(*(found.tolist() for found in np.unique(code, return_counts=True)), strict=True)
    ]


def _segment_means(planned: Planned) -> tuple[Floats, Floats]:
    """True mean value and cost of each option in each segment, over the users it may go to."""
    offers = planned.offers
    assert offers.segment is not None
    values, costs = np.zeros(planned.value.shape), np.zeros(planned.value.shape)
    for row, allowed in enumerate(np.isfinite(offers.values_est)):
        for segment in np.unique(offers.segment[allowed]):
            mine = allowed & (offers.segment == segment)
            values[row, mine] = planned.value[row, mine].mean()
            costs[row, mine] = planned.cost[row, mine].mean()
    return values, costs


def _with(offers: Offers, values: Floats, costs: Floats | npt.NDArray[np.int32]) -> Offers:
    """The same offers at other figures; what is not allowed stays so."""
    allowed = np.isfinite(offers.values_est)
    return Offers(
        offers.options,
        np.where(allowed, values, -np.inf).astype(np.float32),
        np.rint(costs).astype(np.int32),
        offers.keys,
        offers.segments,
        offers.segment,
    )


def _sum(choice: npt.NDArray[np.int8], table: Floats) -> float:
    taking = np.flatnonzero(choice)
    return float(table[choice[taking].astype(np.intp) - 1, taking].sum())


def _short(value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:.3f}" if abs(value) < 100 else f"{value:.0f}"


if __name__ == "__main__":
    sys.exit(main())
