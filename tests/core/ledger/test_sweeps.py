"""Sweeps on arrays alone: what time has ended ends once, however often and by however many it is swept."""

from typing import NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from huoshui.core.ledger import (
    PLATFORM_KINDS,
    Account,
    Batch,
    Books,
    Code,
    Decision,
    Held,
    Kind,
    Lot,
    Posting,
    State,
    Wallet,
    decide,
)
from huoshui.core.ledger.values import NO_FLOOR, Ints

NOW = 1_000
WALLETS = 2
PLATFORM = len(PLATFORM_KINDS)
CAMPAIGN, RESERVED = PLATFORM, PLATFORM_KINDS.index("reserved")
times = st.sampled_from([NOW - 1, NOW, NOW + 1])
fens = st.integers(0, 9)


class Hold(NamedTuple):
    """A hold or a reservation to be made."""

    wallet: int
    principal: int
    parts: list[int]
    open: bool
    ends: int


holds = st.builds(
    Hold, st.integers(0, WALLETS - 1), fens, st.lists(fens, min_size=2, max_size=2), st.booleans(), times
)


@st.composite
def some_books(draw: st.DrawFn) -> Books:
    """Two wallets of two lots each, on which open holds hold something; each hold is a reservation as well."""
    made = draw(st.lists(holds, max_size=4))
    lots = np.zeros((2 * WALLETS, len(Lot)), np.int64)
    lots[:, Lot.WALLET] = np.arange(2 * WALLETS) // 2
    lots[:, Lot.CAMPAIGN] = CAMPAIGN
    lots[:, Lot.EXPIRES] = draw(st.lists(times, min_size=2 * WALLETS, max_size=2 * WALLETS))
    wallets = np.zeros((WALLETS, len(Wallet)), np.int64)
    held = np.zeros((len(made), len(Held)), np.int64)
    parts = []
    for at, hold in enumerate(made):
        row = (
            hold.wallet,
            hold.principal,
            sum(hold.parts),
            State.OPEN if hold.open else State.USED,
            hold.ends,
        )
        held[at] = (*row, CAMPAIGN, NOW + 9, 1)
        parts += [(2 * hold.wallet + lot, fen) for lot, fen in enumerate(hold.parts)]
        if hold.open:
            lots[2 * hold.wallet : 2 * hold.wallet + 2, Lot.HELD] += hold.parts
            wallets[hold.wallet, [Wallet.PRINCIPAL_HELD, Wallet.BONUS_HELD]] += (
                hold.principal,
                sum(hold.parts),
            )
    free = draw(st.lists(fens, min_size=2 * WALLETS, max_size=2 * WALLETS))
    lots[:, Lot.REMAINING] = lots[:, Lot.HELD] + free
    wallets[:, Wallet.PRINCIPAL] = wallets[:, Wallet.PRINCIPAL_HELD]
    np.add.at(wallets[:, Wallet.BONUS], lots[:, Lot.WALLET], lots[:, Lot.REMAINING])
    accounts = np.zeros((PLATFORM + 1, len(Account)), np.int64)
    accounts[:PLATFORM, Account.FLOOR] = NO_FLOOR
    accounts[RESERVED] = (0, sum(sum(hold.parts) for hold in made if hold.open), 0, 0)
    return Books(
        wallets=wallets,
        accounts=accounts,
        platform=np.arange(PLATFORM),
        lots=lots,
        lot_begin=np.arange(0, 2 * WALLETS + 1, 2),
        held=held,
        part_begin=np.arange(0, 2 * len(made) + 1, 2),
        parts=np.array(parts, np.int64).reshape(len(parts), 2),
    )


def swept(books: Books, kind: Kind, rows: int, *, gives_back: bool = True) -> tuple[Decision, Books]:
    """Everything of a kind swept twice in one batch, as two sweepers would who saw the same."""
    twice = np.tile(np.arange(rows), 2)
    none, zero = np.full(len(twice), -1), np.zeros(len(twice), np.int64)
    terms = np.zeros((len(twice), 4), np.int64)
    terms[:, 0] = gives_back
    return decide(Batch(int(kind), NOW, zero, none, none, none, twice, terms, zero), books)


