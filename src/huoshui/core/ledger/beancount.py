"""The books as a beancount file, for a check from outside: each op a transaction, units as commodities of their own.

A party's balance is what others hold of us or we of them; in beancount it stands with the opposite sign, so that what
users hold is a liability (below 0) and what was paid in an asset (above 0).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from huoshui.core.ledger.period import Amounts
from huoshui.core.ledger.values import DataKind, Kind

UNITS = ("PRINCIPAL", "BONUS", "DEBT")
ROOTS = {
    "outside": "Assets:Outside",
    "sales": "Income:Sales",
    "source": "Equity:Source",
    "pot": "Equity:Pot",
    "campaign": "Equity:Campaign",
    "reserved": "Liabilities:Reserved",
    "breakage": "Income:Breakage",
    "debt": "Assets:Debt",
    "agent": "Liabilities:Agent",
    "fee": "Expenses:Fee",
    "reserve": "Equity:Reserve",
    "legacy": "Equity:Legacy",
}
WALLETS = "Liabilities:Wallet"
BEFORE = "Equity:Before"


@dataclass(frozen=True, slots=True)
class Transaction:
    """One op: what moved from one party to another, both by their names in the file."""

    on: date
    op_id: str
    kind: int
    debit: str
    credit: str
    moved: Amounts
    late: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What a party holds at the end, taken from elsewhere than the ops."""

    party: str
    balance: Amounts


def account_party(kind: str, account_id: str) -> str:
    """The name of an account of the platform."""
    return f"{ROOTS[kind]}:A-{account_id}"


def wallet_party(user_id: str) -> str:
    """The name of a user's wallet."""
    return f"{WALLETS}:U-{user_id}"


def beancount_lines(
    *,
    title: str,
    data: DataKind | None,
    opens_on: date,
    ends_on: date,
    opening: Iterable[Standing],
    transactions: Iterable[Transaction],
    closing: Iterable[Standing],
) -> Iterator[str]:
    """The file, line by line. `ends_on`: the first day after; all `transactions` lie before it, at or after `opens_on`.

    Balances are asserted with tolerance 0, for beancount's own would let a fen pass. Parties are opened where they
    appear first: the order of lines means nothing to beancount, only their dates. Simulated data says so in the title
    and on each transaction.
    """
    seen: set[str] = set()
    simulated = data == "simulated"
    yield f'option "title" "{"模拟数据 SIMULATED DATA · " if simulated else ""}{title}"'
    mark = " #simulated" if simulated else ""
    yield f"{opens_on} open {BEFORE}"
    for one in opening:
        yield from _opened(one.party, opens_on, seen)
        yield from _transaction(
            opens_on, f'"opening"{mark}', [(one.party, one.balance, -1), (BEFORE, one.balance, 1)]
        )
    for op in transactions:
        for party in (op.debit, op.credit):
            yield from _opened(party, opens_on, seen)
        tag = f'"{Kind(op.kind).name.lower()}"{" #late" if op.late else ""}{mark} ^{op.op_id}'
        yield from _transaction(op.on, tag, [(op.debit, op.moved, 1), (op.credit, op.moved, -1)])
    for one in closing:
        yield from _opened(one.party, opens_on, seen)
        for unit, fen in zip(UNITS, one.balance, strict=True):
            yield f"{ends_on} balance {one.party}  {yuan(-fen)} ~ 0 {unit}"


def _opened(party: str, on: date, seen: set[str]) -> Iterator[str]:
    if party not in seen:
        seen.add(party)
        yield f"{on} open {party}"


def _transaction(on: date, head: str, legs: list[tuple[str, Amounts, int]]) -> Iterator[str]:
    if not any(any(amounts) for _, amounts, _ in legs):
        return
    yield f"{on} * {head}"
    for party, amounts, sign in legs:
        for unit, fen in zip(UNITS, amounts, strict=True):
            if fen:
                yield f"  {party}  {yuan(sign * fen)} {unit}"


def yuan(fen: int) -> str:
    """An exact amount, as beancount reads it."""
    sign = "-" if fen < 0 else ""
    whole, part = divmod(abs(fen), 100)
    return f"{sign}{whole}.{part:02d}"
