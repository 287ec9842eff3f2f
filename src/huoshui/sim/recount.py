"""What became of every fen of bonus, recounted from the written tables in plain Python, with no SQL.

One pass over the balance entries by time. Bonus is spent before principal and oldest credit first; an expiry
takes the lots of its campaign; a clawback takes what bonus is left; a transfer carries the sender's lots.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from huoshui.lake.tables import BONUS_KINDS


@dataclass(slots=True)
class Fate:
    """One credit of bonus and what became of it, in fen: issued = spent + expired + clawed_back + open."""

    user_id: str
    month: str
    kind: str
    campaign_id: str | None
    issued_fen: int
    spent_fen: int = 0
    spent_by_marked_fen: int = 0
    spent_by_rings_fen: int = 0
    refunded_fen: int = 0
    """Part of `spent_fen` on orders that were refunded whole into the wallet."""
    expired_fen: int = 0
    clawed_back_fen: int = 0
    open_fen: int = 0
    open_with_marked_fen: int = 0
    open_frozen_fen: int = 0


@dataclass(slots=True)
class _Lot:
    fate: Fate
    left_fen: int


def recount_bonus(tables: dict[str, dict[str, Any]], ring_users: frozenset[str]) -> list[Fate]:
    """The fate of every bonus credit, in the order of the entries."""
    users, orders, entries = tables["users"], tables["orders"], tables["balance_entries"]
    status = dict(zip(users["user_id"], users["status"], strict=True))
    bonus_of = dict(zip(orders["order_id"], orders["bonus_paid"].tolist(), strict=True))
    refunded = {
        order
        for order, state in zip(orders["order_id"], orders["status"], strict=True)
        if state == "refunded"
    }
    months, month_of = np.unique(entries["at"].astype("datetime64[M]"), return_inverse=True)
    month_names = months.astype(str).tolist()
    fates: list[Fate] = []
    lots: dict[str, list[_Lot]] = {user: [] for user in users["user_id"]}
    sent: dict[tuple[str, int], list[_Lot]] = {}
    columns = ("user_id", "direction", "kind", "order_id", "memo", "campaign_id")
    rows = zip(
        *(entries[name] for name in columns),
        entries["amount"].tolist(),
        entries["at"].astype(np.int64).tolist(),
        month_of.tolist(),
        strict=True,
    )
    for user, direction, kind, order, memo, campaign, amount, at, month in rows:
        mine = lots[user]
        if direction == "in" and kind in BONUS_KINDS:
            fates.append(Fate(user, month_names[month], kind, campaign, amount))
            mine.append(_Lot(fates[-1], amount))
        elif kind == "spend":
            for lot in _draw(mine, bonus_of[order]):
                _spend(
                    lot, marked=status[user] == "abuser", ring=user in ring_users, refunded=order in refunded
                )
        elif kind == "expire":
            for lot in _draw(mine, amount, campaign=campaign, of_campaign=True):
                lot.fate.expired_fen += lot.left_fen
        elif kind == "clawback":
            for lot in _draw(mine, amount):
                lot.fate.clawed_back_fen += lot.left_fen
        elif kind == "transfer" and direction == "out":
            sent[memo[3:], at] = _draw(mine, amount)
        elif kind == "transfer":
            mine.extend(sent.pop((user, at), []))
    for user, left in lots.items():
        for lot in left:
            lot.fate.open_fen += lot.left_fen
            lot.fate.open_with_marked_fen += lot.left_fen * (status[user] == "abuser")
            lot.fate.open_frozen_fen += lot.left_fen * (status[user] == "frozen")
    return fates


def _spend(lot: _Lot, *, marked: bool, ring: bool, refunded: bool) -> None:
    fate, amount = lot.fate, lot.left_fen
    fate.spent_fen += amount
    fate.spent_by_marked_fen += amount * marked
    fate.spent_by_rings_fen += amount * ring
    fate.refunded_fen += amount * refunded


def _draw(
    lots: list[_Lot], wanted_fen: int, *, campaign: str | None = None, of_campaign: bool = False
) -> list[_Lot]:
    """Take up to `wanted_fen` out of `lots`, oldest first; only those of one campaign if asked."""
    taken: list[_Lot] = []
    for lot in lots:
        if wanted_fen <= 0:
            break
        if of_campaign and lot.fate.campaign_id != campaign:
            continue
        part = min(lot.left_fen, wanted_fen)
        if part:
            taken.append(_Lot(lot.fate, part))
            lot.left_fen -= part
            wanted_fen -= part
    if any(not lot.left_fen for lot in lots):
        lots[:] = [lot for lot in lots if lot.left_fen]
    return taken
