"""Closes and approvals as the leaves that they give: when they are written, and again when the log is checked."""

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from huoshui.core.audit.leaves import Act, act_leaf
from huoshui.core.ledger import derived_id
from huoshui.store.books import Approval
from huoshui.store.close import SignedClose
from huoshui.store.seals import Rows, run


class BookedAct(NamedTuple):
    """An act and its canonical bytes."""

    id: UUID
    kind: Act
    body: bytes


def close_signed(close: SignedClose) -> BookedAct:
    """The period, the seal it stands on, the figures, who signed and why."""
    facts = [
        close.period.encode(),
        close.size.to_bytes(8),
        close.root,
        close.figures.encode(),
        close.signed_by.encode(),
        close.reason.encode(),
    ]
    return BookedAct(close.id, Act.CLOSE, act_leaf(Act.CLOSE, close.id, close.signed_at, facts))


def approval_asked(asked: Approval) -> BookedAct:
    """What was asked for, by whom and why."""
    numbers = (asked.fen_max, asked.old_fen, asked.new_fen)
    facts = [asked.subject.encode(), asked.subject_id.bytes, *(str(number).encode() for number in numbers)]
    facts += [asked.reason.encode(), asked.asked_by.encode()]
    return BookedAct(
        asked.id, Act.APPROVAL_ASKED, act_leaf(Act.APPROVAL_ASKED, asked.id, asked.asked_at, facts)
    )


def approval_given(agreed: Approval) -> BookedAct:
    """To what was agreed, and by whom."""
    assert agreed.agreed_by is not None, "somebody agreed"
    assert agreed.agreed_at is not None, "whoever agreed did so at a time"
    act = UUID(bytes=derived_id(agreed.id.bytes, 1))
    facts = [agreed.id.bytes, agreed.agreed_by.encode()]
    return BookedAct(act, Act.APPROVAL_GIVEN, act_leaf(Act.APPROVAL_GIVEN, act, agreed.agreed_at, facts))


def booked_acts(rows: Rows) -> Iterator[BookedAct]:
    """Every close and approval as the tables have them now."""
    for row in run(rows, "closes").fetchall():
        yield close_signed(SignedClose(*row))
    for row in run(rows, "approvals").fetchall():
        approval = Approval(*row)
        yield approval_asked(approval)
        if approval.agreed_by is not None:
            yield approval_given(approval)
