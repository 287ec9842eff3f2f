"""Rings of accounts that farm bonus, and the innocents who look like them: families and dorms."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from huoshui.sim.arrays import DAY_S, Flags, Ints

_APART: Final = 15
"""Newcomers between the first members of two rings, so that rings never overlap."""


@dataclass(frozen=True, slots=True)
class Rings:
    """Groups of accounts of one hand. The first of each is its head; `marked` is what the shop knows."""

    members: tuple[Ints, ...]
    marked: Flags
    found_s: Ints
    """When the shop marked a marked ring."""

    @property
    def everyone(self) -> Ints:
        """Persons of all rings."""
        return np.concatenate([np.zeros(0, dtype=np.int64), *self.members])

    def ring_of(self, count: int) -> Ints:
        """Ring of each of `count` persons, -1 without."""
        ring = np.full(count, -1, dtype=np.int64)
        for number, members in enumerate(self.members):
            ring[members] = number
        return ring

    def marked_of(self, count: int) -> Flags:
        """Whether the shop has marked each of `count` persons."""
        ring = self.ring_of(count)
        return np.where(ring >= 0, self.marked[ring.clip(0)], False)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What a shop sees of each person's device, address and contact, as numbers: equal numbers are shared."""

    device: Ints
    address: Ints
    contact: Ints


def draw_rings(rng: np.random.Generator, registered_s: Ints, fresh: Flags, days: int) -> Rings:
    """20 to 40 rings of 4 to 14 accounts among those who register during the files, fewer on a tiny platform.

    `registered_s` is sorted over users, so neighbours in position registered at about the same time.
    """
    newcomers = np.flatnonzero(fresh & (registered_s[: len(fresh)] < 0.85 * days * DAY_S))
    places = max(1, len(newcomers) // _APART)
    wanted = min(places, int(np.clip(len(newcomers) // 40, 2, rng.integers(20, 41))))
    starts = np.sort(rng.choice(places, wanted, replace=False)) * _APART
    members = tuple(newcomers[start : start + rng.integers(4, 15)] for start in starts)
    members = tuple(group for group in members if len(group) >= 4)
    marked = rng.random(len(members)) < 0.55
    marked[:1] = True
    first = np.array([registered_s[group[0]] for group in members], dtype=np.int64)
    found = first + rng.integers(12, 35, len(members)) * DAY_S
    return Rings(members, marked, found)


def draw_neighbours(rng: np.random.Generator, count: int, rings: Rings) -> Neighbours:
    """Everyone has their own; rings share all three, families address and at times device, dorms address."""
    device, address, contact = (np.arange(count, dtype=np.int64) for _ in range(3))
    ring = rings.ring_of(count)
    honest = rng.permutation(np.flatnonzero(ring < 0))
    taken = 0
    for size_low, size_high, share, share_device in ((2, 5, 0.08, 0.4), (8, 31, 0.03, 0.0)):
        until = taken + int(share * count)
        while taken < until:
            group = honest[taken : taken + int(rng.integers(size_low, size_high))]
            address[group] = group[0]
            if rng.random() < share_device:
                device[group] = group[0]
            taken += len(group)
    for members in rings.members:
        device[members] = members[rng.integers(0, max(1, len(members) // 4), len(members))]
        address[members] = members[rng.integers(0, max(1, len(members) // 3), len(members))]
        contact[members] = np.where(rng.random(len(members)) < 0.3, members[0], members)
    return Neighbours(device, address, contact)
