"""A platform made to be hard: rings that share only some signals, and innocents who share as much or behave alike.

Drawn once and left as it is: nothing in core/risk was fitted to the seeds that the figures are told from. Every ring
draws which signals its members share and how faithfully; a fifth hides behind the address of a dorm or an office, some
register slowly, some pay money of their own. Against them stand families with a tablet and a payer in common, dorms of
8 to 60, offices behind one address, strangers at one café's computers, phones handed on, carriers that put strangers
behind one address, and bargain hunters who do what rings do, alone, in families and in dorms.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from huoshui.core.risk import LINK_KINDS, Links, People

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
DAY_S, HOUR_S = 86_400, 3_600
DAYS = 120
"""Days of the files; the older half of the users was there before."""
START_S = 1_780_000_000
RING_USERS = 0.025
HUNTERS = 0.10


@dataclass(frozen=True, slots=True)
class Planted:
    """A platform with its truth: `ring` (N,) is the ring of each user, -1 without; the rest are kinds of innocents."""

    links: Links
    people: People
    as_of_s: int
    ring: Ints
    kinds: dict[str, Flags]


@dataclass(slots=True)
class _Draft:
    """What is being drawn: values shared by kind, who is what, and when they registered."""

    rng: np.random.Generator
    users: int
    registered: Ints
    free: Ints
    rows: list[tuple[Ints, int, Ints]] = field(default_factory=list)
    ring: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    hunts: Flags = field(default_factory=lambda: np.zeros(0, np.bool_))
    kinds: dict[str, Flags] = field(default_factory=dict)
    senders: list[tuple[int, int]] = field(default_factory=list)
    next_value: int = 1_000_000_000

    def take(self, count: int) -> Ints:
        """So many people who are nothing yet."""
        taken, self.free = self.free[:count], self.free[count:]
        return taken

    def values(self, count: int) -> Ints:
        """So many values that nobody has yet."""
        self.next_value += count
        return np.arange(self.next_value - count, self.next_value)

    def share(self, kind: str, users: Ints, values: Ints) -> None:
        """Let each of `users` have one of `values` (as many)."""
        self.rows.append((users, LINK_KINDS.index(kind), values))  # type: ignore[arg-type]

    def mark(self, kind: str, users: Ints) -> None:
        self.kinds.setdefault(kind, np.zeros(self.users, np.bool_))[users] = True


def planted(seed: int, *, users: int = 20_000, rings: bool = True) -> Planted:
    """The platform of a seed; without `rings` the same innocents and nobody else."""
    rng = np.random.default_rng([seed, 77])
    registered = np.where(
        rng.random(users) < 0.5,
        START_S - rng.integers(0, 500 * DAY_S, users),
        START_S + (rng.random(users) * DAYS * DAY_S).astype(np.int64),
    ).astype(np.int64)
    draft = _Draft(rng, users, registered, rng.permutation(users))
    draft.ring = np.full(users, -1, np.int64)
    draft.hunts = rng.random(users) < HUNTERS
    every = np.arange(users)
    for kind in ("device", "contact", "payment", "address"):
        draft.share(kind, every, LINK_KINDS.index(kind) * users + every)  # type: ignore[arg-type]
    homes = _dorms(draft) + _offices(draft)
    _families(draft)
    _cafes(draft)
    _handed_on(draft)
    _carriers(draft)
    if rings:
        _rings(draft, homes)
    draft.mark("hunter", np.flatnonzero(draft.hunts & (draft.ring < 0)))
    return _written(draft)


def _groups(draft: _Draft, share: float, size: Callable[[], int]) -> Iterator[Ints]:
    left = int(share * draft.users)
    while left > 0:
        members = draft.take(size())
        left -= len(members)
        yield members


def _families(draft: _Draft) -> None:
    rng = draft.rng
    for members in _groups(
        draft, 0.15, lambda: int(rng.choice([2, 3, 4, 5, 6, 7], p=[0.3, 0.3, 0.2, 0.1, 0.06, 0.04]))
    ):
        draft.mark("family", members)
        draft.share("address", members, np.repeat(draft.values(1), len(members)))
        if rng.random() < 0.35:
            some = members[rng.random(len(members)) < 0.8]
            draft.share("device", some, np.repeat(draft.values(1), len(some)))
        if rng.random() < 0.30:
            some = members[rng.random(len(members)) < 0.8]
            draft.share("payment", some, np.repeat(draft.values(1), len(some)))
        if rng.random() < 0.15:
            draft.senders += [(int(m), int(members[0])) for m in members[1:] if rng.random() < 0.6]
        if rng.random() < 0.3:
            draft.registered[members] = draft.registered[members[0]] + rng.integers(0, DAY_S, len(members))
        draft.hunts[members] = rng.random(len(members)) < (0.8 if rng.random() < 0.1 else 0.06)


def _dorms(draft: _Draft) -> list[int]:
    rng = draft.rng
    addresses = []
    for members in _groups(draft, 0.06, lambda: int(rng.integers(8, 61))):
        draft.mark("dorm", members)
        address = draft.values(1)
        addresses.append(int(address[0]))
        draft.share("address", members, np.repeat(address, len(members)))
        pairs = members[: len(members) // 2 * 2].reshape(-1, 2)
        for one, other in pairs[rng.random(len(pairs)) < 0.15].tolist():
            draft.share("device", np.array([one, other]), np.repeat(draft.values(1), 2))
        draft.senders += [(int(a), int(b)) for a, b in pairs[rng.random(len(pairs)) < 0.1]]
        if rng.random() < 0.3:
            draft.registered[members] = draft.registered[members[0]] + rng.integers(
                0, 7 * DAY_S, len(members)
            )
        draft.hunts[members] = rng.random(len(members)) < 0.15
    return addresses


def _offices(draft: _Draft) -> list[int]:
    rng = draft.rng
    addresses = []
    for members in _groups(draft, 0.06, lambda: int(rng.integers(20, 300))):
        draft.mark("office", members)
        address = draft.values(1)
        addresses.append(int(address[0]))
        draft.share("address", members, np.repeat(address, len(members)))
    return addresses


def _cafes(draft: _Draft) -> None:
    """Strangers at the same computers behind the same address: two signals shared, and nothing else."""
    rng = draft.rng
    for members in _groups(draft, 0.01, lambda: int(rng.integers(3, 21))):
        draft.mark("cafe", members)
        draft.share("address", members, np.repeat(draft.values(1), len(members)))
        machines = draft.values(max(1, len(members) // 4))
        draft.share("device", members, rng.choice(machines, len(members)))


def _handed_on(draft: _Draft) -> None:
    everyone = draft.rng.permutation(draft.users)[: draft.users // 50 * 2].reshape(-1, 2)
    devices = draft.values(len(everyone))
    draft.share("device", everyone[:, 0], devices)
    draft.share("device", everyone[:, 1], devices)
    unknown = draft.rng.permutation(draft.users)[: draft.users // 100]
    draft.share("device", unknown, np.repeat(draft.values(1), len(unknown)))


def _carriers(draft: _Draft) -> None:
    strangers = draft.rng.permutation(draft.users)[: draft.users // 30]
    draft.share(
        "address", strangers, draft.rng.choice(draft.values(max(1, len(strangers) // 3)), len(strangers))
    )


def _rings(draft: _Draft, homes: list[int]) -> None:
    rng = draft.rng
    sizes = lambda: int(np.clip(np.rint(rng.lognormal(2.1, 0.5)), 4, 30))  # noqa: E731
    for number, members in enumerate(_groups(draft, RING_USERS, sizes)):
        draft.ring[members] = number
        on = {
            kind: rng.random() < p
            for kind, p in (
                ("device", 0.75),
                ("address", 0.65),
                ("contact", 0.3),
                ("payment", 0.4),
                ("transfer", 0.5),
            )
        }
        if not any(on.values()):
            on["device"] = True
        faithful = rng.uniform(0.5, 1.0)
        for kind in ("device", "address", "contact", "payment"):
            if not on[kind]:
                continue
            some = members[rng.random(len(members)) < faithful]
            pool = draft.values(max(1, round(len(members) / rng.uniform(2, 6))))
            if kind == "address" and rng.random() < 0.2:
                pool = np.array([homes[int(rng.integers(len(homes)))]])
            draft.share(kind, some, rng.choice(pool, len(some)))
        if on["transfer"]:
            draft.senders += [(int(m), int(members[0])) for m in members[1:] if rng.random() < faithful]
        first = START_S + int(rng.integers(0, (DAYS - 15) * DAY_S))
        span = int(rng.choice([HOUR_S, 6 * HOUR_S, 3 * DAY_S, 40 * DAY_S], p=[0.25, 0.25, 0.2, 0.3]))
        end = START_S + DAYS * DAY_S
        draft.registered[members] = np.minimum(first + rng.integers(0, span, len(members)), end - 2 * DAY_S)
        draft.hunts[members] = rng.random(len(members)) < (0.6 if rng.random() < 0.3 else 0.95)


def _written(draft: _Draft) -> Planted:
    rng, users = draft.rng, draft.users
    end = START_S + DAYS * DAY_S
    days = np.maximum(1, (end - np.maximum(draft.registered, START_S)) / DAY_S)
    hunts = draft.hunts
    pace = np.where(hunts, rng.gamma(2, 0.02, users), rng.gamma(1, 0.03, users))
    own_orders = rng.poisson(np.where(hunts, 0.15, 1.0) * pace * days)
    price = rng.lognormal(8.3, 0.6, users)
    rewards = rng.poisson(np.where(hunts, 0.10, 0.012) * days) + (
        rng.random(users) < np.where(hunts, 0.95, 0.5)
    )
    reward_fen = (rewards * rng.uniform(200, 900, users)).astype(np.int64)
    bonus_orders = np.minimum(rng.poisson(0.5 * rewards), rewards)
    orders = own_orders + bonus_orders
    cash_orders = rng.binomial(orders, np.where(hunts, 0.5, 0.08))
    sent = np.zeros(users, np.int64)
    for sender, head in draft.senders:
        sent[sender] = int(reward_fen[sender] * rng.uniform(0.3, 0.9))
        draft.rows.append((np.array([sender, head]), LINK_KINDS.index("recipient"), np.array([head, head])))
    first = draft.registered
    user = np.concatenate([row[0] for row in draft.rows])
    kind = np.concatenate([np.full(len(row[0]), row[1]) for row in draft.rows]).astype(np.uint8)
    value = np.concatenate([row[2] for row in draft.rows]).astype(np.int64)
    seen = np.minimum(first[user] + rng.integers(0, 3 * DAY_S, len(user)), end - 1)
    people = People(
        registered_s=first,
        days_seen=np.ceil(days).astype(np.int64),
        rewards=rewards.astype(np.int64),
        reward_fen=reward_fen,
        own_fen=(own_orders * price).astype(np.int64),
        orders=orders.astype(np.int64),
        bonus_orders=bonus_orders.astype(np.int64),
        cash_like_orders=cash_orders.astype(np.int64),
        sent_fen=sent,
        marked=np.zeros(users, np.bool_),
        upline=np.full(users, -1, np.int64),
    )
    return Planted(
        Links(users, user.astype(np.int64), kind, value, seen), people, end, draft.ring, draft.kinds
    )
