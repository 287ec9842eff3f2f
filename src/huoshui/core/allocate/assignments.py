"""What chance decided, as rows of the canonical table `assignments`: the next import reads them, and learns.

Names and texts are those that lake/tables.py asks for: amounts in yuan, arms by their codes, the probability of the arm
beside it. A user who was drawn to get nothing stands in the control of every campaign that might have been drawn.
"""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from huoshui.core.allocate.reserve import Explored
from huoshui.core.allocate.small_test import Design
from huoshui.core.allocate.values import Option


class Assignment(NamedTuple):
    """One row; the fields are the columns, all as text. `at` is local time, 'YYYY-MM-DD HH:MM:SS'."""

    assignment_id: str
    campaign_id: str
    user_id: str
    at: str
    arm: Literal["treated", "control", "explore"]
    amount: str
    probability: str


def assignments_of_test(
    design: Design, arm: npt.NDArray[np.int8], user_ids: Sequence[str], *, at: str
) -> Iterator[Assignment]:
    """The list of a test drawn by `small_test.draw_test`, in the order of `user_ids`. One amount is treated or not;
    of several each is explored.
    """
    given: Literal["treated", "explore"] = "treated" if len(design.arms) == 2 else "explore"
    for user in np.flatnonzero(arm >= 0):
        drawn = design.arms[int(arm[user])]
        yield _row(
            design.campaign_id,
            user_ids[int(user)],
            at,
            given if drawn.amount_fen else "control",
            drawn.amount_fen,
            drawn.probability_est,
        )


def assignments_of_exploring(
    explored: Explored, options: Sequence[Option], user_ids: Sequence[str], *, at: str
) -> Iterator[Assignment]:
    """What the explorers of a plan drew, in the order of `user_ids`; who drew nothing, once a campaign that they might
    have drawn from.
    """
    campaigns = np.array([option.campaign for option in options])
    for place, user in enumerate(np.flatnonzero(explored.explores)):
        name, choice = user_ids[int(user)], int(explored.choice[user])
        probability = float(explored.probability_est[user])
        if choice:
            option = options[choice - 1]
            yield _row(option.campaign, name, at, "explore", option.amount_fen, probability)
            continue
        for campaign in sorted(set(campaigns[explored.might_draw[:, place]].tolist())):
            yield _row(campaign, name, at, "control", 0, probability)


def _row(
    campaign_id: str,
    user_id: str,
    at: str,
    arm: Literal["treated", "control", "explore"],
    amount_fen: int,
    probability_est: float,
) -> Assignment:
    yuan, fen = divmod(amount_fen, 100)
    day = at[:10].replace("-", "")
    return Assignment(
        assignment_id=f"{campaign_id}-{day}-{user_id}",
        campaign_id=campaign_id,
        user_id=user_id,
        at=at,
        arm=arm,
        amount=f"{yuan}.{fen:02d}",
        probability=f"{probability_est:.8f}",
    )
