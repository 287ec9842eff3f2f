"""The product's own controller, built from what the shop knows: its plan's curve, its forecast, its calendar."""

from dataclasses import replace

import numpy as np

from _pacing.shop import AUDIENCES, DAYS, HOURS, Asked, Shop
from huoshui.core.allocate import Offers, Option, curve
from huoshui.core.pacing import (
    Observed,
    PacePlan,
    PriceCurve,
    Protected,
    Terms,
    curve_of,
    decide,
    forecast,
    opening,
)
from huoshui.core.trials.draws import user_keys

POINTS = 400


class Ours:
    """core/pacing, hour by hour."""

    name = "ours"

    def __init__(self, shop: Shop, *, terms: Terms | None = None) -> None:
        self.plan = plan_of(shop, terms=terms)
        self.decision = opening(self.plan)

    def ask(self) -> Asked:
        """The decision's prices and bounds."""
        decision = self.decision
        return Asked(decision.model_price_est, decision.may_commit_fen, decision.face_price_est)

    def told(self, observed: Observed) -> None:
        """One more hour."""
        self.decision = decide(self.plan, self.decision.state, observed)


def plan_of(shop: Shop, *, terms: Terms | None = None) -> PacePlan:
    """The plan of pacing that an installation would make."""
    ahead, _ = forecast(shop.history, first_day=shop.first_day, days=DAYS, calendar=shop.calendar)
    places = list(range(len(ahead.peaks)))
    plan = PacePlan(
        forecast=ahead,
        hours=DAYS * HOURS,
        curves=tuple(curve_for(shop, audience) for audience in range(len(AUDIENCES))),
        budget_fen=shop.budget_fen,
        edge_est=shop.edge_est,
        settlement=shop.settlement,
        protected=(
            Protected("newcomers", shop.newcomers_fen, audience=1),
            Protected("sale", shop.sale_fen, peaks=frozenset(places)),
        ),
        explore_est=float(shop.sample.cost_est.mean())
        * len(shop.faces_fen)
        / (len(shop.faces_fen) + 1)
        * shop.explore_share,
    )
    return plan if terms is None else replace(plan, terms=terms)


def curve_for(shop: Shop, audience: int) -> PriceCurve:
    """The curve of last month's arrivals of one audience, less those who explore."""
    own = shop.sample.audience == audience
    offers = Offers(
        options=tuple(Option("offer", face) for face in shop.faces_fen),
        values_est=shop.sample.value_est[own].T.astype(np.float32),
        costs=np.rint(shop.sample.cost_est[own].T).astype(np.int32),
        keys=user_keys([str(place) for place in range(int(own.sum()))]),
    )
    return curve_of(curve(offers, points=POINTS), int(own.sum()) / (1 - shop.explore_share))
