"""Maker and checker: what one person asks for, another agrees to; both are facts, and leaves of the audit log."""

from datetime import datetime, timedelta
from uuid import UUID

from huoshui.base.errors import NotAgreed
from huoshui.flow.commands import AskApproval
from huoshui.flow.handlers.posting import DEFAULT_RULES, Rules
from huoshui.store import books
from huoshui.store.booked_acts import approval_asked, approval_given
from huoshui.store.books import Approval
from huoshui.store.postgres import Store


def ask(store: Store, command: AskApproval) -> Approval:
    """Ask for an approval; asked again with the same id it is the one that stands. Raises StoreError."""
    with store.transaction() as connection:
        now = books.instant(books.clock(connection))
        asked = Approval(
            id=command.id,
            subject=command.subject,
            subject_id=command.subject_id,
            fen_max=command.fen_max,
            old_fen=command.old_fen,
            new_fen=command.new_fen,
            reason=command.reason,
            asked_by=command.by,
            asked_at=now,
        )
        if books.ask_approval(connection, asked):
            books.append_leaf(connection, *approval_asked(asked))
        stands = books.approval(connection, command.id)
        assert stands is not None
        return stands


def agree(store: Store, approval: UUID, *, by: str, rules: Rules = DEFAULT_RULES) -> Approval:
    """Agree to what another asked for. One operator alone may agree to their own, after a delay.

    Agreed to twice by the same person it stays as it was. Raises NotAgreed, StoreError.
    """
    with store.transaction() as connection:
        asked = books.approval(connection, approval)
        now = books.instant(books.clock(connection))
        if asked is None:
            raise NotAgreed(reason_zh="没有这个申请", reason_en="nothing of that id was asked for")
        if asked.agreed_by is not None:
            if asked.agreed_by == by:
                return asked
            raise NotAgreed(
                reason_zh=f"{asked.agreed_by} 已经批准了", reason_en=f"{asked.agreed_by} has agreed already"
            )
        _check_delay(asked, by, now, rules)
        books.agree(connection, approval, by, now)
        agreed = books.approval(connection, approval)
        assert agreed is not None
        books.append_leaf(connection, *approval_given(agreed))
        return agreed


def _check_delay(asked: Approval, by: str, now: datetime, rules: Rules) -> None:
    """Raises NotAgreed where somebody would agree to their own too early."""
    wait = timedelta(hours=rules.self_approval_hours)
    if by == asked.asked_by and now < asked.asked_at + wait:
        hours = rules.self_approval_hours
        raise NotAgreed(
            reason_zh=f"自己申请的要别人批准, 或等 {hours} 小时后自己批准",
            reason_en=f"another person must agree; the one who asked may after {hours} hours",
        )
