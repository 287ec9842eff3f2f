"""The small test of a campaign that nobody can plan on yet: how many users, who gets which amount, what it costs.

Without chance nobody knows who would have bought anyway. A test of known size tells it: so many users get nothing, so
many each amount, drawn by the hash of the user. Sizes are those of core/costs/outcomes.py (a return on the bar is told
from none in four tries of five, at 5 %), taken from a test of one amount to one of several.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, inf, sqrt

import numpy as np
import numpy.typing as npt

from huoshui.core.costs.outcomes import POWER_Z
from huoshui.core.costs.values import SmallTest
from huoshui.core.trials.draws import Flags, Keys, draws

ARM_USERS_MIN = 30
"""An arm with fewer says nothing (core/costs/effects.py)."""


@dataclass(frozen=True, slots=True)
class DesignArm:
    """One amount of a test, 0 for the control: its users, their share of the test, their expected cost in fen.

    `detectable_return_est`: the least return that such an arm tells from none; infinite where it costs nothing.
    """

    amount_fen: int
    users: int
    probability_est: float
    cost_fen: int
    detectable_return_est: float


@dataclass(frozen=True, slots=True)
class Design:
    """A test of one campaign, control first. `users_wanted` is the size that tells a return on the bar.

    `days` until it can be read: until the last user has come, and their window has passed.
    """

    campaign_id: str
    name: str
    arms: tuple[DesignArm, ...]
    users_wanted: int
    days: int

    @property
    def users(self) -> int:
        """All arms together."""
        return sum(arm.users for arm in self.arms)

    @property
    def cost_fen(self) -> int:
        """What it is expected to cost; reserve so much before it starts."""
        return sum(arm.cost_fen for arm in self.arms)

    @property
    def enough(self) -> bool:
        """Whether it is as large as it should be; else its figures stay wider than one would like."""
        return self.users >= self.users_wanted

    def told(self) -> SmallTest:
        """The test in the words of the diagnosis; the return of its largest amount."""
        return SmallTest(
            campaign_id=self.campaign_id,
            name=self.name,
            control_users=self.arms[0].users,
            treated_users=self.users - self.arms[0].users,
            days=self.days,
            cost_fen=self.cost_fen,
            detectable_return_est=self.arms[-1].detectable_return_est,
        )


def design_test(
    campaign_id: str,
    name: str,
    amounts_fen: Sequence[int],
    *,
    spread_fen_est: float,
    eligible_users: int,
    bar_est: float = 1.0,
    use_rate_est: float = 1.0,
    window_days: int = 14,
    budget_fen: int | None = None,
    users_per_day_est: float | None = None,
) -> Design | None:
    """The smallest test of these amounts that tells a return on the bar at the largest; None where none is possible.

    `spread_fen_est`: standard deviation of a user's value in the window. Every amount gets as many users, the control
    the root of their number times as many, for each is held against it (Dunnett 1955). Where fewer are eligible,
    or `budget_fen` pays for fewer, the test is as large as can be and says what it can tell. `users_per_day_est`: for
    people who come one by one (newcomers); else all are there on the first day.
    """
    amounts = sorted(set(amounts_fen))
    if not amounts or amounts[0] <= 0:
        raise ValueError(f"amounts above 0 are wanted: {list(amounts_fen)}")
    costs = [amount * use_rate_est for amount in amounts]
    root = sqrt(len(amounts))
    target = max(costs[-1] * bar_est, 1.0)
    each = max(ARM_USERS_MIN, ceil((1 + 1 / root) * (POWER_Z * spread_fen_est / target) ** 2))
    wanted = each * len(amounts) + ceil(each * root)
    most = min(each, int(eligible_users / (len(amounts) + root)))
    if budget_fen is not None and sum(costs) > 0:
        most = min(most, int(budget_fen / sum(costs)))
    while most >= ARM_USERS_MIN and most * len(amounts) + ceil(most * root) > eligible_users:
        most -= 1
    if most < ARM_USERS_MIN:
        return None
    control = ceil(most * root)
    users = control + most * len(amounts)
    error = POWER_Z * spread_fen_est * sqrt(1 / control + 1 / most)
    arms = [DesignArm(0, control, control / users, 0, inf)]
    for amount, cost in zip(amounts, costs, strict=True):
        arms.append(
            DesignArm(amount, most, most / users, int(most * cost), error / cost if cost > 0 else inf)
        )
    arriving = ceil(users / users_per_day_est) if users_per_day_est else 0
    return Design(campaign_id, name, tuple(arms), wanted, window_days + arriving)


def draw_test(design: Design, keys: Keys, eligible: Flags, *, seed: int) -> npt.NDArray[np.int8]:
    """Each user's arm (a position in `design.arms`), -1 for who is not in the test.

    Users come in the order of their draws, the first to the control, the next to the first amount: arms have exactly
    the sizes of the design, so that it costs what it says. Needs at least `design.users` eligible.
    """
    among = np.flatnonzero(eligible)
    if len(among) < design.users:
        raise ValueError(f"{design.users} users are wanted for the test, {len(among)} are eligible")
    drawn = draws(keys[among], f"test {design.campaign_id}", seed=seed)
    order = among[np.lexsort((keys[among], drawn))[: design.users]]
    arm = np.full(len(keys), -1, np.int8)
    arm[order] = np.repeat(np.arange(len(design.arms)), [each.users for each in design.arms])
    return arm
