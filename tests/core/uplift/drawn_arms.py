"""Arms of campaigns whose true response is known, drawn from a seed."""

from collections.abc import Callable, Mapping

import numpy as np
from cost_rows import cell

from huoshui.core.costs.facts import ArmMoments
from huoshui.core.costs.values import Segment

BASE_FEN = {"high_value": 1_500.0, "regular": 800.0, "low_frequency": 400.0, "dormant": 150.0, "lost": 80.0}
Truth = Callable[[Segment, int], float]


def drawn_arms(
    seed: int,
    truth: Truth,
    amounts: tuple[int, ...],
    *,
    campaign: str = "c",
    users: int = 400,
    months: tuple[str, ...] = ("2026-07", "2026-08"),
    fresh: Mapping[str, float] | None = None,
    segments: tuple[Segment, ...] = ("high_value", "regular", "low_frequency", "dormant", "lost"),
) -> list[ArmMoments]:
    """`users` of each segment, month and arm; value = base + response + noise as wide as base and response together.

    `fresh`: share of the response left, by month (1 where not told). Four in five bonuses are used; a
    buyer brings 20 yuan.
    """
    rng = np.random.default_rng([seed, sum(map(ord, campaign))])
    cells = []
    for segment in segments:
        for month in months:
            for amount in (0, *amounts):
                lift = truth(segment, amount) * (fresh or {}).get(month, 1.0) if amount else 0.0
                level = BASE_FEN[segment] + lift
                before = rng.normal(BASE_FEN[segment], BASE_FEN[segment], users)
                noise = rng.normal(0.0, 1.2 * BASE_FEN[segment] + 300.0, users)
                cells.append(
                    cell(
                        level + 0.5 * (before - BASE_FEN[segment]) + noise,
                        before=before,
                        campaign_id=campaign,
                        segment=segment,
                        month=month,
                        control=amount == 0,
                        amount_fen=amount,
                        granted_fen=users * amount,
                        spent_fen=round(0.8 * users * amount),
                        buyers=round(users * BASE_FEN[segment] / 2_000),
                    )
                )
    return cells
