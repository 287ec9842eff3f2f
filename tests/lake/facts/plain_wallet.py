"""A wallet as one would keep it by hand: lots in a list, oldest first, one event after the other, no SQL.

The independent recount that the inferred lots are held against, here and on the report's first page.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple


class Given(NamedTuple):
    """Bonus credited to a user."""

    user: str
    at: datetime
    grant: str
    fen: int


class Drawn(NamedTuple):
    """Bonus that left: by an order, taken back by hand, or because a grant's term ended."""

    user: str
    at: datetime
    how: Literal["order", "taken", "expired"]
    of: str
    """The order, the entry that took it back, or the grant that expired."""
    fen: int


@dataclass
class Fate:
    """What became of one grant."""

    fen: int
    spent: int = 0
    expired: int = 0
    by_order: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    last_spent_at: datetime | None = None

    @property
    def open(self) -> int:
        return self.fen - self.spent - self.expired


@dataclass
class Lot:
    """What is left of a grant."""

    grant: str
    left: int


def fates(given: Iterable[Given], drawn: Iterable[Drawn]) -> tuple[dict[str, Fate], int]:
    """The fate of each grant, and the fen of orders that no grant of their user covers (legacy).

    At one and the same moment a grant comes before a draw. What draws takes the oldest lots first.
    """
    told: dict[str, Fate] = {}
    pockets: dict[str, list[Lot]] = defaultdict(list)
    legacy = 0
    moments = [(event.at, 0, event) for event in given] + [(event.at, 1, event) for event in drawn]
    for _, _, event in sorted(moments, key=lambda moment: (moment[0], moment[1], moment[2][2], moment[2][3])):
        pocket = pockets[event.user]
        if isinstance(event, Given):
            told[event.grant] = Fate(event.fen)
            pocket.append(Lot(event.grant, event.fen))
            continue
        wanted = event.fen
        for lot in pocket:
            if event.how == "expired" and lot.grant != event.of:
                continue
            part = min(lot.left, wanted)
            lot.left -= part
            wanted -= part
            fate = told[lot.grant]
            if event.how == "order" and part:
                fate.spent += part
                fate.by_order[event.of] += part
                fate.last_spent_at = event.at
            elif part:
                fate.expired += part
        if event.how == "order":
            legacy += wanted
        pocket[:] = [lot for lot in pocket if lot.left]
    return told, legacy
