"""The decisions on arrays alone: conservation, no overdraft, a batch as its items one by one, no trace of a refusal."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huoshui.core.ledger import (
    PLATFORM_KINDS,
    Account,
    Batch,
    Books,
    Code,
    Kind,
    Lot,
    Posting,
    Wallet,
    decide,
    derived_id,
    milliseconds_of,
)
from huoshui.core.ledger.values import BALANCE_MAX, NO_FLOOR, Ints

NOW = 1_000
WALLETS, CAMPAIGNS = 3, 2
PLATFORM = len(PLATFORM_KINDS)
ONE_BY_ONE = (Kind.TRANSFER, Kind.GRANT, Kind.TOP_UP, Kind.WITHDRAW, Kind.SPEND)
numbers = st.integers(0, 60)


@st.composite
def some_books(draw: st.DrawFn) -> Books:
    """Wallets whose bonus is what their lots hold, and two campaigns with a floor of 0."""
    rows = []
    for wallet in range(WALLETS):
        for _ in range(draw(st.integers(0, 4))):
            remaining = draw(numbers)
            held = draw(st.integers(0, remaining))
            begins, ends = draw(st.sampled_from([(0, NOW + 9), (NOW, NOW + 1), (NOW + 1, NOW + 9), (0, NOW)]))
            restriction = draw(st.sampled_from([0, 0, 5]))
            rows.append((wallet, remaining, held, begins, ends, restriction, PLATFORM, 0))
    lots = np.array(rows, np.int64).reshape(len(rows), len(Lot))
    wallets = np.zeros((WALLETS, len(Wallet)), np.int64)
    wallets[:, Wallet.PRINCIPAL] = draw(st.lists(numbers, min_size=WALLETS, max_size=WALLETS))
    wallets[:, Wallet.DEBT] = draw(st.lists(st.sampled_from([0, 0, 25]), min_size=WALLETS, max_size=WALLETS))
    np.add.at(wallets[:, Wallet.BONUS], lots[:, Lot.WALLET], lots[:, Lot.REMAINING])
    np.add.at(wallets[:, Wallet.BONUS_HELD], lots[:, Lot.WALLET], lots[:, Lot.HELD])
    accounts = np.zeros((PLATFORM + CAMPAIGNS, len(Account)), np.int64)
    accounts[:PLATFORM, Account.FLOOR] = NO_FLOOR
    accounts[PLATFORM:, Account.BONUS] = draw(st.lists(numbers, min_size=CAMPAIGNS, max_size=CAMPAIGNS))
    return Books(
        wallets=wallets,
        accounts=accounts,
        platform=np.arange(PLATFORM),
        lots=lots,
        lot_begin=np.searchsorted(lots[:, Lot.WALLET], np.arange(WALLETS + 1)),
        held=np.zeros((0, 8), np.int64),
        part_begin=np.zeros(1, np.int64),
        parts=np.zeros((0, 2), np.int64),
    )


@st.composite
def some_batch(draw: st.DrawFn) -> Batch:
    """Items of one kind, now and then impossible ones."""
    kind = draw(st.sampled_from(ONE_BY_ONE))
    items = draw(st.lists(st.tuples(*[st.integers(0, 10**6)] * 5), min_size=1, max_size=12))
    seeds = np.array(items, np.int64)
    fen = np.where(seeds[:, 0] % 9 == 0, seeds[:, 0] % 3 - 1, seeds[:, 0] % 40)
    terms = np.zeros((len(items), 4), np.int64)
    if kind == Kind.SPEND:
        terms[:, 0], terms[:, 1] = (seeds[:, 3] % 2) * 5, seeds[:, 4] % 50
    elif kind == Kind.GRANT:
        terms[:, 0], terms[:, 1] = NOW, NOW + seeds[:, 3] % 4 - 1
    else:
        terms[:, 0] = 1
    account = PLATFORM + seeds[:, 2] % CAMPAIGNS
    return Batch(
        kind=int(kind),
        now=NOW,
        fen=fen,
        wallet=seeds[:, 1] % (WALLETS + 1) - (seeds[:, 1] % (WALLETS + 1) == WALLETS) * (WALLETS + 1),
        account=account,
        other=PLATFORM + (account - PLATFORM + seeds[:, 4] % 2) % CAMPAIGNS,
        row=np.full(len(items), -1),
        terms=terms,
        preset=np.zeros(len(items), np.int64),
    )


def totals(books: Books) -> tuple[int, int, int]:
    """Principal, bonus and debt of everybody."""
    wallets, accounts = books.wallets.sum(axis=0), books.accounts.sum(axis=0)
    columns = zip(
        (Wallet.PRINCIPAL, Wallet.BONUS, Wallet.DEBT),
        (Account.PRINCIPAL, Account.BONUS, Account.DEBT),
        strict=True,
    )
    principal, bonus, debt = (int(wallets[wallet] + accounts[account]) for wallet, account in columns)
    return principal, bonus, debt


def some_items(batch: Batch, begin: int, end: int) -> Batch:
    """Items that stand together as a batch of their own."""
    arrays = {
        name: value[begin:end] for name, value in batch._asdict().items() if isinstance(value, np.ndarray)
    }
    return batch._replace(**arrays)


@given(some_books(), some_batch())
def test_nothing_appears_nothing_is_lost_and_nobody_overdraws(books: Books, batch: Batch) -> None:
    decision, after = decide(batch, books)
    assert totals(after) == totals(books)
    assert (after.accounts[PLATFORM:, Account.BONUS] >= 0).all()
    assert (after.wallets >= 0).all()
    assert (after.wallets[:, Wallet.PRINCIPAL] >= after.wallets[:, Wallet.PRINCIPAL_HELD]).all()
    assert (after.lots[:, Lot.REMAINING] >= after.lots[:, Lot.HELD]).all()
    in_lots = np.zeros(WALLETS, np.int64)
    np.add.at(in_lots, after.lots[:, Lot.WALLET], after.lots[:, Lot.REMAINING])
    for posting, remaining, _ in decision.new_lots:
        in_lots[-1 - decision.postings[posting, Posting.CREDIT]] += remaining
    assert (in_lots == after.wallets[:, Wallet.BONUS]).all()


@given(some_books(), some_batch())
def test_a_batch_is_its_items_one_by_one(books: Books, batch: Batch) -> None:
    whole, after = decide(batch, books)
    codes, postings, draws = [], [], []
    now = books
    for at in range(len(batch.fen)):
        one, now = decide(some_items(batch, at, at + 1), now)
        codes += one.code.tolist()
        postings += one.postings[:, Posting.STEP :].tolist()
        draws += [(lot, fen) for _, lot, fen in one.draws.tolist() if lot >= 0]
    assert whole.code.tolist() == codes
    assert whole.postings[:, Posting.STEP :].tolist() == postings
    assert [(lot, fen) for _, lot, fen in whole.draws.tolist() if lot >= 0] == draws
    assert all((a == b).all() for a, b in zip(after, now, strict=True))


@given(some_books(), some_batch())
def test_a_refusal_leaves_no_trace(books: Books, batch: Batch) -> None:
    before = books.copied()
    refused = batch._replace(preset=np.full(len(batch.fen), Code.NEEDS_APPROVAL))
    decision, after = decide(refused, books)
    assert (decision.code == Code.NEEDS_APPROVAL).all()
    assert len(decision.postings) == len(batch.fen)
    assert not decision.postings[:, Posting.PRINCIPAL : Posting.DEBT + 1].any()
    assert all((a == b).all() for a, b in zip(before, after, strict=True))
    assert all((a == b).all() for a, b in zip(before, books, strict=True))


@settings(max_examples=60)
@given(some_books(), some_batch(), st.data())
def test_a_group_is_as_if_it_were_one_item(books: Books, batch: Batch, data: st.DataObject) -> None:
    """With a failing group left out altogether, everybody else is answered the same."""
    items = len(batch.fen)
    groups: Ints = np.array(data.draw(st.lists(st.integers(0, 2), min_size=items, max_size=items)), np.int64)
    decision, after = decide(batch, books, groups=groups)
    refused = decision.code != Code.OK
    failed = np.isin(groups, groups[refused & (groups > 0)]) & (groups > 0)
    assert refused[failed].all()
    kept = np.flatnonzero(~failed)
    left = batch._replace(
        **{name: value[kept] for name, value in batch._asdict().items() if isinstance(value, np.ndarray)}
    )
    alone, without = decide(left, books)
    assert alone.code.tolist() == decision.code[kept].tolist()
    assert all((a == b).all() for a, b in zip(after, without, strict=True))


@settings(max_examples=60)
@given(some_books(), some_batch(), st.data())
def test_an_approval_covers_the_first_that_is_booked_with_it(
    books: Books, batch: Batch, data: st.DataObject
) -> None:
    """Item by item, group by group: who stands on a used approval is refused, whoever failed has not used it."""
    items = len(batch.fen)
    approvals = np.array(data.draw(st.lists(st.integers(0, 2), min_size=items, max_size=items)), np.int64)
    lengths = data.draw(st.lists(st.integers(1, 4), min_size=items, max_size=items))
    ends = np.minimum(np.cumsum([0, *lengths]), items)
    units = [(begin, end) for begin, end in itertools.pairwise(ends.tolist()) if begin < end]
    groups = np.zeros(items, np.int64)
    for number, (begin, end) in enumerate(units, start=1):
        groups[begin:end] = number if end > begin + 1 else 0
    whole, after = decide(batch, books, groups=groups, approvals=approvals)
    used: set[int] = set()
    now = books
    for begin, end in units:
        named = approvals[begin:end]
        again = [one in used or (one > 0 and one in named[:at]) for at, one in enumerate(named.tolist())]
        unit = some_items(batch, begin, end)
        one, then = decide(
            unit._replace(preset=np.where(again, Code.NEEDS_APPROVAL, 0)), now, groups=groups[begin:end]
        )
        booked = bool((one.code == Code.OK).all())
        assert booked == bool((whole.code[begin:end] == Code.OK).all())
        if end == begin + 1:
            assert one.code[0] == whole.code[begin]
        if booked:
            now, used = then, used | set(named.tolist()) - {0}
    assert all((a == b).all() for a, b in zip(after, now, strict=True))


def test_a_group_is_not_refused_for_want_of_what_another_took_without_approval() -> None:
    accounts = np.zeros((PLATFORM + 2, len(Account)), np.int64)
    accounts[PLATFORM, Account.BONUS] = 100
    none, one = np.zeros((0, 8), np.int64), np.ones(4, np.int64)
    empty, begin = np.zeros((0, len(Wallet)), np.int64), np.zeros(1, np.int64)
    books = Books(empty, accounts, np.arange(PLATFORM), none, begin, none, begin, none[:, :2].copy())
    fen, terms = np.array([60, 40, 20, 20]), np.tile([1, 0, 0, 0], (4, 1))
    batch = Batch(
        int(Kind.TRANSFER), NOW, fen, -one, PLATFORM * one, (PLATFORM + 1) * one, -one, terms, 0 * one
    )
    decision, _ = decide(batch, books, groups=np.array([0, 0, 1, 1]), approvals=np.array([1, 1, 0, 0]))
    assert decision.code.tolist() == [Code.OK, Code.NEEDS_APPROVAL, Code.OK, Code.OK]


@pytest.mark.parametrize("kind", [Kind.TOP_UP, Kind.GRANT, Kind.TRANSFER])
def test_a_balance_past_the_largest_is_refused(kind: Kind) -> None:
    wallets = np.zeros((1, len(Wallet)), np.int64)
    wallets[0, [Wallet.PRINCIPAL, Wallet.BONUS]] = BALANCE_MAX - 4
    accounts = np.zeros((PLATFORM + 2, len(Account)), np.int64)
    accounts[:, Account.FLOOR] = NO_FLOOR
    accounts[PLATFORM + 1, Account.BONUS] = BALANCE_MAX - 4
    accounts[PLATFORM, Account.BONUS] = 100
    none, one = np.zeros((0, 8), np.int64), np.zeros(1, np.int64)
    books = Books(
        wallets, accounts, np.arange(PLATFORM), none, np.zeros(2, np.int64), none, one, none[:, :2].copy()
    )
    terms = np.array([[1, NOW + 1, 0, 0]])
    for fen, code in ((4, Code.OK), (5, Code.TOO_LARGE)):
        batch = Batch(int(kind), NOW, one + fen, one, one + PLATFORM, one + PLATFORM + 1, one - 1, terms, one)
        assert decide(batch, books)[0].code.tolist() == [code]


def test_derived_ids_keep_the_time_and_stay_apart() -> None:
    parent = bytes.fromhex("01a205afb96c7f9fbb348d45b60eadff")
    children = [derived_id(parent, step) for step in range(1, 2000)]
    assert len(set(children)) == len(children)
    assert {milliseconds_of(child) for child in children} == {milliseconds_of(parent)}
    assert derived_id(parent, 1) == children[0]
    assert milliseconds_of(bytes(16)) is None
