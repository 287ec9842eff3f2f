"""The record of a plan: what it was made from, by hash, and what it decided. The same input decides the same again.

Hashes are over bytes in one order on every machine (little-endian), so that a record made elsewhere can be checked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt

from huoshui.core.allocate.values import Choices, Offers

DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class PlanRecord:
    """What must be kept of a plan to make the same decisions again, and to prove that they are the same.

    `offers_hash` is of all that was decided upon, `choice_hash` of what was decided; `prices` by rule, in value per
    unit of the rule; `versions` of what computed it.
    """

    period: str
    seed: int
    budget_fen: int
    edge_est: float
    offers_hash: str
    choice_hash: str
    prices: Mapping[str, float]
    versions: Mapping[str, str]


def offers_hash(offers: Offers) -> str:
    """One hash of options, values, costs, keys and segments; the order of the users counts."""
    digest = blake2b(digest_size=DIGEST_BYTES)
    for option in offers.options:
        digest.update(f"{option.campaign}|{option.amount_fen}\n".encode())
    digest.update("|".join(offers.segments).encode())
    for array in (offers.values_est, offers.costs, offers.keys):
        digest.update(_little_endian(array))
    if offers.segment is not None:
        digest.update(_little_endian(offers.segment))
    return digest.hexdigest()


def choice_hash(keys: npt.NDArray[np.uint64], choice: Choices) -> str:
    """One hash of who got what, whatever the order of the users."""
    order = np.argsort(keys, kind="stable")
    digest = blake2b(digest_size=DIGEST_BYTES)
    digest.update(_little_endian(keys[order]))
    digest.update(_little_endian(choice[order]))
    return digest.hexdigest()


def _little_endian(array: npt.NDArray[Any]) -> Any:
    """The bytes of `array`, row by row."""
    kind = array.dtype.newbyteorder("<")
    return np.ascontiguousarray(array, dtype=kind).reshape(-1).view(np.uint8)
