"""Chance without chance: draws that are hashes of the user, so that a replay draws the same.

A draw is a hash of (purpose, seed, period, user id). Purposes are drawn apart: who is held out says nothing about who
explores. Ids may come as 64-bit keys of the engine; whatever their quality, splitmix64 (Steele, Lea and Flood 2014)
mixes them with the salt of the draw. All of it is vectorised and needs no state.
"""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]
_IDS_AT_ONCE = 1 << 16
"""So many ids lie in memory as code points at a time, for one long id widens all of them."""
_FNV_START, _FNV_PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
_FRACTION = 2.0**-53


def user_keys(ids: Sequence[str]) -> Keys:
    """64-bit hashes of user ids, the same on every machine and engine: FNV-1a over code points, then mixed."""
    keys = np.empty(len(ids), np.uint64)
    for start in range(0, len(ids), _IDS_AT_ONCE):
        texts = np.asarray(ids[start : start + _IDS_AT_ONCE], dtype=np.str_)
        if texts.dtype.itemsize == 0:
            keys[start : start + len(texts)] = _FNV_START
            continue
        points = np.ascontiguousarray(texts).view(np.uint32).reshape(len(texts), -1)
        hashed = np.full(len(texts), _FNV_START)
        for column in points.T:
            hashed = np.where(column > 0, (hashed ^ column.astype(np.uint64)) * _FNV_PRIME, hashed)
        keys[start : start + len(texts)] = hashed
    return splitmix64(keys)


def splitmix64(numbers: Keys) -> Keys:
    """Each number mixed into another, one to one, so that neighbours end far apart."""
    mixed = numbers + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def draws(keys: Keys, purpose: str, *, seed: int, period: str = "") -> Keys:
    """One draw a user, even over all 64-bit numbers; `period` is left out of draws that last."""
    salt = blake2b(f"{purpose}|{seed}|{period}".encode(), digest_size=8).digest()
    return splitmix64(splitmix64(keys) ^ np.uint64(int.from_bytes(salt, "little")))


def fractions(drawn: Keys) -> npt.NDArray[np.float64]:
    """The draws as numbers from 0 up to, not including, 1."""
    return (drawn >> np.uint64(11)).astype(np.float64) * _FRACTION


def below(drawn: Keys, share: float) -> Flags:
    """Whom a draw puts into the first `share` of all."""
    return fractions(drawn) < share


def picked(drawn: Keys, weights: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """Which row of `weights` (rows, N) each draw falls on, in proportion to its user's weights; -1 where all are 0."""
    sums = np.cumsum(weights, axis=0)
    total = sums[-1]
    rows = (sums <= fractions(drawn) * total).sum(axis=0)
    # A rounded product may reach the last sum: then the last row that has any weight.
    last = len(weights) - 1 - np.argmax(weights[::-1] > 0, axis=0)
    return np.where(total > 0, np.minimum(rows, last), -1)
