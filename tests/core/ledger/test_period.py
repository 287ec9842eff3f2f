"""The close of a period against a plain fold over single ops, and everything that should not add up seen to be told."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huoshui.core.ledger.period import (
    LINES,
    USERS,
    ZERO,
    AccountNow,
    Amounts,
    Due,
    Flow,
    LotFlow,
    PeriodClose,
    PeriodFacts,
    Slot,
    close_period,
)
from huoshui.core.ledger.values import Kind

ACCOUNTS = {
    "out": "outside",
    "shop": "sales",
    "c1": "campaign",
    "c2": "campaign",
    "brk": "breakage",
    "a7": "agent",
}
WAYS: list[tuple[Kind, str, str, int]] = [
    (Kind.TOP_UP, "out", USERS, 0),
    (Kind.WITHDRAW, USERS, "out", 0),
    (Kind.GRANT, "c1", USERS, 1),
    (Kind.ACTIVATE, "c2", USERS, 1),
    (Kind.SPEND, USERS, "shop", 0),
    (Kind.CAPTURE, USERS, "shop", 1),
    (Kind.REFUND, "shop", USERS, 1),
    (Kind.EXPIRE, USERS, "brk", 1),
    (Kind.GIVE_BACK, "brk", "c1", 1),
    (Kind.CLAWBACK, USERS, "c2", 1),
    (Kind.OWE, "brk", USERS, 2),
    (Kind.HOLD, USERS, USERS, 1),
    (Kind.TRANSFER, "c1", "a7", 1),
]


@dataclass(frozen=True)
class Op:
    """One op: in which month it happened, and before which close it was recorded (both counted from 0)."""

    kind: Kind
    debit: str
    credit: str
    moved: Amounts
    month: int
    known: int


@st.composite
def ops(draw: Any) -> list[Op]:
    found = []
    for _ in range(draw(st.integers(0, 30))):
        kind, debit, credit, unit = draw(st.sampled_from(WAYS))
        fen = draw(st.integers(1, 10_000))
        moved = Amounts(*(fen if at == unit else 0 for at in range(3)))
        month = draw(st.integers(0, 3))
        found.append(Op(kind, debit, credit, moved, month, draw(st.integers(month, 4))))
    return found


def slot_of(op: Op, month: int, *, first: bool) -> Slot:
    """The rule of docs/spec/close.md, said once more."""
    if op.month > month or op.known > month:
        return "after"
    if op.month == month:
        return "period"
    return "opening" if first or op.known < month else "late"


def facts_of(all_ops: list[Op], month: int, before: PeriodClose | None) -> PeriodFacts:
    """What the store would read: sums by slot, kind and parties; rows that hold everything."""
    sums: dict[tuple[Any, ...], list[Any]] = defaultdict(lambda: [0, ZERO])
    rows = dict.fromkeys((USERS, *ACCOUNTS), ZERO)
    bonus: dict[Slot, int] = defaultdict(int)
    for op in all_ops:
        slot = slot_of(op, month, first=before is None)
        cell = sums[slot, int(op.kind), op.debit, op.credit]
        cell[0], cell[1] = cell[0] + 1, cell[1].plus(op.moved)
        rows[op.debit] = rows[op.debit].plus(op.moved, -1)
        rows[op.credit] = rows[op.credit].plus(op.moved)
        bonus[slot] += op.moved.bonus_fen * ((op.credit == USERS) - (op.debit == USERS))
    open_fen = bonus["opening"] + bonus["period"] + bonus["late"]
    return PeriodFacts(
        period=f"2026-0{month + 1}",
        first_day=date(2026, month + 1, 1),
        next_day=date(2026, month + 2, 1),
        flows=[Flow(*key, ops, moved) for key, (ops, moved) in sums.items()],
        lot_flows=[LotFlow(slot, int(Kind.GRANT), "c1", 1, fen) for slot, fen in bonus.items()],
        dues=[Due("c1", date(2026, 12, 31), 1, open_fen, 0, 0)],
        accounts=[AccountNow(one, kind, one, rows[one]) for one, kind in ACCOUNTS.items()],
        wallets=rows[USERS],
        approvals=[],
        signed_before=None if before is None else before.closing(),
    )


def closes_of(all_ops: list[Op]) -> list[PeriodClose]:
    found: list[PeriodClose] = []
    for month in range(4):
        found.append(close_period(facts_of(all_ops, month, found[-1] if found else None)))
    return found


@given(ops())
def test_roll_forward_equals_a_fold_over_single_ops(all_ops: list[Op]) -> None:
    for month, close in enumerate(closes_of(all_ops)):
        assert close.off == ()
        assert {line.code for line in close.users} <= {"opening", "closing", "late", *LINES.values()}
        known = [op for op in all_ops if op.month <= month and op.known <= month]
        for party, balance in close.closing().items():
            expected = ZERO
            for op in known:
                expected = expected.plus(op.moved, (op.credit == party) - (op.debit == party))
            assert balance == expected
        total = ZERO
        for line in close.users[:-1]:
            total = total.plus(line.moved)
        assert total == close.line("closing")


@given(ops())
def test_each_close_opens_with_what_the_one_before_closed_with(all_ops: list[Op]) -> None:
    closes = closes_of(all_ops)
    for before, after in pairwise(closes):
        assert after.line("opening") == before.line("closing")
        assert {roll.account_id: roll.opening for roll in after.accounts} == {
            roll.account_id: roll.closing for roll in before.accounts
        }


@given(ops(), st.sampled_from(WAYS), st.integers(1, 999), st.integers(0, 1))
def test_a_back_dated_fact_changes_no_earlier_close(
    all_ops: list[Op], way: tuple[Kind, str, str, int], fen: int, month: int
) -> None:
    kind, debit, credit, unit = way
    moved = Amounts(*(fen if at == unit else 0 for at in range(3)))
    late = Op(kind, debit, credit, moved, month, known=2)
    without, with_it = closes_of(all_ops), closes_of([*all_ops, late])
    assert with_it[:2] == without[:2]
    assert with_it[2].off == ()
    sign = (credit == USERS) - (debit == USERS)
    assert with_it[2].line("late") == without[2].line("late").plus(moved, sign)


@given(ops())
def test_months_added_up_equal_one_run_over_all(all_ops: list[Op]) -> None:
    timely = [replace(op, known=op.month) for op in all_ops]
    closes = closes_of(timely)
    for code in {*LINES.values()}:
        whole = ZERO
        for op in timely:
            sign = (op.credit == USERS) - (op.debit == USERS)
            if LINES.get(op.kind) == code:
                whole = whole.plus(op.moved, sign)
        pieces = ZERO
        for close in closes:
            pieces = pieces.plus(close.line(code))
        assert pieces == whole


def sample() -> PeriodFacts:
    grant = Op(Kind.GRANT, "c1", USERS, Amounts(0, 500, 0), 0, 0)
    spend = Op(Kind.SPEND, USERS, "shop", Amounts(0, 200, 0), 0, 0)
    return facts_of([grant, spend, Op(Kind.TOP_UP, "out", USERS, Amounts(900, 0, 0), 0, 0)], 0, None)


BROKEN = [
    ("wallets", lambda facts: replace(facts, wallets=facts.wallets.plus(Amounts(1, 0, 0)))),
    ("accounts", lambda facts: replace(facts, accounts=[AccountNow("out", "outside", "", ZERO), *facts.accounts[1:]])),
    ("accounts", lambda facts: replace(facts, accounts=facts.accounts[1:])),
    ("lots", lambda facts: replace(facts, dues=[replace(facts.dues[0], fen=299)])),
    ("lots", lambda facts: replace(facts, lot_flows=[*facts.lot_flows, LotFlow("period", 2, "c2", 1, 5)])),
    ("lot_bounds", lambda facts: replace(facts, dues=[replace(facts.dues[0], strays=1, strays_fen=3)])),
    ("opening", lambda facts: replace(facts, signed_before={USERS: Amounts(1, 0, 0)})),
]  # fmt: skip


@pytest.mark.parametrize(("code", "broken"), BROKEN)
def test_what_does_not_add_up_is_told(code: str, broken: Any) -> None:
    assert close_period(sample()).off == ()
    assert code in {off.code for off in close_period(broken(sample())).off}


def test_figures_by_hand() -> None:
    close = close_period(sample())
    assert [(line.code, line.ops, tuple(line.moved)) for line in close.users] == [
        ("opening", 0, (0, 0, 0)),
        ("topped_up", 1, (900, 0, 0)),
        ("issued", 1, (0, 500, 0)),
        ("spent", 1, (0, -200, 0)),
        ("closing", 0, (900, 300, 0)),
    ]
    (c1,) = (roll for roll in close.accounts if roll.account_id == "c1")
    assert (c1.came, c1.went, c1.closing) == (ZERO, Amounts(0, 500, 0), Amounts(0, -500, 0))
    assert [(bucket.code, bucket.fen) for bucket in close.liability] == [("later", 300)]


def test_liability_by_the_days_after_the_period() -> None:
    days = [date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 7), date(2026, 2, 8), date(2026, 3, 2)]
    dues = [Due("c1", day, 1, 10**at, 0, 0) for at, day in enumerate([*days, date(2026, 5, 2)])]
    close = close_period(replace(sample(), dues=dues))
    assert [(bucket.code, bucket.lots, bucket.fen) for bucket in close.liability] == [
        ("overdue", 1, 1),
        ("days_7", 2, 110),
        ("days_30", 2, 11_000),
        ("later", 1, 100_000),
    ]


def test_every_kind_moves_a_line_or_no_wallet() -> None:
    still = {
        Kind.TRANSFER, Kind.HOLD, Kind.RELEASE, Kind.HOLD_TIMEOUT, Kind.LOCK, Kind.UNLOCK, Kind.RESERVE,
        Kind.CANCEL, Kind.RESERVE_TIMEOUT, Kind.GIVE_BACK, Kind.LATE_REFUND,
    }  # fmt: skip
    assert set(LINES) | still == set(Kind)
