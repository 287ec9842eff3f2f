"""What the choice among learners costs where the truth is known, and how often differences are found where none are."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from _figures import Figure

from _uplift.worlds import KINDS, World, make_world
from huoshui.learn.models import fit, learn

Floats = npt.NDArray[np.float64]
LEARNERS = ("logistic", "boosted", "rule", "propensity")
SHARES = (0.1, 0.3, 0.5)
LOSS_MOST = 0.05
SEEDS = {"quick": (1,), "default": (1, 2), "full": (1, 2, 3, 4, 5, 6)}
QUICK_KINDS = ("linear", "threshold", "alike", "several_amounts")


def choosing_figures(*, size: str) -> Iterator[Figure]:
    """Every row about the drawn worlds."""
    kinds = QUICK_KINDS if size == "quick" else tuple(KINDS)
    losses, states = {}, {}
    for kind in kinds:
        for seed in SEEDS[size]:
            losses[kind, seed], states[kind, seed], reached = judged(make_world(kind, seed), seed)
            lost = ", ".join(f"{loss:.3f}" for loss in losses[kind, seed])
            yield Figure(
                f"world {kind} {seed}: value reached of the best possible", reached,
                unit=f"at 30 %; lost to the best learner at 10, 30, 50 %: {lost}; {states[kind, seed]}",
            )  # fmt: skip
    table = np.array(list(losses.values()))
    for at, share in enumerate(SHARES):
        worst = max(losses, key=lambda world: losses[world][at])
        mean = float(table[:, at].mean())
        yield Figure(
            f"value lost by choosing, {share:.0%} treated, mean of {len(table)} worlds", mean,
            float(table[:, at].max()), f"the worst world: {worst[0]} {worst[1]}", None, mean, f"<= {LOSS_MOST}",
            mean <= LOSS_MOST, "share",
        )  # fmt: skip
        within = float((table[:, at] <= LOSS_MOST).mean())
        yield Figure(f"worlds that lose at most {LOSS_MOST:.0%}, {share:.0%} treated", within, unit="share")


def judged(world: World, seed: int) -> tuple[list[float], str, float]:
    """Share of value lost to the best learner at each share treated, what was taken, value over the best possible."""
    choice = learn(world.rows, seed=seed)
    scores = {name: fit(name, world.rows, seed=seed).effects(world.features) for name in LEARNERS}
    chosen = choice.model.order(world.features)
    found = []
    for share in SHARES:
        best = max(gained(score, world.truth, share) for score in scores.values())
        found.append(1 - gained(chosen, world.truth, share) / best)
    reached = gained(chosen, world.truth, 0.3) / gained(world.truth, world.truth, 0.3)
    return found, choice.model.learner_name, reached


def gained(score: Floats, truth: Floats, share: float) -> float:
    """True effect per user of treating the first `share`, mean over amounts; equal scores in equal part."""
    return float(np.mean([_gained(one, true, share) for one, true in zip(score.T, truth.T, strict=True)]))


def _gained(score: Floats, truth: Floats, share: float) -> float:
    values, group, counts = np.unique(-score, return_inverse=True, return_counts=True)
    sums = np.bincount(group, truth, minlength=len(values))
    at = np.concatenate([[0], np.cumsum(counts)]) / len(score)
    return float(np.interp(share, at, np.concatenate([[0.0], np.cumsum(sums)]) / len(score)))
