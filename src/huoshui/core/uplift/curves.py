"""Response curves: by campaign, segment and amount, what a user assigned to it is expected to bring and to cost.

`fit_responses` is the whole estimate, with what calibration needs; `fit_curves` is what a plan and a page read.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from huoshui.core.costs.effects import USERS_MIN, Z_95
from huoshui.core.costs.facts import ArmMoments
from huoshui.core.costs.values import SEGMENTS, Segment
from huoshui.core.uplift.contrasts import Change, Contrasts, contrasts_of
from huoshui.core.uplift.pooling import Response, pool, strength
from huoshui.core.uplift.shapes import Shape, shape_test

Floats = npt.NDArray[np.float64]
OPEN_MOST = 0.05
"""What became of a month's bonus is told once no more than this share of it is open."""
SHARE_USERS = 50
"""A small cell's share used is drawn to that of its amount, and this to its campaign's, as if so many showed it."""


@dataclass(frozen=True, slots=True)
class CostTerms:
    """What the files say of a campaign's bonus: share of what ended that was used, and what rides on a fen granted."""

    use_rate_est: float = 1.0
    riding_est: float = 0.0


@dataclass(frozen=True, slots=True)
class ResponsePoint:
    """One amount that was tried: expected incremental value and expected cost a user assigned to it, in fen."""

    amount_fen: int
    value_est: float
    low_est: float
    high_est: float
    cost_est: float
    n: int
    """Users of the randomised data behind it."""


@dataclass(frozen=True, slots=True)
class ResponseCurve:
    """What the amounts of a campaign bring in one segment; without `points` nothing is known there."""

    campaign_id: str
    segment: Segment
    shape: Shape
    points: tuple[ResponsePoint, ...]
    n_control: int
    since: str
    """First month of the data read."""
    change: Change | None
    """Where the campaign's effect changed by more than chance: what it was before, and since."""


def fit_curves(
    arms: Sequence[ArmMoments],
    *,
    terms: Mapping[str, CostTerms],
    plan_segments: Sequence[Segment] = SEGMENTS,
    seed: int = 0,
) -> tuple[ResponseCurve, ...]:
    """A curve for each campaign with a control and each of `plan_segments`; see `fit_responses`."""
    return tuple(
        curve
        for response in fit_responses(arms, terms=terms, plan_segments=plan_segments, seed=seed)
        for curve in curves_of(response)
    )


def fit_responses(
    arms: Sequence[ArmMoments],
    *,
    terms: Mapping[str, CostTerms],
    plan_segments: Sequence[Segment] = SEGMENTS,
    seed: int = 0,
) -> tuple[Response, ...]:
    """The response of each campaign whose arms were drawn by chance and have a control; the others have none.

    `terms` by campaign (a campaign without: all is used, nothing rides). `seed` draws the distribution that a shape is
    tested against; the same input and seed give the same figures.
    """
    cells: dict[str, list[ArmMoments]] = defaultdict(list)
    for cell in arms:
        cells[cell.campaign_id].append(cell)
    found = [contrasts_of(campaign, cells[campaign], tuple(plan_segments)) for campaign in sorted(cells)]
    drawn = [contrasts for contrasts in found if contrasts is not None]
    strength_est = strength(drawn)
    return tuple(
        _response(contrasts, strength_est, terms.get(contrasts.campaign_id, CostTerms()), seed)
        for contrasts in drawn
    )


def curves_of(response: Response) -> tuple[ResponseCurve, ...]:
    """A response as curves, one a segment, with 95 % intervals; no points where the data tell nothing."""
    contrasts = response.contrasts
    errors = np.sqrt(np.diag(response.covariance)).reshape(contrasts.effect.shape)
    curves = []
    for row, segment in enumerate(contrasts.segments):
        points = tuple(
            ResponsePoint(
                amount_fen=amount,
                value_est=float(response.value_est[row, column]),
                low_est=float(response.value_est[row, column] - Z_95 * errors[row, column]),
                high_est=float(response.value_est[row, column] + Z_95 * errors[row, column]),
                cost_est=float(response.cost_est[row, column]),
                n=int(contrasts.n[row, column]),
            )
            for column, amount in enumerate(contrasts.amounts_fen)
        )
        curves.append(
            ResponseCurve(
                campaign_id=contrasts.campaign_id,
                segment=segment,
                shape=response.shape,
                points=points if response.known[row] else (),
                n_control=int(contrasts.n_control[row]),
                since=contrasts.since[row],
                change=contrasts.change,
            )
        )
    return tuple(curves)


def _response(contrasts: Contrasts, strength_est: float, terms: CostTerms, seed: int) -> Response:
    pooling = pool(contrasts, strength_est)
    mean, covariance = pooling.posterior(contrasts.effect.ravel())
    cost = _costs(contrasts, terms)
    return Response(
        contrasts=contrasts,
        pooling=pooling,
        shapes=shape_test(contrasts.effect, contrasts.covariance, contrasts.amounts_fen, seed),
        mean=mean,
        covariance=covariance,
        cost_est=cost,
        known=_known(contrasts, mean, covariance, cost),
    )


def _known(contrasts: Contrasts, mean: Floats, covariance: Floats, cost: Floats) -> npt.NDArray[np.bool_]:
    """Segments with users enough of their own, or where the other segments tell what pays from what does not."""
    enough = (contrasts.n_control >= USERS_MIN) & (contrasts.n.max(axis=1) >= USERS_MIN)
    reach = Z_95 * np.sqrt(np.diag(covariance))
    low, high = ((mean + sign * reach).reshape(cost.shape) for sign in (-1, 1))
    nothing_told = ((low <= 0) & (high >= cost)).all(axis=1)
    return np.asarray(enough | ~nothing_told)


def _costs(contrasts: Contrasts, terms: CostTerms) -> Floats:
    """Expected cost a user assigned: what is used of the amount and what rides on what is granted of it."""
    shape = contrasts.effect.shape
    face, used, granted = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    treated = [
        cell for cell in contrasts.cells if not cell.control and cell.amount_fen in contrasts.amounts_fen
    ]
    for cell in _ended(treated) or treated:
        at = contrasts.segments.index(cell.segment), contrasts.amounts_fen.index(cell.amount_fen)
        face[at] += cell.n * cell.amount_fen
        used[at] += cell.spent_fen + cell.open_fen * terms.use_rate_est
        granted[at] += cell.granted_fen
    if used.sum() <= 0:
        used = granted * terms.use_rate_est
    amounts = np.array(contrasts.amounts_fen, np.float64)
    return amounts * (_share(used, face, amounts) + terms.riding_est * _share(granted, face, amounts))


def _ended(cells: Sequence[ArmMoments]) -> list[ArmMoments]:
    """Those of months whose grants have nearly all been used or have expired.

    Bonus is used early and expires late: while a month's grants are open, those that have ended were mostly used.
    """
    granted, still_open = defaultdict[str, int](int), defaultdict[str, int](int)
    for cell in cells:
        granted[cell.month] += cell.granted_fen
        still_open[cell.month] += cell.open_fen
    return [cell for cell in cells if still_open[cell.month] <= OPEN_MOST * granted[cell.month]]


def _share(part: Floats, whole: Floats, amounts: Floats) -> Floats:
    """Part / whole by cell, drawn to the share of its amount, and this to that of all."""
    more = SHARE_USERS * amounts
    overall = part.sum() / max(1.0, whole.sum())
    by_amount = (part.sum(axis=0) + more * overall) / (whole.sum(axis=0) + more)
    return np.asarray((part + more * by_amount) / (whole + more))
