"""The canonical bytes of a fact: whole numbers and ids of fixed width, big-endian, nothing that could be written twice.

A leaf begins with its layout's version and its family. An op's leaf holds both legs, two times, and what bounds a grant
or a hold. A user stands in it as a salted hash alone: whoever is shown a leaf learns nothing of other users, and
whoever knows the salt and the user can check that it is them. docs/spec/audit.md has the table of bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from hashlib import sha256
from uuid import UUID

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
VERSION = 1
FAMILY_OP = 1
FAMILY_ACT = 2
ACT_BYTES = 64
ID_BYTES = 16
DEBIT_IS_USER = 1
CREDIT_IS_USER = 2
OP = np.dtype(
    [
        ("version", "u1"),
        ("family", "u1"),
        ("kind", ">i2"),
        ("code", ">i2"),
        ("users", ">i2"),
        ("id", "V16"),
        ("debit", "V16"),
        ("credit", "V16"),
        ("ref", "V16"),
        ("asked_fen", ">i8"),
        ("principal_fen", ">i8"),
        ("bonus_fen", ">i8"),
        ("debt_fen", ">i8"),
        ("happened_at_us", ">i8"),
        ("recorded_at_us", ">i8"),
        ("terms", ">i8", (4,)),
        ("priority", ">i8"),
    ]
)
OP_BYTES = OP.itemsize
"""160."""
OP_ID = slice(8, 24)
"""Where the id stands in the leaf of an op, and of an act."""


class Act(IntEnum):
    """What an admin act was; the numbers are stored for good."""

    NEW_KEY = 1
    CLOSE = 2
    APPROVAL_ASKED = 3
    APPROVAL_GIVEN = 4


@dataclass(frozen=True, slots=True)
class Ops:
    """Ops as columns, as they are written to the books. Ids are 16 bytes each, joined.

    `users` says which legs are users (DEBIT_IS_USER, CREDIT_IS_USER): their 16 bytes are a `user_tag`. No reference is
    16 zero bytes. Times are microseconds of UTC since 1970. `terms`: four numbers an op that mean what the kind needs
    (of a grant: from when, until when, 0, restriction; docs/spec/audit.md), zeros for what follows from another op.
    """

    kinds: Ints
    codes: Ints
    users: Ints
    ids: bytes
    debits: bytes
    credits: bytes
    refs: bytes
    asked_fen: Ints
    principal_fen: Ints
    bonus_fen: Ints
    debt_fen: Ints
    happened_at_us: Ints
    recorded_at_us: Ints
    terms: Ints
    priority: Ints


def op_leaves(ops: Ops) -> list[bytes]:
    """The canonical bytes of each op, in order."""
    table = np.zeros(len(ops.kinds), OP)
    table["version"], table["family"] = VERSION, FAMILY_OP
    for name, column in (
        ("kind", ops.kinds),
        ("code", ops.codes),
        ("users", ops.users),
        ("asked_fen", ops.asked_fen),
        ("principal_fen", ops.principal_fen),
        ("bonus_fen", ops.bonus_fen),
        ("debt_fen", ops.debt_fen),
        ("happened_at_us", ops.happened_at_us),
        ("recorded_at_us", ops.recorded_at_us),
        ("terms", ops.terms),
        ("priority", ops.priority),
    ):
        table[name] = column
    for name, joined in (
        ("id", ops.ids),
        ("debit", ops.debits),
        ("credit", ops.credits),
        ("ref", ops.refs),
    ):
        table[name] = np.frombuffer(joined, "V16")
    whole = table.tobytes()
    return [whole[at : at + OP_BYTES] for at in range(0, len(whole), OP_BYTES)]


def act_leaf(kind: Act, act: UUID, at: datetime, facts: Sequence[bytes]) -> bytes:
    """The canonical bytes of an admin act or a decision batch: its id, its time, and the hash of its facts in order."""
    said = b"".join(len(fact).to_bytes(4) + fact for fact in facts)
    head = bytes([VERSION, FAMILY_ACT]) + kind.to_bytes(2) + bytes(4)
    return head + act.bytes + ((at - EPOCH) // MICROSECOND).to_bytes(8, signed=True) + sha256(said).digest()


def user_tag(salt: bytes, user_id: UUID) -> bytes:
    """Sixteen bytes that stand for a user: to be made from the id and the salt, never the other way."""
    return sha256(sha256(salt + user_id.bytes).digest() + user_id.bytes).digest()[:ID_BYTES]
