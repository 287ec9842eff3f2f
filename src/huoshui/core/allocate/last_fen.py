"""The last few fen of a budget, less than one step: used where they lose least, and what any use of them must lose.

Against the price every use of a budget loses something: the fen left over, and what users lose who do not get their
best. What remains after the steps is a knapsack of changes of choice, each known by what it costs more or less and by
what it loses. Where crowds of users are equal the rest often fits nothing, and then that is proven.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from huoshui.core.allocate.kernels import (
    Changes,
    best_use,
    cheapest_changes,
    least_keys,
    least_loss,
    undecided,
)
from huoshui.core.allocate.values import Choices, Offers

Ints = npt.NDArray[np.int64]
EVERYONE_MAX = 1 << 21
"""Up to so many users, everyone is looked at for a use of the last few fen."""
NEAR_USERS = 32
"""Those are looked at first whose change loses less than about so many of all users' changes do."""
FEW_USERS = 2048
"""Up to so many the fixed part is looked at in any case: it is much of all."""
FIRST_USERS = 512
"""Among so many users (of the least keys) a use is found that tells how much more any other may lose."""
FIRST_CHANGES = 24
"""So many changes of choice of theirs are weighed together, one for each difference in cost."""
CHANGES = 40
CROWD = 12
"""And so many among everyone; up to CROWD with one difference in cost, where users are equal."""
CROWD_REACH_MAX = 1 << 14
"""Beyond this reach one with each difference: the table would grow too large."""
REST_MAX = 1 << 20
"""A step of more fen than this leaves its rest unspent: the tables would grow too large."""
PROVE_GAP = 1e-6
"""A loss above this share of the plan's value is worth the proof that no other use loses less."""
PROOF_LOOKS = 1 << 18
"""So far a proof is followed: a count, not a time, so that the same input gives the same bound."""
PROOF_REACH_MAX = 1 << 14
"""A change that costs or frees more fen than this is never looked at closely: what it loses limits the proof."""
PROOF_NOISE = 1e-6
"""Share by which what is proven is lowered: more than scores in 64 bits can be off."""


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left when no further step fits: `fen`, less than `broken_fen`, the cost of the first that did not."""

    fen: int
    broken_fen: int
    price: float
    edge_est: float

    @property
    def worth_of_fen(self) -> float:
        """What a fen left over loses."""
        return self.price - self.edge_est

    @property
    def reach(self) -> int:
        """Changes that cost more or free more than this are not weighed."""
        return 2 * self.broken_fen


def use_rest(offers: Offers, choice: Choices, rest: Rest, value_est: float) -> tuple[int, float, float]:
    """Spend the rest where it loses least, into `choice`; fen and value this adds, what any use of it must lose.

    A few users change their choice, up or down: the best set of such changes, found exactly. Which changes are weighed
    depends on the steps taken and not on the rest (those left out lose too much to be made): so more rest is never
    worse, and as no change gains more than its fen at the price, one more step taken is better than any use of the rest
    before it.
    `value_est`: the plan's, of which a loss is a share.
    """
    if rest.fen == 0 or rest.broken_fen > REST_MAX:
        return 0, 0.0, 0.0
    use, least = _least_losing(offers, choice, rest), 0.0
    if offers.users <= EVERYONE_MAX and use.lost > PROVE_GAP * value_est:
        torn = _undecided(offers, rest.price, use.lost)
        reach = min(PROOF_REACH_MAX, max(option.amount_fen for option in offers.options))
        changes = _changes(offers, choice, rest.price, torn, use.lost, reach, 1)
        proven = least_loss(changes, rest.fen, reach, rest.worth_of_fen, use.lost, PROOF_LOOKS)
        least = float(proven) * (1 - PROOF_NOISE)
    choice[use.users] = use.to
    # Each fen spent is worth the price, less what the changes lose.
    return use.fen, rest.price * use.fen - (use.lost - rest.worth_of_fen * (rest.fen - use.fen)), least


class _Use(NamedTuple):
    """One use of the rest: who changes to what, the fen that takes, and what it loses, fen left over included."""

    users: Ints
    to: Choices
    fen: int
    lost: float


NO_USE = _Use(np.empty(0, np.int64), np.empty(0, np.int8), 0, 0.0)


def _least_losing(offers: Offers, choice: Choices, rest: Rest) -> _Use:
    """The use that loses least.

    Where users are many, one among everyone whose change loses less than `near` is the best there is if it loses no
    more than that itself. Else the fixed part of all users limits whom to look at; what loses no more than `near` there
    counts for nothing, or less rest could be used better than more.
    """
    most = rest.worth_of_fen * rest.fen
    use, near = NO_USE._replace(lost=most), -1.0
    if FEW_USERS < offers.users <= EVERYONE_MAX:
        near = NEAR_USERS * rest.price * rest.broken_fen / offers.users
        use = _use_among_all(offers, choice, rest, min(near, most))
        if use.lost <= near or near >= most:
            return use
    first = _use_of(offers, choice, rest, _first_users(offers.keys), most, FIRST_CHANGES, 1)
    use = first if near < first.lost < use.lost else use
    if offers.users > EVERYONE_MAX:
        return use
    other = _use_among_all(offers, choice, rest, use.lost)
    return other if other.lost < use.lost else use


def _use_among_all(offers: Offers, choice: Choices, rest: Rest, most: float) -> _Use:
    """The best use by changes that lose less than `most`, whoever makes them."""
    torn = _undecided(offers, rest.price, most)
    copies = CROWD if rest.reach <= CROWD_REACH_MAX else 1
    return _use_of(offers, choice, rest, torn, most, CHANGES, copies)


def _use_of(
    offers: Offers, choice: Choices, rest: Rest, users: Ints, most: float, count: int, copies: int
) -> _Use:
    """The best use by the first `count` changes of `users` that lose less than `most`."""
    changes = _changes(offers, choice, rest.price, users, most, rest.reach, copies)
    made, fen, lost = best_use(changes, count, rest.fen, rest.reach, rest.worth_of_fen)
    return _Use(changes.user[made], changes.to[made], int(fen), float(lost))


def _changes(
    offers: Offers, choice: Choices, price: float, users: Ints, most: float, reach: int, copies: int
) -> Changes:
    """For each difference in cost up to `reach` fen, the `copies` cheapest changes of `users` below `most`."""
    return cheapest_changes(
        offers.values_est, offers.costs, users, offers.keys, choice, price, most, reach, copies
    )


def _first_users(keys: npt.NDArray[np.uint64]) -> Ints:
    """The users of about the FIRST_USERS least keys: the same ones in whatever order the users come.

    Above EVERYONE_MAX users at even steps: there a look at all keys takes a tenth of a solve.
    """
    if len(keys) <= FIRST_USERS:
        return np.arange(len(keys))
    if len(keys) > EVERYONE_MAX:
        return np.arange(FIRST_USERS) * (len(keys) // FIRST_USERS)
    found = np.empty(2 * FIRST_USERS, np.int64)
    count = least_keys(keys, np.uint64((1 << 64) // len(keys) * FIRST_USERS), found)
    if count > len(found):  # keys that are no hashes
        return np.sort(np.argsort(keys, kind="stable")[:FIRST_USERS])
    return found[:count]


def _undecided(offers: Offers, price: float, most: float) -> Ints:
    """Everyone whose second best at `price` loses at most `most`."""
    found = np.empty(offers.users, np.int64)
    return found[: undecided(offers.values_est, offers.costs, price, most, found)]
