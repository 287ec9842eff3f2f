"""What risk takes and gives, as values: links and people in; groups, signals and who is left out, with evidence, out.

Users are positions 0..N-1. Times are whole seconds since 1970 in the installation's local time; what is not known in
time is `NEVER_S`. Amounts are int fen. Contract: docs/spec/risk.md.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

LinkKind = Literal["device", "contact", "payment", "address", "recipient", "upline", "moment"]
"""What two accounts may share. `recipient`: both sent balance to one account, or one of them is that account.
`upline`: brought in by one account, or that account itself. `moment`: registered within an hour of each other; told by
the times, never a row of Links."""
LINK_KINDS: tuple[LinkKind, ...] = get_args(LinkKind)
NEVER_S = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Links:
    """Who has which value, one row a user, kind and value (doubles are one), in any order; all (L,).

    `kind` is a position in LINK_KINDS; equal numbers in `value` are the same value only within a kind. `first_s`: when
    the user was first seen with it.
    """

    users: int
    user: Ints
    kind: npt.NDArray[np.uint8]
    value: Ints
    first_s: Ints


@dataclass(frozen=True, slots=True)
class LinkLimits:
    """Which values tie people together. All counts are of users.

    A value of `shared_max` or fewer ties; above it is a hub: left out and told. Addresses above `household_max` tie
    nobody by themselves, but count for those whom something else has tied. A kind is no mark of a person where it has
    fewer values than `distinct_share` of its users (a column of device models, say): left out and told.
    """

    shared_max: int = 60
    household_max: int = 8
    distinct_share: float = 0.2
    distinct_users_min: int = 20

    def __post_init__(self) -> None:
        if not 2 <= self.household_max <= self.shared_max:
            raise ValueError(f"2 <= household_max <= shared_max: {self.household_max}, {self.shared_max}")
        if not 0 <= self.distinct_share <= 1:
            raise ValueError(f"a share lies between 0 and 1: {self.distinct_share}")


USUAL_LIMITS = LinkLimits()


@dataclass(frozen=True, slots=True)
class Hub:
    """A value that too many share to tie anybody: told, and left out of every link."""

    kind: LinkKind
    value: int
    users: int


@dataclass(frozen=True, slots=True)
class Groups:
    """Linked groups. `group` (N,) is numbered by the first member's place, -1 for who is in none.

    Within a group everybody shares values of two kinds at least with others of it. `kinds` (N,) has a bit for each
    kind so shared; `known_s` (N,) is when the second kind came to be shared, NEVER_S outside of groups.
    """

    group: Ints
    kinds: npt.NDArray[np.uint8]
    known_s: Ints
    hubs: tuple[Hub, ...]
    not_identifying: tuple[LinkKind, ...]

    @property
    def count(self) -> int:
        """How many groups."""
        return int(self.group.max(initial=-1)) + 1

    def sizes(self) -> Ints:
        """Members of each group."""
        return np.bincount(self.group[self.group >= 0], minlength=self.count)


@dataclass(frozen=True, slots=True)
class People:
    """What each user did before the decision, all (N,). Counts and fen are at least 0.

    `registered_s` is NEVER_S where it is unknown; `days_seen`: days of the files since then, 1 at least.
    `own_fen`: money of their own, top-ups included, less refunds. `bonus_orders`: orders that bonus paid a part of.
    `sent_fen`: balance passed on to others. `marked`: the shop has marked the account as abusive. `upline`: the
    place of who brought them in, -1 for nobody (known).
    """

    registered_s: Ints
    days_seen: Ints
    rewards: Ints
    reward_fen: Ints
    own_fen: Ints
    orders: Ints
    bonus_orders: Ints
    cash_like_orders: Ints
    sent_fen: Ints
    marked: Flags
    upline: Ints

    @property
    def users(self) -> int:
        """N."""
        return len(self.registered_s)


Habit = Literal["takes_more", "reward_pace", "bonus_orders", "cash_like"]
"""What a user does: lives on rewards, gets them at a pace, orders with bonus only, buys what is as good as money."""
HABITS: tuple[Habit, ...] = get_args(Habit)
SignalCode = Literal["burst_registered", "one_recipient", "self_referral", "marked_member"]
SIGNALS: tuple[SignalCode, ...] = get_args(SignalCode)
Level = Literal["none", "linked", "watch", "high"]
"""`linked`: one unit for newcomer rewards, nothing else. `watch`: rewards wait longer. `high`: no offers until somebody
has looked."""
LEVELS: tuple[Level, ...] = get_args(Level)


@dataclass(frozen=True, slots=True)
class Threshold:
    """How high a group must score to be left out, and why there.

    `state`: `chosen`; `none_stands_out`: no height keeps the expected share of innocent groups within
    `false_share_max`; `too_few_beside`: too few groups to compare with. In the last two nothing is left out.
    """

    state: Literal["chosen", "none_stands_out", "too_few_beside"]
    score: float | None
    false_share_max: float
    false_share_est: float | None
    groups_at_or_above: int
    beside: int
    """Groups that share an address and nothing else: what innocents who live together score."""
    beside_at_or_above: int


@dataclass(frozen=True, slots=True)
class Risk:
    """Everything told of a moment. Arrays are by group (G,), by dense block (B,) or by user (N,)."""

    as_of_s: int
    groups: Groups
    habits: Floats
    """(G,): -log10 of the chance that as many strangers have such habits; NaN where it cannot be told."""
    steps: Ints
    """(G,): what of the structure counts."""
    score: Floats
    """(G,): NaN for couples, and where habits cannot be told."""
    evidence: Floats
    """(G, SIGNALS): told beside the score."""
    threshold: Threshold
    level: npt.NDArray[np.uint8]
    """(G,): a position in LEVELS."""
    given_fen: Ints
    """(G,): rewards given to the members so far."""
    block: Ints
    """(N,): dense block of each user outside of groups, -1 for none."""
    density_est: Floats
    """(B,)"""
    block_habits: Floats
    """(B,)"""
    user_level: npt.NDArray[np.uint8]
    """(N,): a position in LEVELS."""
    oddity: Floats
    """(N,): of the user's own habits; never acted on."""

    @property
    def excluded(self) -> Flags:
        """Who is left out of offers until somebody has looked (N,)."""
        return np.asarray(self.user_level == LEVELS.index("high"))

    def groups_of(self, level: Level) -> Ints:
        """The groups of a level, the highest score first."""
        found = np.flatnonzero(self.level == LEVELS.index(level))
        return found[np.argsort(-np.nan_to_num(self.score[found], nan=-1.0), kind="stable")]
