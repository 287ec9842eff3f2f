"""What the books say today, as the leaves that they would give: to be compared with the leaves that were sealed.

Amounts, parties and times come from the ops, the terms of a grant from the lot it made. What the books do not keep (the
terms of what is over, and which legs are users) is taken from the sealed leaf.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import numpy as np

from huoshui.core.audit.leaves import (
    CREDIT_IS_USER,
    DEBIT_IS_USER,
    EPOCH,
    FAMILY_OP,
    MICROSECOND,
    OP,
    OP_BYTES,
    Ints,
    Ops,
    op_leaves,
    user_tag,
)
from huoshui.core.ledger import Code, Kind
from huoshui.store.seals import Rows, run

NO_ID = bytes(16)


def booked_leaves(rows: Rows, salt: bytes, bodies: Sequence[bytes]) -> dict[bytes, bytes]:
    """The leaf that each op among these would have today, by the op's id; ops that are gone are left out."""
    sealed = np.frombuffer(b"".join(body for body in bodies if is_op(body)), OP)
    if not len(sealed):
        return {}
    asked = [UUID(bytes=cell.tobytes()) for cell in sealed["id"]]
    found = run(rows, "logged_ops", ids=asked).fetchall()
    if not found:
        return {}
    place = {cell.tobytes(): at for at, cell in enumerate(sealed["id"])}
    ids, from_ids, to_ids, refs, *amounts, happened, recorded, kinds, codes = zip(*found, strict=True)
    said = sealed[[place[op.bytes] for op in ids]]
    terms, priority = said["terms"].astype(np.int64), said["priority"].astype(np.int64)
    take_lots(rows, ids, ints(kinds), ints(codes), microseconds(recorded), terms, priority)

    def legs(parties: Sequence[UUID], flag: int) -> bytes:
        pairs = zip(parties, said["users"], strict=True)
        return b"".join(user_tag(salt, party) if users & flag else party.bytes for party, users in pairs)

    asked_fen, principal_fen, bonus_fen, debt_fen = map(ints, amounts)
    leaves = op_leaves(
        Ops(
            ids=b"".join(op.bytes for op in ids),
            debits=legs(from_ids, DEBIT_IS_USER),
            credits=legs(to_ids, CREDIT_IS_USER),
            refs=b"".join(ref.bytes if ref else NO_ID for ref in refs),
            asked_fen=asked_fen,
            principal_fen=principal_fen,
            bonus_fen=bonus_fen,
            debt_fen=debt_fen,
            happened_at_us=microseconds(happened),
            recorded_at_us=microseconds(recorded),
            kinds=ints(kinds),
            codes=ints(codes),
            users=said["users"].astype(np.int64),
            terms=terms,
            priority=priority,
        )
    )
    return {op.bytes: leaf for op, leaf in zip(ids, leaves, strict=True)}


def take_lots(
    rows: Rows,
    ids: Sequence[UUID],
    kinds: Ints,
    codes: Ints,
    recorded_us: Ints,
    terms: Ints,
    priority: Ints,
) -> None:
    """Put the terms of the lots where the grants' own stand; zeros where there is no lot."""
    grants = np.flatnonzero((kinds == Kind.GRANT) & (codes == Code.OK)).tolist()
    lots = run(rows, "granted_terms", ids=[ids[at] for at in grants]).fetchall() if grants else []
    held = {lot[0]: lot[1:] for lot in lots}
    for at in grants:
        if ids[at] not in held:
            terms[at], priority[at] = 0, 0
            continue
        effective, expires, restriction, lot_priority = held[ids[at]]
        begins, ends = microseconds([effective, expires])
        at_once = terms[at, 0] == 0 and begins == recorded_us[at]
        terms[at] = 0 if at_once else begins, ends, 0, restriction
        priority[at] = lot_priority


def is_op(body: bytes) -> bool:
    """Whether a leaf is an op's."""
    return len(body) == OP_BYTES and body[1] == FAMILY_OP


def ints(values: Sequence[int]) -> Ints:
    """Whole numbers as an array."""
    return np.array(values, np.int64)


def microseconds(instants: Sequence[datetime]) -> Ints:
    """Times as microseconds of UTC since 1970."""
    return ints([(instant - EPOCH) // MICROSECOND for instant in instants])
