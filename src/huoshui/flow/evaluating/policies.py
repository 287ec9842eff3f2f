"""What other ways of giving would have brought, from the draws that ran: nothing, one amount for all, the last plan.

The best amount is chosen on one half of the users and judged on the other, both ways round, so that it is not praised
for luck. Figures are value less cost a user, in fen, beyond giving nothing.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from huoshui.core.uplift.off_policy import LoggedDecisions, off_policy_gain
from huoshui.flow.evaluating.values import PolicyLine, PolicyName
from huoshui.flow.guarding.arms import ArmKey

Floats = npt.NDArray[np.float64]
ROWS_MAX = 200_000
"""Of a campaign with more rows a share of its users is read, by their hash."""
USERS_LEAST = 30


def policy_lines(
    table: pa.Table, chances: Mapping[ArmKey, float], planned: Mapping[int, int] | None
) -> tuple[PolicyLine, ...]:
    """Each policy from the drawn rows whose window has passed; `planned`: fen by person of the last plan."""
    amounts = sorted({0, *(amount for control, amount in chances if not control)})
    rows = table.num_rows
    if rows < USERS_LEAST or len(amounts) < 2:
        return ()
    amount = table["amount_fen"].to_numpy()
    action = np.searchsorted(amounts, amount)
    net = (table["value_fen"].to_numpy() - table["cost_fen"].to_numpy()).astype(np.float64)
    person = table["person"].to_numpy()
    unit = np.unique(person, return_inverse=True)[1].astype(np.int64)
    share = np.zeros(len(amounts))
    for (control, fen), chance in chances.items():
        share[0 if control else amounts.index(fen)] += chance
    log = LoggedDecisions(action.astype(np.int64), share[action], unit)
    nothing = _always(np.zeros(rows, np.int64), len(amounts))
    asked: list[tuple[PolicyName, Floats]] = [
        ("ran", np.broadcast_to(share, (rows, len(amounts))).copy()),
        ("best", _always(_best(action, net, person % 2 == 0, len(amounts)), len(amounts))),
    ]
    given = np.array([0 if planned is None else planned.get(int(one), 0) for one in person])
    # A plan that gives nobody here anything says nothing of this campaign.
    if given.any():
        # An amount that was never tried counts as the next lower one that was.
        place = np.searchsorted(amounts, given, side="right") - 1
        asked.append(("plan", _always(place.astype(np.int64), len(amounts))))
    lines = [PolicyLine("nothing", "known", 0.0, 0.0, 0.0, rows)]
    for name, policy in asked:
        found = off_policy_gain(log, net, policy, against=nothing)
        lines.append(
            PolicyLine(
                name, found.state, found.value_est, found.low_est, found.high_est, log.by_unit(net).shape[0]
            )
        )
    return tuple(lines)


def _best(
    action: npt.NDArray[np.int64], net: Floats, half: npt.NDArray[np.bool_], kinds: int
) -> npt.NDArray[np.int64]:
    """(N,): the action with the highest mean among the users of the other half."""
    chosen = np.zeros(len(action), np.int64)
    for own in (half, ~half):
        other = ~own
        means = [
            float(net[other & (action == kind)].mean())
            if (other & (action == kind)).sum() >= USERS_LEAST
            else -np.inf
            for kind in range(kinds)
        ]
        chosen[own] = int(np.argmax(means))
    return chosen


def _always(action: npt.NDArray[np.int64], kinds: int) -> Floats:
    """(N, K): certain of one action."""
    policy = np.zeros((len(action), kinds))
    policy[np.arange(len(action)), action] = 1.0
    return policy