def total_bonus(books: Books) -> int:
    return int(books.wallets[:, Wallet.BONUS].sum() + books.accounts[:, Account.BONUS].sum())


def swept_again_nothing_is_left(books: Books, kind: Kind, rows: int) -> bool:
    decision, after = swept(books, kind, rows)
    same = all((a == b).all() for a, b in zip(books, after, strict=True))
    return (
        same
        and not len(decision.postings)
        and not len(decision.draws)
        and bool((decision.code != Code.OK).all())
    )


@given(some_books(), st.booleans())
def test_a_lot_that_ran_out_goes_once_and_what_is_held_of_it_stays(books: Books, gives_back: bool) -> None:
    decision, after = swept(books, Kind.EXPIRE, len(books.lots), gives_back=gives_back)
    free = books.lots[:, Lot.REMAINING] - books.lots[:, Lot.HELD]
    gone: Ints = np.where(books.lots[:, Lot.EXPIRES] <= NOW, free, 0)
    assert (after.lots[:, Lot.REMAINING] == books.lots[:, Lot.REMAINING] - gone).all()
    expiries = decision.postings[decision.postings[:, Posting.KIND] == Kind.EXPIRE]
    assert len(expiries) == np.count_nonzero(gone)
    assert (expiries[:, Posting.BONUS] > 0).all()
    to = CAMPAIGN if gives_back else PLATFORM_KINDS.index("breakage")
    assert after.accounts[to, Account.BONUS] == gone.sum()
    assert total_bonus(after) == total_bonus(books)
    assert swept_again_nothing_is_left(after, Kind.EXPIRE, len(books.lots))


@given(some_books())
def test_a_hold_past_its_limit_ends_once_and_frees_what_it_held(books: Books) -> None:
    decision, after = swept(books, Kind.HOLD_TIMEOUT, len(books.held))
    due = (books.held[:, Held.STATE] == State.OPEN) & (books.held[:, Held.ENDS] <= NOW)
    assert (after.held[:, Held.STATE] == np.where(due, State.TIMED_OUT, books.held[:, Held.STATE])).all()
    assert len(decision.postings) == np.count_nonzero(due)
    still = after.held[after.held[:, Held.STATE] == State.OPEN]
    for wallet in range(WALLETS):
        mine = still[still[:, Held.WALLET] == wallet]
        row = after.wallets[wallet]
        assert row[Wallet.PRINCIPAL_HELD] == mine[:, Held.PRINCIPAL].sum()
        assert row[Wallet.BONUS_HELD] == mine[:, Held.BONUS].sum()
        assert after.lots[2 * wallet : 2 * wallet + 2, Lot.HELD].sum() == row[Wallet.BONUS_HELD]
    assert (after.lots[:, Lot.REMAINING] == books.lots[:, Lot.REMAINING]).all()
    assert swept_again_nothing_is_left(after, Kind.HOLD_TIMEOUT, len(books.held))


@given(some_books())
def test_a_reservation_past_its_limit_goes_back_once(books: Books) -> None:
    decision, after = swept(books, Kind.RESERVE_TIMEOUT, len(books.held))
    due = (books.held[:, Held.STATE] == State.OPEN) & (books.held[:, Held.ENDS] <= NOW)
    back = books.held[due, Held.BONUS].sum()
    assert len(decision.postings) == np.count_nonzero(due)
    assert after.accounts[CAMPAIGN, Account.BONUS] == back
    assert after.accounts[RESERVED, Account.BONUS] == books.accounts[RESERVED, Account.BONUS] - back
    assert swept_again_nothing_is_left(after, Kind.RESERVE_TIMEOUT, len(books.held))
