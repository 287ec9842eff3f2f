"""Every campaign in the plan, with its curves; or why it is not in it, and the small test that would tell."""

from math import sqrt

import numpy as np

from huoshui.core.allocate.plan_values import CampaignPlan, LevelPoint, PlanCell, SegmentCurve
from huoshui.core.allocate.small_test import design_test
from huoshui.core.allocate.values import Offers
from huoshui.core.costs.effects import Arm, adjusted
from huoshui.core.costs.facts import CampaignTerms
from huoshui.core.costs.values import SEGMENTS, SmallTest
from huoshui.core.uplift import CostTerms
from huoshui.flow.planning.facts import PlanFacts
from huoshui.flow.planning.matrix import Cells

AMOUNTS_TRIED_MAX = 3
"""A small test tries so many amounts of those that history granted most."""


def campaign_plans(
    told: PlanFacts, cells: Cells, offers: Offers, planned: tuple[PlanCell, ...]
) -> tuple[CampaignPlan, ...]:
    """All campaigns of the files: those planned on first, by what they cost. `offers`: after some were set aside."""
    plans = []
    for term in told.facts.campaigns:
        own = [cell for cell in planned if cell.campaign_id == term.campaign_id and cell.arm == "policy"]
        status = cells.status.get(term.campaign_id)
        if status is None:
            status = "planned" if own else "nothing_pays"
        untold = status in ("no_random_data", "not_enough_data")
        plans.append(
            CampaignPlan(
                campaign_id=term.campaign_id,
                name=term.name,
                purpose=term.purpose,
                status=status,
                bar_est=term.bar,
                budget_fen=term.budget_fen,
                users=sum(cell.users for cell in own),
                face_fen=sum(cell.face_fen for cell in own),
                cost_fen=sum(cell.cost_fen for cell in own),
                value_est=sum(cell.value_est for cell in own),
                curves=_curves(cells, offers, term, own),
                small_test=_small_test(told, cells, term, offers.users) if untold else None,
                attributed_return_est=_attributed(told, cells, term) if untold else None,
            )
        )
    return tuple(sorted(plans, key=lambda plan: (-plan.cost_fen, plan.status, plan.campaign_id)))


def _curves(
    cells: Cells, offers: Offers, term: CampaignTerms, planned: list[PlanCell]
) -> tuple[SegmentCurve, ...]:
    rows = [row for row, option in enumerate(cells.options) if option.campaign == term.campaign_id]
    if not rows:
        return ()
    assert offers.segment is not None
    may = np.isfinite(offers.values_est[rows]).any(axis=0)
    allowed = np.bincount(offers.segment[may], minlength=len(SEGMENTS))
    curves = []
    for column, segment in enumerate(SEGMENTS):
        users = {cell.amount_fen: cell.users for cell in planned if cell.segment == segment}
        points = tuple(
            LevelPoint(
                amount_fen=cells.options[row].amount_fen,
                value_est=float(cells.value_est[row, column]),
                low_est=float(cells.low_est[row, column]),
                high_est=float(cells.high_est[row, column]),
                cost_est=float(cells.cost_est[row, column]),
                n=int(cells.users_seen[row, column]),
                users=users.get(cells.options[row].amount_fen, 0),
            )
            for row in rows
            if np.isfinite(cells.value_est[row, column])
        )
        if points or allowed[column]:
            curves.append(SegmentCurve(segment, int(allowed[column]), points))
    return tuple(curves)


def _attributed(told: PlanFacts, cells: Cells, term: CampaignTerms) -> float | None:
    own = [row for row in told.facts.grants if row.campaign_id == term.campaign_id]
    cost_terms = cells.cost_terms.get(term.campaign_id, CostTerms())
    cost = sum(
        row.spent_fen + row.open_fen * cost_terms.use_rate_est + row.issued_fen * cost_terms.riding_est
        for row in own
    )
    return sum(row.attributed_value_fen for row in own) / cost if cost > 0 else None


def value_spread(told: PlanFacts) -> float | None:
    """Standard deviation of a user's value in a window, from the control arms of all campaigns."""
    pooled = Arm(0, True, tuple(cell for cell in told.facts.arms if cell.control and cell.n > 1))
    return adjusted(pooled, 0.0).error_est * sqrt(pooled.n) if pooled.cells else None


def amounts_of(told: PlanFacts, campaign_id: str) -> list[int]:
    """The amounts that the campaign granted, the commonest first; [] where the files know none."""
    granted: dict[int, int] = {}
    for cell in told.facts.arms:
        if cell.campaign_id == campaign_id and not cell.control and cell.amount_fen:
            granted[cell.amount_fen] = granted.get(cell.amount_fen, 0) + cell.n_all
    for _, campaign, amount, users in told.last_month:
        if campaign == campaign_id:
            granted[amount] = granted.get(amount, 0) + users
    if not granted:
        own = [row for row in told.facts.grants if row.campaign_id == campaign_id and row.grants]
        count = sum(row.grants for row in own)
        if count:
            granted[max(1, round(sum(row.issued_fen for row in own) / count))] = count
    return sorted(granted, key=lambda amount: (-granted[amount], amount))[:AMOUNTS_TRIED_MAX]


def _small_test(told: PlanFacts, cells: Cells, term: CampaignTerms, users: int) -> SmallTest | None:
    spread, amounts = value_spread(told), amounts_of(told, term.campaign_id)
    if spread is None or not amounts:
        return None
    design = design_test(
        term.campaign_id,
        term.name,
        amounts,
        spread_fen_est=spread,
        eligible_users=users,
        bar_est=term.bar,
        use_rate_est=cells.cost_terms[term.campaign_id].use_rate_est,
        window_days=term.window_days,
    )
    return None if design is None else design.told()
