"""What the books are made of, as whole numbers in arrays: kinds of op, codes, units, the state and the decision.

A party of an op is one int: an account by its row (0, 1, ...), a wallet by -1 - its row. Times are microseconds of UTC.
"""

from enum import IntEnum
from typing import Literal, NamedTuple
from uuid import UUID

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

BALANCE_MAX = 4 * 10**18
"""No balance passes it, so that no sum of int64 ever overflows: thousands of the largest amounts."""
NO_FLOOR = -BALANCE_MAX
"""The floor of an account that may fall as far as it likes."""


class Kind(IntEnum):
    """What an op does; the numbers are stored for good."""

    TRANSFER = 1
    GRANT = 2
    TOP_UP = 3
    WITHDRAW = 4
    SPEND = 5
    HOLD = 6
    CAPTURE = 7
    RELEASE = 8
    HOLD_TIMEOUT = 9
    LOCK = 10
    UNLOCK = 11
    RESERVE = 12
    ACTIVATE = 13
    CANCEL = 14
    RESERVE_TIMEOUT = 15
    EXPIRE = 16
    GIVE_BACK = 17
    REFUND = 18
    LATE_REFUND = 19
    CLAWBACK = 20
    OWE = 21
    NET = 22
    OPENING = 23


class Code(IntEnum):
    """Why an op was refused; OK where it was not. The numbers are stored for good."""

    OK = 0
    BAD_AMOUNT = 1
    UNKNOWN = 2
    INSUFFICIENT = 3
    EXPIRED = 4
    ENDED = 5
    GROUP_FAILED = 6
    TOO_LARGE = 7
    NEEDS_APPROVAL = 8
    BAD_TERMS = 9
    BAD_TIME = 10


class Purpose(IntEnum):
    """What a hold is for."""

    CHECKOUT = 1
    TERM = 2


class State(IntEnum):
    """Where a hold or a reservation stands; it leaves OPEN once."""

    OPEN = 0
    USED = 1
    RELEASED = 2
    TIMED_OUT = 3


class Wallet(IntEnum):
    """Columns of a wallet."""

    PRINCIPAL = 0
    BONUS = 1
    PRINCIPAL_HELD = 2
    BONUS_HELD = 3
    DEBT = 4


class Account(IntEnum):
    """Columns of an account."""

    PRINCIPAL = 0
    BONUS = 1
    DEBT = 2
    FLOOR = 3


class Lot(IntEnum):
    """Columns of a lot; lots stand wallet by wallet, in the order of burning."""

    WALLET = 0
    REMAINING = 1
    HELD = 2
    EFFECTIVE = 3
    EXPIRES = 4
    RESTRICTION = 5
    CAMPAIGN = 6
    SPENT = 7


class Held(IntEnum):
    """Columns of a hold or a reservation (whose fen stand under BONUS)."""

    WALLET = 0
    PRINCIPAL = 1
    BONUS = 2
    STATE = 3
    ENDS = 4
    CAMPAIGN = 5
    EXPIRES = 6
    PURPOSE = 7


class Undo(IntEnum):
    """The same columns of an op to be unwound: a spend's fen by unit, or a lot's granted fen.

    DONE is unwound by now; OWED is the part of it that became debt.
    """

    WALLET = 0
    PRINCIPAL = 1
    BONUS = 2
    DONE = 3
    OWED = 4


class Posting(IntEnum):
    """Columns of an op as decided. STEP 0 is the item's own op, the others follow from it."""

    ITEM = 0
    STEP = 1
    KIND = 2
    DEBIT = 3
    CREDIT = 4
    PRINCIPAL = 5
    BONUS = 6
    DEBT = 7
    CODE = 8


PLATFORM_KINDS = ("outside", "sales", "source", "reserved", "breakage", "debt", "legacy")
"""Accounts that every installation has, one of each."""

AccountKind = Literal[
    "outside",
    "sales",
    "source",
    "pot",
    "campaign",
    "reserved",
    "breakage",
    "debt",
    "agent",
    "fee",
    "reserve",
    "legacy",
]


ApprovalSubject = Literal["pot", "grant", "clawback"]
"""What needs a second person: raising a pot, a grant by hand above the limit (to a user), taking back a lot."""

DataKind = Literal["simulated", "real"]
"""What books hold, never both. What does not say that it is simulated counts as real."""

OpStatus = Literal[
    "accepted",
    "refused",
    "exists",
    "failed_before",
    "exists_with_different_kind",
    "exists_with_different_fen",
    "exists_with_different_terms",
]
"""What is answered: for a new id the first two, for one that was there before the others."""


def platform_account(kind: str) -> UUID:
    """The id of the platform's one account of a kind, the same in every installation."""
    return UUID(int=1 + PLATFORM_KINDS.index(kind))


def floor_of(kind: AccountKind) -> int:
    """The floor of a new account: none for what stands for the world outside of the platform's promises."""
    return NO_FLOOR if kind in ("outside", "sales", "source", "legacy") else 0


class Books(NamedTuple):
    """What a batch touches, read under lock; deciding writes what it becomes into the same arrays.

    `platform` tells the row of each of PLATFORM_KINDS, -1 where it is not loaded. `lot_begin[w]:lot_begin[w + 1]` are
    the lots of wallet w. `held` are the holds, reservations or earlier ops that items refer to; `parts` are (lot, fen)
    of them, those of row h at `part_begin[h]:part_begin[h + 1]`, in the order they were drawn.
    """

    wallets: Ints
    accounts: Ints
    platform: Ints
    lots: Ints
    lot_begin: Ints
    held: Ints
    part_begin: Ints
    parts: Ints

    def copied(self) -> "Books":
        """The same numbers, to be changed apart."""
        return Books(*(array.copy() for array in self))


class Batch(NamedTuple):
    """Items of one kind, in order, decided at `now` (microseconds UTC). -1 stands for what there is not.

    `row` is the hold, reservation, lot or earlier op that an item refers to. `terms` are four numbers by kind: of
    grants and reservations effective_at, expires_at and the reservation's own end; of spends and holds the restriction,
    the most that bonus may pay and the hold's end; of transfers and expiries see their kernels.
    """

    kind: int
    now: int
    fen: Ints
    wallet: Ints
    account: Ints
    other: Ints
    row: Ints
    terms: Ints
    preset: Ints


class Decision(NamedTuple):
    """What becomes of a batch. Rows of `postings` are ops, in order; `draws` are (posting, lot, fen).

    `new_lots` are (posting, remaining, the lot whose terms it has or -1); a draw of a new lot names it by -1 - its row.
    """

    code: Ints
    postings: Ints
    draws: Ints
    new_lots: Ints
