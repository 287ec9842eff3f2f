"""Worlds whose truth is known: who responds by how much, from a line, a threshold, an interaction, nothing.

Nothing here is shared with the product: features, answers and amounts are drawn by numpy from a seed.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from huoshui.core.uplift import TrialRows

Floats = npt.NDArray[np.float64]
Features = npt.NDArray[np.float32]
NAMES = (
    "idle_days", "orders", "spend", "coupon_share", "age_days", "visits", "night_share", "from_agent", "on_phone",
    "refund_share", "noise", "more_noise",
)  # fmt: skip
USERS, JUDGED = 30_000, 60_000


@dataclass(frozen=True, slots=True)
class World:
    """Rows of a trial, and other users of the same world with their true effects (N, K)."""

    kind: str
    seed: int
    rows: TrialRows
    features: Features
    truth: Floats


@dataclass(frozen=True, slots=True)
class Drawn:
    """Users as drawn: features as anybody sees them, and the same straightened, one standard deviation each."""

    seen: Features
    z: Floats


def make_world(kind: str, seed: int, *, users: int = USERS, judged: int = JUDGED) -> World:
    """A world of a kind of KINDS."""
    rng = np.random.default_rng([seed, *kind.encode()])
    taught, others = _users(rng, users), _users(rng, judged)
    told = KINDS[kind](rng)
    base = told.base(others.z)[:, None]
    truth = _reached(base, told.effect(others.z, base[:, 0]), told.worth) - base * told.worth
    arms = np.array((0, *told.amounts_fen))
    share = told.shares(taught.z)
    arm = (rng.random(users)[:, None] > np.cumsum(share, axis=1)).sum(axis=1).clip(max=len(arms) - 1)
    base = told.base(taught.z)
    effect = np.concatenate([np.zeros((users, 1)), told.effect(taught.z, base)], axis=1)
    chance = _reached(base, effect[np.arange(users), arm], told.worth) / told.worth
    outcome = (rng.random(users) < chance).astype(np.float64)
    if told.worth > 1:
        outcome *= np.rint(told.worth * np.exp(rng.normal(-0.32, 0.8, users)))
    rows = TrialRows(NAMES, taught.seen, arms[arm].astype(np.int64), share[np.arange(users), arm], outcome)
    return World(kind, seed, rows, others.seen, truth)


@dataclass(frozen=True, slots=True)
class Told:
    """The rules of a world: chance to order without anything, effects (N, K), shares of the arms (N, K + 1)."""

    base: Callable[[Floats], Floats]
    effect: Callable[[Floats, Floats], Floats]
    shares: Callable[[Floats], Floats]
    amounts_fen: tuple[int, ...] = (500,)
    worth: float = 1.0
    """Fen an order brings in the mean; 1 where the outcome is the answer itself."""


def _reached(base: Floats, effect: Floats, worth: float) -> Floats:
    """Expected outcome with an effect: no chance to order is below 0 or above 1."""
    return np.asarray((base + effect / worth).clip(0, 1) * worth)


def _users(rng: np.random.Generator, users: int) -> Drawn:
    z = rng.normal(size=(users, len(NAMES)))
    z[:, 1:4] += 0.6 * z[:, :1]
    z[:, 5] -= 0.5 * z[:, 0]
    z /= z.std(axis=0)
    seen = np.empty_like(z)
    seen[:, 0] = np.rint(20 * np.exp(0.9 * z[:, 0]))
    seen[:, 1] = rng.poisson(np.exp(0.8 + 0.7 * z[:, 1]))
    seen[:, 2] = np.rint(8_000 * np.exp(1.1 * z[:, 2]))
    seen[:, 3] = 1 / (1 + np.exp(-z[:, 3]))
    seen[:, 4] = np.rint(300 * np.exp(0.6 * z[:, 4]))
    seen[:, 5] = rng.poisson(np.exp(1.0 + 0.5 * z[:, 5]))
    seen[:, 6] = 1 / (1 + np.exp(-z[:, 6]))
    seen[:, 7], seen[:, 8] = z[:, 7] > 0.4, z[:, 8] > -0.2
    seen[:, 9] = np.where(rng.random(users) < 0.3, np.nan, 1 / (1 + np.exp(-z[:, 9])))
    seen[:, 10:] = z[:, 10:]
    return Drawn(seen.astype(np.float32), z)


def _chance(z: Floats, level: float, weights: dict[int, float]) -> Floats:
    linear = level + sum(weight * z[:, at] for at, weight in weights.items())
    return np.asarray(1 / (1 + np.exp(-linear)))


def _signs(rng: np.random.Generator, count: int) -> Floats:
    return np.asarray(rng.choice([-1.0, 1.0], count) * rng.uniform(0.7, 1.3, count))


def _base(rng: np.random.Generator, level: float = -1.6) -> Callable[[Floats], Floats]:
    a, b, c = _signs(rng, 3)
    return lambda z: _chance(z, level, {1: 0.5 * abs(a), 0: -0.4 * abs(b), 5: 0.3 * c})


def _even(control: float = 0.5, amounts: int = 1) -> Callable[[Floats], Floats]:
    shares = np.array([control, *[(1 - control) / amounts] * amounts])
    return lambda z: np.broadcast_to(shares, (len(z), amounts + 1))


def _one(effect: Floats) -> Floats:
    return effect[:, None]


def linear(rng: np.random.Generator) -> Told:
    """Effects on a line of three features."""
    a, b, c = _signs(rng, 3)
    return Told(
        _base(rng),
        lambda z, _: _one((0.04 + 0.02 * (a * z[:, 3] + b * z[:, 6] + 0.7 * c * z[:, 0])).clip(-0.05, 0.2)),
        _even(0.4),
    )


def threshold(rng: np.random.Generator) -> Told:
    """Only those idle for long who use coupons respond."""
    at, by = rng.uniform(-0.2, 0.4, 2)
    return Told(_base(rng), lambda z, _: _one(0.15 * ((z[:, 0] > at) & (z[:, 3] > by))), _even(0.5))


def interaction(rng: np.random.Generator) -> Told:
    """Two features respond together or not at all; neither alone tells anything."""
    return Told(_base(rng), lambda z, _: _one(0.04 + 0.04 * np.sign(z[:, 6] * z[:, 8])), _even(0.5))


def alike(rng: np.random.Generator) -> Told:
    """Everybody responds alike."""
    effect = rng.uniform(0.02, 0.05)
    return Told(_base(rng), lambda z, _: np.full((len(z), 1), effect), _even(0.3))


def with_propensity(rng: np.random.Generator) -> Told:
    """Who orders anyway responds most."""
    return Told(_base(rng), lambda _, p: _one(0.25 * p), _even(0.5))


def against_propensity(rng: np.random.Generator) -> Told:
    """Who orders anyway responds least."""
    return Told(_base(rng, -0.8), lambda _, p: _one(0.10 * (1 - p) ** 3), _even(0.5))


def rare(rng: np.random.Generator) -> Told:
    """One in a hundred orders; a line of two features."""
    a, b = _signs(rng, 2)
    return Told(
        _base(rng, -4.8),
        lambda z, _: _one((0.008 * np.exp(0.8 * a * z[:, 3] + 0.6 * b * z[:, 0])).clip(0, 0.1)),
        _even(0.5),
    )


def several_amounts(rng: np.random.Generator) -> Told:
    """Four amounts; each user's curve rises to a height of its own and is flat from an amount of its own."""
    amounts = (200, 500, 1_000, 2_000)
    a, b = _signs(rng, 2)

    def effect(z: Floats, _: Floats) -> Floats:
        height = (0.07 + 0.04 * (a * z[:, 3] + 0.5 * b * z[:, 6])).clip(0, 0.25)
        flat = 400 * np.exp(0.7 * z[:, 2].clip(-2, 2))
        return np.asarray(height[:, None] * np.minimum(np.array(amounts) / flat[:, None], 1.0))

    return Told(_base(rng), effect, _even(0.2, 4), amounts)


def values(rng: np.random.Generator) -> Told:
    """The outcome is fen: most bring nothing, some little, few much."""
    a, b = _signs(rng, 2)
    return Told(
        _base(rng, -1.8),
        lambda z, _: _one(2_000 * (0.05 + 0.03 * (a * z[:, 3] + b * z[:, 0])).clip(-0.05, 0.25)),
        _even(0.5),
        worth=2_000.0,
    )


def harmful(rng: np.random.Generator) -> Told:
    """A third order less for being asked; who was asked hung on who they were."""
    a, b = _signs(rng, 2)

    def shares(z: Floats) -> Floats:
        treated = np.where(z[:, 1] > 0, 0.7, 0.35)
        return np.stack([1 - treated, treated], axis=1)

    return Told(_base(rng, -1.2), lambda z, _: _one(0.02 + 0.05 * np.tanh(a * z[:, 6] + b * z[:, 4])), shares)


KINDS: dict[str, Callable[[np.random.Generator], Told]] = {
    "linear": linear,
    "threshold": threshold,
    "interaction": interaction,
    "alike": alike,
    "with_propensity": with_propensity,
    "against_propensity": against_propensity,
    "rare": rare,
    "several_amounts": several_amounts,
    "values": values,
    "harmful": harmful,
}
