"""Money for coming, drawn by lot: what our plan grants of it at every budget, beside the same amount for everyone.

    .venv/bin/python bench/thornton.py              the table
    .venv/bin/python bench/thornton.py --json       one JSON object a line, for machines

Thornton (2008) drew vouchers of 0 to 3 dollars for who would fetch their HIV test result in rural Malawi; 2,834 people.
A response counts as the value, the edge is 0 (spend as long as it adds a response), and a voucher costs only when it is
taken. Curve and plan are the product's own: core/uplift and core/allocate. Everybody is of one group, so that at the
money of a uniform amount on the hull no plan can beat it; above 1.5 dollars the same responses are had for less.
The last part fits on one half of the people and is judged by the other half's plain means.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from _figures import Figure, tell

from huoshui.core.allocate import Offers, Option, Plan, solve
from huoshui.core.costs.facts import ArmMoments
from huoshui.core.costs.values import Segment
from huoshui.core.trials.draws import draws, user_keys
from huoshui.core.uplift import CostTerms, ResponseCurve, fit_curves

ROOT = Path(__file__).resolve().parent.parent
Floats = npt.NDArray[np.float64]
CAMPAIGN = "voucher"
GROUP: Segment = "unknown"
UNITS = 10_000
"""One response in units of value, and one dollar in units of cost: sums of costs are whole numbers."""
STEPS = (0.5, 1.0, 1.5, 2.0)
"""Uniform amounts beside which the plan is put, in dollars."""
HIGHEST_SEEN = 1.5
BUDGETS = 240
SPLITS = 40
EDGES = (0.0, 0.05)
"""Least responses a dollar of the last dollar: any response is worth it, or a twentieth."""


@dataclass(frozen=True, slots=True)
class Trial:
    """The people whose voucher and answer are known: level in dollars, voucher paid out, came or not."""

    level: Floats
    dollars: Floats
    came: Floats

    @property
    def people(self) -> int:
        """How many."""
        return len(self.level)

    def of(self, chosen: npt.NDArray[np.bool_]) -> "Trial":
        """A part of them."""
        return Trial(self.level[chosen], self.dollars[chosen], self.came[chosen])


@dataclass(frozen=True, slots=True)
class Judged:
    """Responses beyond those of no voucher, and dollars paid, a person."""

    responses: float
    dollars: float

    @property
    def per_dollar(self) -> float:
        """Responses a dollar."""
        return self.responses / self.dollars if self.dollars else 0.0


def main() -> int:
    """Print the table; 1 where anything above 1.5 dollars is granted."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--data", type=Path, default=None, help="the folder of real data (HUOSHUI_DATA)")
    asked = parser.parse_args()
    folder = asked.data or Path(os.environ.get("HUOSHUI_DATA") or ROOT.parent / "shared" / "data")
    if not (folder / "thornton_hiv").is_dir():
        print("not run: no data (set HUOSHUI_DATA to its folder)", file=sys.stderr)
        return 0
    figures = figures_of(read_trial(folder))
    return tell(figures, as_json=asked.json, packages=("numpy", "numba", "scipy"))


def read_trial(folder: Path, *, step: float = 0.5) -> Trial:
    """The trial in `folder`; levels are multiples of `step` dollars, nobody with a voucher below the first of them."""
    rows = pd.read_stata(folder / "thornton_hiv" / "thornton_hiv.dta").dropna(subset=["got", "tinc"])
    dollars = rows["tinc"].to_numpy(np.float64)
    level = np.where(dollars > 0, np.maximum(step, np.round(dollars / step) * step), 0.0)
    return Trial(level, dollars, rows["got"].to_numpy(np.float64))


def arms_of(trial: Trial) -> list[ArmMoments]:
    """The trial as the product's facts: one month, one group; whoever came brought one response."""
    empty = ArmMoments(CAMPAIGN, "2004-11", GROUP, True, *([0] * (len(fields(ArmMoments)) - 4)))
    cells = []
    for level in np.unique(trial.level):
        own = trial.of(trial.level == level)
        n, came = own.people, float(own.came.sum())
        cells.append(
            replace(
                empty,
                control=bool(level == 0),
                amount_fen=round(level * UNITS),
                n_all=n,
                maturity_sum=float(n),
                n=n,
                granted_fen=round(float(own.dollars.sum()) * UNITS),
                spent_fen=round(float((own.dollars * own.came).sum()) * UNITS),
                buyers=round(came),
                sum_w=float(n),
                sum_w2=float(n),
                sum_wy=came * UNITS,
                sum_w2y=came * UNITS,
                sum_w2y2=came * UNITS**2,
                sum_wb=came,
                sum_w2b=came,
            )
        )
    return cells


def curve_of(trial: Trial) -> ResponseCurve:
    """The product's curve of this trial."""
    (curve,) = fit_curves(arms_of(trial), terms={CAMPAIGN: CostTerms()}, plan_segments=(GROUP,))
    return curve


def offers_of(curve: ResponseCurve, people: int) -> Offers:
    """Everybody may get any amount of the curve."""
    values = np.array([[point.value_est] for point in curve.points], np.float32)
    costs = np.array([[round(point.cost_est)] for point in curve.points], np.int32)
    return Offers(
        options=tuple(Option(CAMPAIGN, point.amount_fen) for point in curve.points),
        values_est=np.repeat(values, people, axis=1),
        costs=np.repeat(costs, people, axis=1),
        keys=user_keys([f"person {number}" for number in range(people)]),
    )


