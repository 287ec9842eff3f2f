"""The three-way check: what the shop says was paid, what the ledger booked, what the channel's bill shows.

Three lists of payments, each with the same key (the shop's number of the payment). A payment is in order when the three
name the same amount; else the odd one out tells the likely cause.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

Side = Literal["shop", "ledger", "bill"]
SIDES: tuple[Side, ...] = ("shop", "ledger", "bill")
Cause = Literal[
    "not_booked", "booked_alone", "not_settled", "paid_unnoticed", "amount_ledger", "amount_bill", "amount_shop",
    "amounts_differ",
]  # fmt: skip
EXAMPLES_MAX = 200


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment as one side has it; fen above 0."""

    key: str
    fen: int


@dataclass(frozen=True, slots=True)
class Unequal:
    """One payment on which the sides disagree; None: the side does not know it, or is not there at all."""

    key: str
    shop_fen: int | None
    ledger_fen: int | None
    bill_fen: int | None
    cause: Cause

    @property
    def fen(self) -> int:
        """By how much the furthest apart of the sides that there are differ; a side that lacks it counts 0."""
        told = [fen or 0 for fen in (self.shop_fen, self.ledger_fen, self.bill_fen)]
        return max(told) - min(told)


class CauseSum(NamedTuple):
    """All payments that are off for one likely cause."""

    cause: Cause
    payments: int
    fen: int


@dataclass(frozen=True, slots=True)
class ThreeWay:
    """Sums of each side (None: it was not given), the payments in order, and those that are not, largest first."""

    sums: dict[Side, int | None]
    counts: dict[Side, int]
    agreed: int
    unequal: tuple[Unequal, ...]
    causes: tuple[CauseSum, ...]


def three_way(
    shop: Iterable[Payment] | None, ledger: Iterable[Payment], bill: Iterable[Payment] | None
) -> ThreeWay:
    """Compare payment by payment. A key given twice on one side counts with the sum of both."""
    sides = (_by_key(shop), _by_key(ledger), _by_key(bill))
    present = [side is not None for side in sides]
    told = [side if side is not None else {} for side in sides]
    found = []
    agreed = 0
    for key in sorted(set().union(*told)):
        fens = (told[0].get(key), told[1].get(key), told[2].get(key))
        asked = [fen for fen, there in zip(fens, present, strict=True) if there]
        if all(fen == asked[0] for fen in asked):
            agreed += 1
        else:
            found.append(Unequal(key, *fens, _cause(fens, present)))
    found.sort(key=lambda one: (-one.fen, one.key))
    return ThreeWay(
        sums={
            name: sum(side.values()) if side is not None else None
            for name, side in zip(SIDES, sides, strict=True)
        },
        counts={name: len(side) for name, side in zip(SIDES, told, strict=True)},
        agreed=agreed,
        unequal=tuple(found[:EXAMPLES_MAX]),
        causes=_causes(found),
    )


def _causes(found: list[Unequal]) -> tuple[CauseSum, ...]:
    """What is off by its likely cause, most money first."""
    sums: dict[Cause, tuple[int, int]] = {}
    for one in found:
        payments, fen = sums.get(one.cause, (0, 0))
        sums[one.cause] = (payments + 1, fen + one.fen)
    return tuple(
        sorted((CauseSum(cause, *sums[cause]) for cause in sums), key=lambda one: (-one.fen, one.cause))
    )


def _by_key(side: Iterable[Payment] | None) -> dict[str, int] | None:
    if side is None:
        return None
    sums: dict[str, int] = {}
    for payment in side:
        sums[payment.key] = sums.get(payment.key, 0) + payment.fen
    return sums


def _cause(fens: tuple[int | None, ...], present: list[bool]) -> Cause:
    """The likely cause: the side that stands alone names it."""
    shop, ledger, bill = fens
    if present[0] and shop is None:
        return "paid_unnoticed" if ledger is None else "booked_alone"
    if ledger is None:
        return "not_booked" if present[0] else "paid_unnoticed"
    if present[2] and bill is None:
        return "not_settled"
    if shop == bill or (not present[2] and shop != ledger):
        return "amount_ledger"
    if shop == ledger or not present[0]:
        return "amount_bill"
    return "amount_shop" if ledger == bill else "amounts_differ"
