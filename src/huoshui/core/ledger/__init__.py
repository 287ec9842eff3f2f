"""Every fen of balance: what a batch of ops does to wallets, lots, holds and budgets. See docs/spec/ledger.md.

values    what the books are made of        kernels   the decisions, item after item       ids   ids that follow
deciding  one batch of one kind, its groups  invariants  what must hold after every commit
"""

from huoshui.core.ledger.deciding import decide
from huoshui.core.ledger.ids import derived_id, milliseconds_of
from huoshui.core.ledger.invariants import INVARIANTS, Finding, Invariant
from huoshui.core.ledger.values import (
    PLATFORM_KINDS,
    Account,
    AccountKind,
    ApprovalSubject,
    Batch,
    Books,
    Code,
    DataKind,
    Decision,
    Held,
    Kind,
    Lot,
    OpStatus,
    Posting,
    Purpose,
    State,
    Undo,
    Wallet,
    floor_of,
    platform_account,
)

__all__ = [
    "INVARIANTS",
    "PLATFORM_KINDS",
    "Account",
    "AccountKind",
    "ApprovalSubject",
    "Batch",
    "Books",
    "Code",
    "DataKind",
    "Decision",
    "Finding",
    "Held",
    "Invariant",
    "Kind",
    "Lot",
    "OpStatus",
    "Posting",
    "Purpose",
    "State",
    "Undo",
    "Wallet",
    "decide",
    "derived_id",
    "floor_of",
    "milliseconds_of",
    "platform_account",
]