def granted(offers: Offers, budget: int, *, edge: float = 0.0) -> tuple[Plan, dict[float, int]]:
    """The plan at a budget in units of cost, and how many people get which dollars. `edge`: responses a dollar."""
    plan = solve(offers, budget_fen=budget, edge_est=edge)
    counts = np.bincount(plan.choice, minlength=len(offers.options) + 1)[1:]
    shares = zip(offers.options, counts.tolist(), strict=True)
    return plan, {option.amount_fen / UNITS: count for option, count in shares if count}


def plans_at_every_budget(
    offers: Offers, *, budgets: int = BUDGETS
) -> Iterator[tuple[Plan, dict[float, int]]]:
    """From nothing to more than the largest amount for everyone would cost."""
    most = int(offers.costs[-1].sum(dtype=np.int64) * 1.1)
    for budget in np.linspace(0, most, budgets):
        yield granted(offers, int(budget))


def of_curve(curve: ResponseCurve, mix: dict[float, float]) -> Judged:
    """What shares of people at these dollars bring and cost by the curve."""
    points = {point.amount_fen / UNITS: point for point in curve.points}
    return Judged(
        sum(share * points[dollars].value_est for dollars, share in mix.items()) / UNITS,
        sum(share * points[dollars].cost_est for dollars, share in mix.items()) / UNITS,
    )


def of_means(trial: Trial, mix: dict[float, float]) -> Judged:
    """The same by the trial's plain means, which no curve has touched."""
    base = float(trial.came[trial.level == 0].mean())
    responses = dollars = 0.0
    for level, share in mix.items():
        own = trial.of(trial.level == level)
        responses += share * (float(own.came.mean()) - base)
        dollars += share * float((own.dollars * own.came).mean())
    return Judged(responses, dollars)


def mix_at(offers: Offers, budget: float) -> dict[float, float]:
    """Shares of people by dollars in the plan at `budget` units of cost a person."""
    _, counts = granted(offers, int(budget * offers.users))
    return {dollars: count / offers.users for dollars, count in counts.items()}


def halves(trial: Trial, splits: int) -> Iterator[tuple[Trial, Trial]]:
    """The people cut in two by hash, again and again."""
    keys = user_keys([f"person {number}" for number in range(trial.people)])
    for number in range(splits):
        first = draws(keys, "half", seed=number) < np.uint64(2**63)
        yield trial.of(first), trial.of(~first)


def figures_of(trial: Trial, *, splits: int = SPLITS) -> Iterator[Figure]:
    """Every line of the table."""
    curve = curve_of(trial)
    offers = offers_of(curve, trial.people)
    highest = max(max(counts, default=0.0) for _, counts in plans_at_every_budget(offers))
    yield Figure(
        f"highest amount granted at any of {BUDGETS} budgets", highest, None, None, max(trial.level), None,
        f"<= {HIGHEST_SEEN}", highest <= HIGHEST_SEEN, "dollars",
    )  # fmt: skip
    for step in STEPS:
        uniform = of_curve(curve, {step: 1.0})
        mix = mix_at(offers, uniform.dollars * UNITS)
        ours = of_curve(curve, mix)
        yield Figure(
            f"responses a dollar, at the money of {step} for everyone", ours.per_dollar, uniform.per_dollar,
            f"{step} for everyone", None, ours.per_dollar / uniform.per_dollar, "ours / peer >= 1",
            ours.per_dollar >= uniform.per_dollar * (1 - 1e-3), "responses / dollar",
        )  # fmt: skip
        yield Figure(
            f"dollars a person, at the money of {step} for everyone", ours.dollars, uniform.dollars,
            f"{step} for everyone", None, ours.dollars / uniform.dollars, None, None, "dollars",
        )  # fmt: skip
    yield from _halved(trial, splits)


def _halved(trial: Trial, splits: int) -> Iterator[Figure]:
    """Fitted on one half, judged by the means of the other."""
    ours: dict[float, list[Judged]] = {step: [] for step in STEPS}
    theirs: dict[float, list[Judged]] = {step: [] for step in STEPS}
    highest: dict[float, list[float]] = {edge: [] for edge in EDGES}
    for fitted, judging in halves(trial, splits):
        curve = curve_of(fitted)
        offers = offers_of(curve, fitted.people)
        for edge in EDGES:
            highest[edge].append(max(granted(offers, 10**12, edge=edge)[1]))
        for step in STEPS:
            mix = mix_at(offers, of_curve(curve, {step: 1.0}).dollars * UNITS)
            ours[step].append(of_means(judging, mix))
            theirs[step].append(of_means(judging, {step: 1.0}))
    for edge in EDGES:
        within = float(np.mean([dollars <= HIGHEST_SEEN for dollars in highest[edge]]))
        yield Figure(
            f"halves granting nothing above {HIGHEST_SEEN}, at an edge of {edge}", within, None,
            None, 1.0, None, None, None, f"share of {splits}",
        )  # fmt: skip
    for step in STEPS:
        mean, uniform = (
            Judged(sum(one.responses for one in all_), sum(one.dollars for one in all_))
            for all_ in (ours[step], theirs[step])
        )
        yield Figure(
            f"responses a dollar in the other half, at the money of {step}", mean.per_dollar, uniform.per_dollar,
            f"{step} for everyone", None, mean.per_dollar / uniform.per_dollar, None, None, "responses / dollar",
        )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
