"""Everything that can be asked of the books, as frozen values. docs/spec/ledger.md says what each does.

`id` is the op's id, a uuid version 7 made by whoever asks (`base.clock.new_id`): asking again with it changes nothing.
`user` is a wallet, `campaign`, `source` and `to` are accounts; amounts are fen. `request` is (source, key) of a
caller with a key of its own; commands of one `group` (a number above 0) are taken together or not at all.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from huoshui.core.ledger import ApprovalSubject, Code, OpStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What every command has."""

    id: UUID
    happened_at: datetime | None = None
    group: int = 0
    request: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(Command):
    """Move balance between accounts of the platform; filling a pot needs an approval."""

    fen: int
    source: UUID
    to: UUID
    unit: Literal["principal", "bonus"] = "bonus"
    approval: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant(Command):
    """Give bonus from a campaign's budget, as a lot; `by_hand` above the limit needs an approval."""

    fen: int
    user: UUID
    campaign: UUID
    expires_at: datetime
    effective_at: datetime | None = None
    priority: int = 0
    restriction: int = 0
    by_hand: bool = False
    approval: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUp(Command):
    """A user paid in."""

    fen: int
    user: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening(TopUp):
    """A balance without history: it burns as principal and is never counted as incentive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw(TopUp):
    """Principal back to the user, out of the platform."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend(Command):
    """Pay with balance: bonus in the order of burning up to `bonus_fen_max`, then principal."""

    fen: int
    user: UUID
    restriction: int = 0
    bonus_fen_max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceHold(Spend):
    """Hold at checkout what a spend would draw, until `ends_at`."""

    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LockTerm(PlaceHold):
    """Lock balance for a term that matures at `ends_at`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture(Command):
    """Spend what was held, whole or part; the rest is free again."""

    hold: UUID
    fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Command):
    """Free what was held."""

    hold: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlock(Release):
    """End a term lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve(Grant):
    """Take a grant out of its budget now, to be activated until `ends_at`."""

    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Activate(Command):
    """Make a reservation a lot, whole or part; the rest goes back to its campaign."""

    reservation: UUID
    fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel(Command):
    """Give a reservation back to its campaign."""

    reservation: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund(Command):
    """Give back what a spend or capture drew, last first."""

    op: UUID
    fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Clawback(Command):
    """Take back a grant: what remains of its lot, and as debt what was spent; needs an approval."""

    lot: UUID
    fen: int
    approval: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskApproval:
    """Ask a second person to agree to one op: about which pot, user or lot, up to how many fen, from what to what."""

    id: UUID
    subject: ApprovalSubject
    subject_id: UUID
    fen_max: int
    old_fen: int
    new_fen: int
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a command: fen that its own op moved, and why it was refused.

    `code` of `failed_before` is the code of the first time.
    """

    id: UUID
    status: OpStatus
    code: Code
    principal_fen: int = 0
    bonus_fen: int = 0
    debt_fen: int = 0

    @property
    def ok(self) -> bool:
        """Whether the op stands in the books, now or from before."""
        return self.status in ("accepted", "exists")
