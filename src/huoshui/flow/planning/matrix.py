"""From curves and users to the matrix: what each amount is expected to bring and to cost, for everyone.

A cell is an option (an amount of a campaign) in a segment; its figures come from the response curves. A user stands in
the cell of their segment, and their own orders tell how much more or less an answer of theirs is worth. Who may get no
offer at all is told by `standing_of`, with the reason kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from huoshui.core.allocate.plan_values import CampaignStatus
from huoshui.core.allocate.reserve import NEVER_DAYS, Standing
from huoshui.core.allocate.values import OPTIONS_MAX, Offers, Option
from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.facts import CampaignTerms, Facts
from huoshui.core.costs.outcomes import riding_rate
from huoshui.core.costs.values import SEGMENTS
from huoshui.core.risk import LEVELS
from huoshui.core.uplift import CostTerms, Response, ResponseCurve, fit_responses, own_worths
from huoshui.core.uplift.curves import curves_of
from huoshui.flow.learning import UserFactors
from huoshui.flow.planning.facts import NEVER, Candidates, PlanFacts
from huoshui.flow.planning.rules import PlanRules
from huoshui.lake.tables import USER_STATUSES

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cells:
    """What is known of every option in every segment. `value_est` (K, S) is NaN where nothing is known."""

    options: tuple[Option, ...]
    value_est: Floats
    low_est: Floats
    high_est: Floats
    cost_est: Floats
    users_seen: npt.NDArray[np.int64]
    """Users of the randomised data behind the cell."""
    responses: tuple[Response, ...]
    curves: tuple[ResponseCurve, ...]
    terms: dict[str, CampaignTerms]
    cost_terms: dict[str, CostTerms]
    status: dict[str, CampaignStatus]
    """Of the campaigns that are not planned on, why."""
    drawn_by: tuple[str, ...]
    open_to_all: frozenset[str]
    learned: UserFactors | None = None
    """How users differ within their segment, where that is planned with."""


def cells_of(
    told: PlanFacts,
    assumptions: Assumptions,
    rules: PlanRules,
    *,
    first_day: str,
    seed: int,
    learned: bool = True,
) -> Cells:
    """The response curves of the campaigns that may be planned on, as cells. `learned`: with what was learned."""
    facts = told.facts
    terms = {term.campaign_id: term for term in facts.campaigns}
    out = {campaign for campaign, amount in rules.leave_out if amount is None}
    status: dict[str, CampaignStatus] = {campaign: "excluded" for campaign in out if campaign in terms}
    for term in facts.campaigns:
        if rules.skip_ended and term.last_day is not None and term.last_day < first_day:
            status.setdefault(term.campaign_id, "over")
    cost_terms = {campaign: _cost_terms(facts, assumptions, campaign) for campaign in terms}
    arms = [cell for cell in facts.arms if cell.campaign_id not in status]
    responses = fit_responses(arms, terms=cost_terms, plan_segments=SEGMENTS, seed=seed)
    curves = tuple(curve for response in responses for curve in curves_of(response))
    told_of = {curve.campaign_id for curve in curves if curve.points}
    for campaign in terms:
        if campaign not in told_of:
            tried = any(cell.campaign_id == campaign and cell.control for cell in arms)
            status.setdefault(campaign, "not_enough_data" if tried else "no_random_data")
    keys = sorted({(curve.campaign_id, point.amount_fen) for curve in curves for point in curve.points})
    keys = [key for key in keys if key not in rules.leave_out][:OPTIONS_MAX]
    place = {key: at for at, key in enumerate(keys)}
    shape = (len(keys), len(SEGMENTS))
    value, low, high, cost = (np.full(shape, np.nan) for _ in range(4))
    seen = np.zeros(shape, np.int64)
    for curve in curves:
        column = SEGMENTS.index(curve.segment)
        for point in curve.points:
            row = place.get((curve.campaign_id, point.amount_fen))
            if row is not None:
                at = row, column
                value[at], low[at], high[at] = point.value_est, point.low_est, point.high_est
                cost[at], seen[at] = max(0.0, point.cost_est), point.n
    options = tuple(Option(campaign, amount) for campaign, amount in keys)
    return Cells(
        options,
        value,
        low,
        high,
        cost,
        seen,
        responses,
        curves,
        terms,
        cost_terms,
        status,
        told.drawn_by,
        rules.open_to_all,
        told.learned if learned and told.learned is not None and told.learned.used else None,
    )


def _cost_terms(facts: Facts, assumptions: Assumptions, campaign: str) -> CostTerms:
    own = [row for row in facts.grants if row.campaign_id == campaign]
    spent, expired = sum(row.spent_fen for row in own), sum(row.expired_fen for row in own)
    use = spent / (spent + expired) if spent + expired else 1.0
    return CostTerms(use_rate_est=use, riding_est=riding_rate(facts, assumptions, campaign))


def offers_of(cells: Cells, people: Candidates) -> Offers:
    """The matrix of all users.

    A campaign is for users of its own draw, for nobody else may be like them; a welcome was drawn at registration, so
    it is for those who will register, and for no user who is there. `open_to_all`: campaigns whose draw the operator
    knows to stand for everybody.
    """
    # Without any campaign to plan on there is one option that nobody may have.
    options = cells.options or (Option("", 1),)
    shape = (len(options), people.users)
    values, costs = np.empty(shape, np.float32), np.empty(shape, np.int32)
    value_table = np.where(np.isfinite(cells.value_est), cells.value_est, -np.inf).astype(np.float32)
    cost_table = np.rint(np.nan_to_num(cells.cost_est)).astype(np.int32)
    if not cells.options:
        values[:], costs[:] = -np.inf, 0
    kind = None if cells.learned is None else people.answer
    worths = own_worths(people.segment, people.orders, people.value, people.value_squares, kind)
    open_to: dict[str, tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32]]] = {}
    for row, option in enumerate(cells.options):
        if option.campaign not in open_to:
            meant = audience(cells, people, option.campaign)
            own = worths * factors_of(cells, people, option.campaign)
            open_to = {option.campaign: (meant, _beside(own, people.segment, meant))}
        meant, worth = open_to[option.campaign]
        np.take(value_table[row], people.segment, out=values[row])
        np.take(cost_table[row], people.segment, out=costs[row])
        known = meant & np.isfinite(values[row])
        np.multiply(values[row], worth, out=values[row], where=known)
        values[row][~known] = -np.inf
    return Offers(options, values, costs, people.keys, tuple(SEGMENTS), people.segment)


def _beside(
    worths: Floats, segment: npt.NDArray[np.uint8], meant: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float32]:
    """`worths` (N,) over their mean among those of a segment whom a curve speaks for: so the curve stays their mean."""
    users = np.bincount(segment[meant], minlength=len(SEGMENTS))
    sums = np.bincount(segment[meant], worths[meant], minlength=len(SEGMENTS))
    means = np.where(sums > 0, sums / np.maximum(1, users), 1.0)
    return np.asarray(worths / means[segment], np.float32)


def factors_of(cells: Cells, people: Candidates, campaign: str) -> Floats:
    """How much more than others of their segment each user (N,) answers a campaign; 1 where nothing was learned."""
    if cells.learned is None:
        return np.ones(people.users)
    return np.asarray(cells.learned.factors_in(campaign)[people.answer])


def audience(cells: Cells, people: Candidates, campaign: str) -> npt.NDArray[np.bool_]:
    """Whom the curve of a campaign speaks for (N,)."""
    if cells.terms[campaign].purpose == "acquire" or campaign not in cells.drawn_by:
        return np.zeros(people.users, np.bool_)
    if campaign in cells.open_to_all:
        return np.ones(people.users, np.bool_)
    bit = np.int64(1) << np.int64(cells.drawn_by.index(campaign))
    return np.asarray((people.drawn & bit) != 0)


def standing_of(people: Candidates, trusted: frozenset[str]) -> Standing:
    """What bars users from offers, as the reserve reads it. Whom the operator has `trusted` no suspicion bars."""
    cleared = pc.is_in(people.user_ids, value_set=pa.array(sorted(trusted), pa.string()))

    def stands(status: str) -> npt.NDArray[np.bool_]:
        return np.asarray(people.standing == USER_STATUSES.index(status))

    return Standing(
        abuser=stands("abuser"),
        frozen=stands("frozen"),
        deleted=stands("deleted"),
        linked_risk=(people.risk == LEVELS.index("high")) & ~cleared.to_numpy(zero_copy_only=False),
        granted_fen=people.granted,
        days_since=np.where(people.rewarded_days == NEVER, NEVER_DAYS, people.rewarded_days),
    )


def explorable(cells: Cells, edge_est: float) -> npt.NDArray[np.bool_]:
    """What may be drawn by chance (K, S): where the interval still reaches the edge, so that it may prove worth it.

    What is known to lose is never tried on anybody.
    """
    return np.asarray(cells.high_est >= edge_est * cells.cost_est)


def by_cell(
    offers: Offers, choice: npt.NDArray[np.int8], weights: Sequence[npt.NDArray[np.float64]] = ()
) -> tuple[npt.NDArray[np.int64], list[Floats]]:
    """Users by (option, segment) of `choice` (N,), and the sums of each of `weights` (N,) alike."""
    width = len(offers.segments)
    taking = np.flatnonzero(choice)
    assert offers.segment is not None
    place = (choice[taking].astype(np.intp) - 1) * width + offers.segment[taking]
    size = len(offers.options) * width
    counts = np.bincount(place, minlength=size).reshape(-1, width).astype(np.int64)
    sums = [np.bincount(place, weights=w[taking], minlength=size).reshape(-1, width) for w in weights]
    return counts, [np.asarray(table, np.float64) for table in sums]


def chosen(
    offers: Offers, choice: npt.NDArray[np.int8]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Value and cost of each user's choice (N,); 0 where nothing is chosen."""
    taking = np.flatnonzero(choice)
    option = choice[taking].astype(np.intp) - 1
    value, cost = np.zeros(len(choice)), np.zeros(len(choice), np.int64)
    value[taking] = offers.values_est[option, taking]
    cost[taking] = offers.costs[option, taking]
    return value, cost
