"""Logs of several shapes whose truth is known: who was given what by which chance, and what came of it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from huoshui.core.uplift.off_policy import LoggedDecisions

Floats = npt.NDArray[np.float64]
ACTIONS = 5
TRUTH_ROWS, TRUTH_SEED = 1_000_000, 7


@dataclass(frozen=True, slots=True)
class Shape:
    """`follow`: how far the log follows what it believes; `least`: the least chance of an action. `amount`: sigma of a
    lognormal reward beside whether there is any, at `rate`. `rare`: chance of each action but the first, whoever it is.
    `refuses`: an interval would be a guess.
    """

    decisions: int = 2_000
    follow: float = 0.5
    least: float = 0.0
    rate: float = 0.3
    amount: float = 0.0
    rare: float = 0.0
    refuses: bool = False


SHAPES: dict[str, Shape] = {
    "plain": Shape(),
    "rare rewards": Shape(rate=0.05),
    "skewed rewards": Shape(decisions=4_000, rate=0.2, amount=1.0),
    "rare actions": Shape(decisions=4_000, rare=0.02),
    "near-deterministic logging": Shape(decisions=4_000, follow=4.0, least=0.02),
    "hardly any overlap": Shape(follow=25.0, least=0.0004, refuses=True),
    "few users": Shape(decisions=500),
    "rarer rewards": Shape(decisions=4_000, rate=0.02),
    "rarer actions": Shape(decisions=8_000, rare=0.01),
    "amounts that differ": Shape(rate=0.2, amount=0.5),
    "rare and skewed rewards": Shape(decisions=6_000, rate=0.06, amount=1.0),
}


@dataclass(frozen=True, slots=True)
class Log:
    """One log, the policy to judge, and a reward model that is wrong by a factor and a constant."""

    decisions: LoggedDecisions
    reward: Floats
    policy: Floats
    model: Floats


def drawn(rng: np.random.Generator, name: str, n: int) -> Log:
    """A log of `n` decisions."""
    shape, odds = SHAPES[name], _odds(rng, n)
    logging, policy, chance = _logging(shape, odds), _policy(shape, odds), _chance(shape, odds)
    action = (logging.cumsum(axis=1) > rng.random(n)[:, None] * logging.sum(axis=1, keepdims=True)).argmax(
        axis=1
    )
    row = np.arange(n)
    reward = (rng.random(n) < chance[row, action]) * np.exp(shape.amount * rng.normal(size=n))
    model = 0.6 * chance * np.exp(shape.amount**2 / 2) + 0.05
    return Log(LoggedDecisions(action, logging[row, action]), reward, policy, model)


def true_value(name: str) -> float:
    """Of the policy, over a million users."""
    shape, rng, total = SHAPES[name], np.random.default_rng(TRUTH_SEED), 0.0
    step = TRUTH_ROWS // 10
    for _ in range(10):
        odds = _odds(rng, step)
        total += float((_policy(shape, odds) * _chance(shape, odds)).sum())
    return total / (10 * step) * float(np.exp(shape.amount**2 / 2))


def _odds(rng: np.random.Generator, n: int) -> Floats:
    slopes = np.random.default_rng(TRUTH_SEED).normal(size=(4, ACTIONS)) * 0.7
    return np.asarray(rng.normal(size=(n, 4)) @ slopes)


def _logging(shape: Shape, odds: Floats) -> Floats:
    """What ran: it knows half of the odds' signs, and keeps to each action with its least chance."""
    if shape.rare:
        others = [shape.rare] * (ACTIONS - 1)
        return np.tile([1 - sum(others), *others], (len(odds), 1))
    seen = shape.follow * odds[:, ::-1]
    chance = np.exp(seen - seen.max(axis=1, keepdims=True))
    chance /= chance.sum(axis=1, keepdims=True)
    return shape.least + (1 - ACTIONS * shape.least) * chance


def _policy(shape: Shape, odds: Floats) -> Floats:
    """What is judged: the best action by the odds, to nine in ten; where actions are rare, one of the rare."""
    best = odds[:, 1:].argmax(axis=1) + 1 if shape.rare else odds.argmax(axis=1)
    policy = np.full(odds.shape, 0.1 / ACTIONS)
    policy[np.arange(len(odds)), best] += 0.9
    return policy


def _chance(shape: Shape, odds: Floats) -> Floats:
    return shape.rate / (1 + np.exp(-odds))
