"""Logs drawn with known truth: what a logging policy did, what came of it, and what another would have brought."""

from dataclasses import dataclass

import numpy as np

from huoshui.core.uplift.off_policy import LoggedDecisions

ACTIONS = 4


@dataclass(frozen=True)
class Log:
    decisions: LoggedDecisions
    reward: np.ndarray
    policy: np.ndarray
    model: np.ndarray
    """A reward model that is off: 0.7 of the truth and a constant."""
    truth: np.ndarray
    """Expected reward by action."""
    logging: np.ndarray


def drawn(
    rng: np.random.Generator, n: int, *, spread: float = 0.5, rate: float = 0.3, amount: float = 0.0
) -> Log:
    """`spread`: how far the logging policy follows the odds; `amount`: sigma of a lognormal reward, 0: one."""
    odds = rng.normal(size=(n, 3)) @ SLOPES
    logging = np.exp(spread * odds)
    logging /= logging.sum(axis=1, keepdims=True)
    policy = np.full((n, ACTIONS), 0.1 / ACTIONS)
    policy[np.arange(n), (odds + SHIFT).argmax(axis=1)] += 0.9
    truth = rate / (1 + np.exp(-odds)) * np.exp(amount**2 / 2)
    action = (logging.cumsum(axis=1) > rng.random(n)[:, None]).argmax(axis=1)
    row = np.arange(n)
    bought = rng.random(n) < truth[row, action] / np.exp(amount**2 / 2)
    reward = bought * np.exp(amount * rng.normal(size=n))
    return Log(
        LoggedDecisions(action, logging[row, action]), reward, policy, 0.7 * truth + 0.03, truth, logging
    )


SLOPES = np.array([[1.0, -0.5, 0.2, 0.0], [0.3, 0.8, -0.6, 0.1], [-0.4, 0.1, 0.9, 0.3]])
SHIFT = np.array([0.2, 0.0, -0.3, 0.1])


def true_value(**shape: float) -> float:
    log = drawn(np.random.default_rng(99), 400_000, **shape)
    return float((log.policy * log.truth).sum(axis=1).mean())
