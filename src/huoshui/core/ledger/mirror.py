"""Mirror mode: the shop keeps the balance; its entries become ops, and what differs is explained, user by user.

`way_of` says what an entry becomes, `explained` why a user's balance differs. The contract: docs/spec/close.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Literal, NamedTuple
from uuid import UUID

Way = Literal["opening", "top_up", "grant", "spend", "refund", "withdraw", "take"]
"""What an entry becomes. `take`: what leaves a wallet and is no purchase (expiry, clawback, a transfer away)."""
Cause = Literal["moved_by_hand", "refused", "opened_below_zero", "unknown"]

FROM_OUTSIDE = "from outside"
"""Ends the key of a refund that brought more than balance had paid: it is booked as principal paid in."""
GRANTS = frozenset({"recharge_bonus", "task", "cashback", "adjust", "gift_card_given"})


class Entry(NamedTuple):
    """One entry of the shop; `at` local time of the business day, `balance_after` None where the shop does not tell."""

    entry_id: str
    user_id: str
    at: datetime
    incoming: bool
    fen: int
    kind: str
    order_id: str | None
    balance_after: int | None
    campaign_id: str | None

    @property
    def signed_fen(self) -> int:
        """What it changes in the shop's balance."""
        return self.fen if self.incoming else -self.fen


def way_of(entry: Entry) -> Way:
    """What an entry becomes."""
    if entry.incoming:
        if entry.kind == "opening":
            return "opening"
        if entry.kind == "refund" and entry.order_id:
            return "refund"
        return "grant" if entry.kind in GRANTS else "top_up"
    if entry.kind == "spend":
        return "spend"
    return "withdraw" if entry.kind == "withdrawal" else "take"


def named_id(space: str, *names: str) -> UUID:
    """The id of what a shop calls by name (uuid version 8): the same name in the same space always gives the same."""
    raw = bytearray(sha256("\0".join((space, *names)).encode()).digest()[:16])
    raw[6], raw[8] = raw[6] & 0x0F | 0x80, raw[8] & 0x3F | 0x80
    return UUID(bytes=bytes(raw))


def opening_fen(first: Entry) -> int:
    """What a user held before the first entry, as the shop tells; 0 where it does not."""
    return (
        0
        if first.balance_after is None or first.kind == "opening"
        else first.balance_after - first.signed_fen
    )


@dataclass(frozen=True, slots=True)
class Refusal:
    """An entry that could not be booked, and the code of the books."""

    entry: Entry
    code: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A user whose balance in the books is not the shop's, with one likely cause of a part of it."""

    user_id: str
    on: date
    cause: Cause
    fen: int
    detail: str

    @property
    def is_explained(self) -> bool:
        """Whether we know where it comes from."""
        return self.cause != "unknown"


def explained(
    entries: Sequence[Entry], refusals: Iterable[Refusal], booked_fen: int
) -> tuple[Difference, ...]:
    """Why the shop's last balance of one user is not `booked_fen`: parts that add up to the shop's less ours.

    `entries` are all of the user's, in order. A balance that moves without an entry was edited by hand, most likely.
    """
    found: list[Difference] = []
    last = entries[-1]
    before = opening_fen(entries[0])
    if before < 0:
        found.append(Difference(last.user_id, entries[0].at.date(), "opened_below_zero", before, ""))
    running = before
    for entry in entries:
        running += entry.signed_fen
        if entry.balance_after is not None and entry.balance_after != running:
            jump = entry.balance_after - running
            found.append(Difference(entry.user_id, entry.at.date(), "moved_by_hand", jump, entry.entry_id))
            running = entry.balance_after
    for refusal in refusals:
        entry = refusal.entry
        detail = f"{entry.entry_id} {refusal.code}"
        found.append(Difference(entry.user_id, entry.at.date(), "refused", entry.signed_fen, detail))
    rest = running - booked_fen - sum(one.fen for one in found)
    if rest:
        found.append(Difference(last.user_id, last.at.date(), "unknown", rest, last.entry_id))
    return tuple(found)
