"""What the books say today, as the leaves that they would give: to be compared with the leaves that were sealed.

Amounts, parties and times come from the ops, the terms of a grant from the lot it made. What the books do not keep (the
terms of what is over, and which legs are users) is taken from the sealed leaf.
"""

from collections.abc import Sequence
from uuid import UUID

import numpy as np

from huoshui.core.audit.leaves import (
    CREDIT_IS_USER,
    DEBIT_IS_USER,
    FAMILY_OP,
    OP,
    OP_BYTES,
    OP_ID,
    Ops,
    op_leaves,
    user_tag,
)
from huoshui.core.ledger import Code, Kind
from huoshui.store.columns import EPOCH_MICROSECONDS, Ids, Ints, ids_column
from huoshui.store.seals import Rows, run


def booked_leaves(rows: Rows, salt: bytes, bodies: Sequence[bytes]) -> dict[bytes, bytes]:
    """The leaf that each op among these would have today, by the op's id; ops that are gone are left out."""
    sealed = np.frombuffer(b"".join(body for body in bodies if is_op(body)), OP)
    found = run(rows, "logged_ops", ids=ids_column(sealed["id"])).fetchone() if len(sealed) else None
    if found is None or found[0] is None:
        return {}
    places, ids, debits, credits_, refs = found[:5]
    asked, principal, bonus, debt, happened, recorded, kinds, codes = map(ints, found[5:])
    said = sealed[ints(places) - 1]
    users = said["users"].astype(np.int64)
    terms, priority = said["terms"].astype(np.int64), said["priority"].astype(np.int64)
    recorded += EPOCH_MICROSECONDS
    grants = np.flatnonzero((kinds == Kind.GRANT) & (codes == Code.OK))
    if len(grants):
        terms[grants], priority[grants] = lots_of(
            rows, id_cells(ids)[grants], terms[grants], recorded[grants]
        )
    tags: dict[bytes, bytes] = {}
    leaves = op_leaves(
        Ops(
            ids=ids,
            debits=tagged(debits, users & DEBIT_IS_USER, salt, tags),
            credits=tagged(credits_, users & CREDIT_IS_USER, salt, tags),
            refs=refs,
            asked_fen=asked,
            principal_fen=principal,
            bonus_fen=bonus,
            debt_fen=debt,
            happened_at_us=happened + EPOCH_MICROSECONDS,
            recorded_at_us=recorded,
            kinds=kinds,
            codes=codes,
            users=users,
            terms=terms,
            priority=priority,
        )
    )
    return {leaf[OP_ID]: leaf for leaf in leaves}


def lots_of(rows: Rows, grants: Ids, terms: Ints, recorded_us: Ints) -> tuple[Ints, Ints]:
    """The terms and priorities of the lots that grants made, as grants say them; zeros where there is no lot."""
    booked, priority = np.zeros_like(terms), np.zeros(len(grants), np.int64)
    found = run(rows, "granted_terms", ids=ids_column(grants)).fetchone()
    if found is not None and found[0] is not None:
        places, effective, expires, restriction, lot_priority = map(ints, found)
        at = places - 1
        begins = effective + EPOCH_MICROSECONDS
        at_once = (terms[at, 0] == 0) & (begins == recorded_us[at])
        booked[at, 0] = np.where(at_once, 0, begins)
        booked[at, 1], booked[at, 3] = expires + EPOCH_MICROSECONDS, restriction
        priority[at] = lot_priority
    return booked, priority


def tagged(joined: bytes, is_user: Ints, salt: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Ids, those of users replaced by their tags; `tags` remembers them."""
    cells = id_cells(joined).copy()
    for at in np.flatnonzero(is_user):
        user = cells[at].tobytes()
        tag = tags.get(user) or tags.setdefault(user, user_tag(salt, UUID(bytes=user)))
        cells[at] = np.void(tag)
    return cells.tobytes()


def is_op(body: bytes) -> bool:
    """Whether a leaf is an op's."""
    return len(body) == OP_BYTES and body[1] == FAMILY_OP


def id_cells(joined: bytes) -> Ids:
    """Ids of 16 bytes."""
    return np.frombuffer(joined, "V16")


def ints(joined: bytes) -> Ints:
    """Whole numbers as the server sends them."""
    return np.frombuffer(joined, ">i8").astype(np.int64)
