"""A month of the books booked day by day in one batch, and the same month cut into 1 to 19 pieces a day: no difference.

The clock is in our hand (conftest.py) and ticks between two readings. Sweeps come at the beginning of each day.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from random import Random
from uuid import UUID

import pytest
from ledger_chance import Chance

from huoshui.base.clock import new_id
from huoshui.core.ledger import platform_account
from huoshui.flow.commands import Command, Result, TopUp, Transfer
from huoshui.flow.handlers import execute, sweep
from huoshui.store import books
from huoshui.store.postgres import Store

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 30
BATCHES_A_DAY = 2
PIECES_MAX = 19
USERS = 4


@dataclass
class Outcome:
    """What a month left behind, ids aside."""

    answers: list[tuple[object, ...]]
    wallets: list[tuple[int, ...] | None]
    budgets: list[int]
    lots: list[tuple[object, ...]]
    draws: list[tuple[object, ...]]
    ends: list[tuple[object, ...]]


class Month:
    """One world in a database of several: users, a pot and a campaign of its own."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store = store
        self.kept: list[tuple[int, dict[UUID, tuple[int, ...]]]] = []
        self.set_clock(BEGIN)
        self.users = [new_id(BEGIN) for _ in range(USERS)]
        self.pot, self.campaign = new_id(BEGIN), new_id(BEGIN)
        with store.transaction() as connection:
            books.open_account(connection, self.pot, "pot", "pot")
            books.open_account(connection, self.campaign, "campaign", "campaign")
        source = platform_account("source")
        filled = [Transfer(id=new_id(BEGIN), fen=20_000, source=source, to=self.pot)]
        filled += [Transfer(id=new_id(BEGIN), fen=1500, source=self.pot, to=self.campaign)]
        known = [TopUp(id=new_id(BEGIN), fen=300, user=user) for user in self.users]
        assert all(result.ok for result in execute(store, [*filled, *known]))
        self.chance = Chance(Random(seed), self.users, self.pot, self.campaign, lambda: self.now)

    def set_clock(self, now: datetime) -> None:
        self.now = now
        with self.store.transaction() as connection:
            connection.execute("update ours.clock set now = %s", [now])

    def run(self, cuts: Random | None) -> Outcome:
        """Book the month, each day whole or cut at random."""
        answers: list[Result] = []
        for day in range(DAYS):
            self.set_clock(BEGIN + timedelta(days=day, hours=1))
            sweep(self.store)
            batches = [self.chance.batch(group=number + 1) for number in range(BATCHES_A_DAY)]
            commands = [command for batch in batches for command in batch]
            for piece in pieces(commands, cuts) if cuts else [commands]:
                answers += execute(self.store, piece)
            self.look()
        return self.outcome(answers)

    def look(self) -> None:
        """Keep every balance as it is now."""
        with self.store.transaction() as connection:
            rows = connection.execute(BALANCES).fetchall()
            self.kept.append((books.clock(connection), {row[0]: row[1:] for row in rows if any(row[1:])}))

    def check_rebuilt(self) -> None:
        """Every day's end from what was recorded until then: the same as was kept at the time."""
        assert len(self.kept) == DAYS
        with self.store.transaction() as connection:
            for at, then in self.kept:
                rebuilt = books.balances_at(connection, at)
                assert {party: fen for party, fen in rebuilt.items() if any(fen)} == then

    def outcome(self, answers: list[Result]) -> Outcome:
        with self.store.transaction() as connection:
            accounts = [books.account_state(connection, account) for account in (self.pot, self.campaign)]
            return Outcome(
                [(r.ok, r.status, r.code, r.principal_fen, r.bonus_fen, r.debt_fen) for r in answers],
                [books.wallet_state(connection, user) for user in self.users],
                [account.bonus_fen for account in accounts if account],
                *(
                    connection.execute(words, {"users": self.users}).fetchall()
                    for words in (LOTS, DRAWS, ENDS)
                ),
            )


BALANCES = """
select id, principal_fen, bonus_fen, debt_fen from accounts
union all select user_id, principal_fen, bonus_fen, debt_fen from wallets
"""
LOTS = """
select array_position(%(users)s, user_id), priority, restriction, granted_fen, remaining_fen, held_fen, spent_fen
from lots where user_id = any (%(users)s) order by created_at, id
"""
DRAWS = """
with numbered as (
    select id, row_number() over (order by created_at, id) as number from lots where user_id = any (%(users)s)
)
select number, kind, draws.fen, asked_fen
from draws join ops on ops.id = op_id join numbered on numbered.id = lot_id
order by number, kind, draws.fen, asked_fen
"""
ENDS = """
select array_position(%(users)s, user_id), principal_fen, bonus_fen, state, purpose
from holds where user_id = any (%(users)s)
union all
select array_position(%(users)s, user_id), 0, fen, state, 0 from reservations where user_id = any (%(users)s)
order by 1, 2, 3, 4, 5
"""


def pieces(commands: list[Command], cuts: Random) -> list[list[Command]]:
    """A day's commands in 1 to 19 runs; a group is never cut."""
    wholes = [
        list(group)
        for _, group in groupby(enumerate(commands), key=lambda pair: pair[1].group or -1 - pair[0])
    ]
    most = min(PIECES_MAX, len(wholes))
    ends = sorted(cuts.sample(range(1, len(wholes)), cuts.randint(0, most - 1)))
    return [
        [command for whole in wholes[begin:end] for _, command in whole]
        for begin, end in zip([0, *ends], [*ends, len(wholes)], strict=True)
    ]


def compare(store: Store, seed: int) -> None:
    month = Month(store, seed)
    whole = month.run(None)
    assert sum(bool(answer[0]) for answer in whole.answers) > len(whole.answers) // 3, (
        "much of it is possible"
    )
    month.check_rebuilt()
    assert Month(store, seed).run(Random(seed)) == whole
    check(store)


def test_a_month_is_the_month_cut_into_pieces_and_can_be_rebuilt(ticking_store: Store) -> None:
    compare(ticking_store, 1)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 20))
def test_a_month_is_the_month_cut_into_pieces_at_length(ticking_store: Store, seed: int) -> None:
    compare(ticking_store, seed)


def test_a_batch_of_n_is_n_batches_of_one(ticking_store: Store) -> None:
    """Without groups, which are for batches alone."""
    one, each = Month(ticking_store, 0), Month(ticking_store, 0)
    answers: list[list[Result]] = [[], []]
    for day in range(4):
        for results, month in zip(answers, (one, each), strict=True):
            month.set_clock(BEGIN + timedelta(days=day, hours=1))
            sweep(ticking_store)
            some = [month.chance.batch(group=0) for _ in range(3)]
            commands = [replace(command, group=0) for batch in some for command in batch]
            for batch in [commands] if month is one else [[command] for command in commands]:
                results += execute(ticking_store, batch)
    assert one.outcome(answers[0]) == each.outcome(answers[1])
    check(ticking_store)


def check(store: Store) -> None:
    with store.transaction() as connection:
        assert [finding.say("en") for finding in books.findings(connection)] == []
