"""Who is one hand: linked groups by two kinds of links at least, how odd they are, and what follows.

Nothing is learnt from labels, and nothing is drawn by chance.

Contract: docs/spec/risk.md.
"""

from huoshui.core.risk.assess import assess
from huoshui.core.risk.caps import Caps, Waits, one_a_group, room_fen, spendable_s
from huoshui.core.risk.linking import linked_groups
from huoshui.core.risk.values import (
    HABITS,
    LEVELS,
    LINK_KINDS,
    NEVER_S,
    SIGNALS,
    Groups,
    Hub,
    Level,
    LinkKind,
    LinkLimits,
    Links,
    People,
    Risk,
    Threshold,
)

__all__ = [
    "HABITS",
    "LEVELS",
    "LINK_KINDS",
    "NEVER_S",
    "SIGNALS",
    "Caps",
    "Groups",
    "Hub",
    "Level",
    "LinkKind",
    "LinkLimits",
    "Links",
    "People",
    "Risk",
    "Threshold",
    "Waits",
    "assess",
    "linked_groups",
    "one_a_group",
    "room_fen",
    "spendable_s",
]
