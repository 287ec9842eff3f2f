"""Winner's curse: a plan picks what looks best, so what it promises is too high. By how much, and how sure it is.

Drawn again and again: a truth from what is known, data from that truth with the errors of the real data, the estimate
from these data, the plan from that estimate. What the plans bring by their truth, over what they promised, is the
factor. The planning problem here is that of groups of users who can be offered the same: tiny, so that hundreds of
plans take a second.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from huoshui.core.costs.values import Segment
from huoshui.core.uplift.normals import normals
from huoshui.core.uplift.pooling import Response

Floats = npt.NDArray[np.float64]
DRAWS = 400
HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Group:
    """So many users of one segment, who may be offered `campaigns` and no other."""

    segment: Segment
    campaigns: frozenset[str]
    users: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """Delivered over promised: expected, and the ends of its 95 % interval.

    The promise of a plan is its sum of values x `factor_est`; it is expected between x `low` and x `high`.
    """

    factor_est: float
    low: float
    high: float
    draws: int


def calibrate(
    responses: Sequence[Response],
    groups: Sequence[Group],
    *,
    budget_fen: int,
    edge_est: float = 1.0,
    seed: int = 0,
    draws: int = DRAWS,
) -> Calibration:
    """How much of its promise a plan under this budget and edge keeps; 1 where nothing is worth a fen."""
    problem = _Problem(responses, groups)
    truths, estimates = [], []
    for number, response in enumerate(responses):
        own = normals(seed, 2 * number, draws, len(response.mean))
        truth = response.mean + own @ _half(response.covariance).T
        errors = normals(seed, 2 * number + 1, draws, len(response.mean)).reshape(
            draws, *response.value_est.shape
        )
        halves = np.stack([_half(block) for block in response.contrasts.covariance])
        noise = np.einsum("sij,nsj->nsi", halves, errors).reshape(truth.shape)
        estimates.append(response.refitted(truth + noise))
        truths.append(response.truths(truth))
    plan = problem.plans(problem.spread(estimates), budget_fen, edge_est)
    promised = (plan * problem.spread(estimates)).sum(axis=(1, 2))
    delivered = (plan * problem.spread(truths)).sum(axis=(1, 2))
    if promised.sum() <= 0:
        return Calibration(1.0, 1.0, 1.0, draws)
    ratio = delivered[promised > 0] / promised[promised > 0]
    low, high = np.quantile(ratio, (0.025, 0.975))
    return Calibration(float(delivered.sum() / promised.sum()), float(low), float(high), draws)


def _half(covariance: Floats) -> Floats:
    """A square root of a covariance, by eigenvalues, for some directions may have no spread at all."""
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    return np.asarray(vectors * np.sqrt(values.clip(0)))


class _Problem:
    """Groups x options as arrays; an option a group may not have brings nothing."""

    def __init__(self, responses: Sequence[Response], groups: Sequence[Group]) -> None:
        self.users = np.array([group.users for group in groups], np.float64)
        self.rows = [
            np.array([response.contrasts.segments.index(group.segment) for group in groups])
            for response in responses
        ]
        allowed = [
            np.array(
                [
                    response.campaign_id in group.campaigns and bool(response.known[row])
                    for group, row in zip(groups, rows, strict=True)
                ]
            )
            for response, rows in zip(responses, self.rows, strict=True)
        ]
        self.allowed = np.concatenate(
            [
                np.repeat(own[:, None], response.value_est.shape[1], axis=1)
                for own, response in zip(allowed, responses, strict=True)
            ],
            axis=1,
        )
        self.costs = self.spread([response.cost_est[None] for response in responses])[0]

    def spread(self, tables: Sequence[Floats]) -> Floats:
        """Tables (draws, segment, amount) of each campaign -> (draws, group, option)."""
        return np.concatenate([table[:, rows] for table, rows in zip(tables, self.rows, strict=True)], axis=2)

    def plans(self, values: Floats, budget_fen: int, edge_est: float) -> Floats:
        """Users by (draw, group, option) of the best plan of each draw; the budget's last fen split a group."""
        low = np.full(len(values), edge_est)
        high = np.full(len(values), edge_est + 1e4)
        at_edge, fen = self._chosen(values, low)
        within = fen <= budget_fen
        for _ in range(HALVINGS):
            middle = np.sqrt((low + 1e-9) * high)
            _, fen = self._chosen(values, middle)
            over = fen > budget_fen
            low, high = np.where(over, middle, low), np.where(over, high, middle)
        below, fen_below = self._chosen(values, low)
        above, fen_above = self._chosen(values, high)
        share = ((budget_fen - fen_above) / np.maximum(fen_below - fen_above, 1e-9)).clip(0, 1)
        mixed = above + share[:, None, None] * (below - above)
        return np.where(within[:, None, None], at_edge, mixed)

    def _chosen(self, values: Floats, price: Floats) -> tuple[Floats, Floats]:
        score = np.where(self.allowed, values - price[:, None, None] * self.costs, -np.inf)
        best = score.argmax(axis=2)
        taken = score.max(axis=2) > 0
        plan = np.zeros(score.shape)
        np.put_along_axis(plan, best[:, :, None], (self.users * taken)[:, :, None], axis=2)
        return plan, (plan * self.costs).sum(axis=(1, 2))
