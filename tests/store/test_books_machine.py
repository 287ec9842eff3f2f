"""The books against a plain model on a real PostgreSQL: command by command, batch by batch, the clock in our hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from ledger_model import Answer, Model

from huoshui.base.clock import new_id
from huoshui.core.ledger import Code, platform_account
from huoshui.flow.commands import (
    Activate,
    Cancel,
    Capture,
    Clawback,
    Command,
    Grant,
    LockTerm,
    Opening,
    PlaceHold,
    Refund,
    Release,
    Reserve,
    Spend,
    TopUp,
    Transfer,
    Unlock,
    Withdraw,
)
from huoshui.flow.handlers import execute, sweep
from huoshui.store import books
from huoshui.store.postgres import Store

FEN = st.one_of(*[st.integers(1, 30)] * 6, st.sampled_from([0, -1, 150, 400]))
DAYS = st.sampled_from([1, 1, 1, 2, 2, 3, 8, 0, -1])


class BooksMachine(RuleBasedStateMachine):
    """Three users, two campaigns, few fen: so that commands meet."""

    store: ClassVar[Store]
    now: ClassVar[datetime] = datetime(2026, 1, 1, tzinfo=UTC)

    @initialize()
    def begin(self) -> None:
        type(self).now += timedelta(days=1)
        self._set_clock()
        self.pot, *self.campaigns = [self._fresh() for _ in range(3)]
        self.users = [self._fresh() for _ in range(3)]
        source = platform_account("source")
        with self.store.transaction() as connection:
            books.open_account(connection, self.pot, "pot", "pot")
            for campaign in self.campaigns:
                books.open_account(connection, campaign, "campaign", "campaign")
        accounts = dict.fromkeys((source, self.pot, *self.campaigns), 0)
        self.model = Model(accounts, {source})
        self.asked: list[Command] = []
        self.groups = 0
        filled = [Transfer(id=self._fresh(), fen=600, source=source, to=self.pot)]
        filled += [Transfer(id=self._fresh(), fen=200, source=self.pot, to=to) for to in self.campaigns]
        known = [TopUp(id=self._fresh(), fen=30, user=user) for user in self.users]
        ends = [self.now + timedelta(days=days) for days in (1, 2, 2)]
        first = [
            Grant(id=self._fresh(), fen=20, user=user, campaign=campaign, expires_at=ends[at])
            for at, user in enumerate(self.users)
            for campaign in self.campaigns
        ]
        self._ask([*filled, *known, *first])

    def _fresh(self) -> UUID:
        return new_id(self.now)

    def _set_clock(self) -> None:
        with self.store.transaction() as connection:
            connection.execute("update ours.clock set now = %s", [self.now])

    @rule(data=st.data(), count=st.one_of(st.integers(1, 5), st.integers(1, 5), st.integers(10, 30)))
    def batch(self, data: st.DataObject, count: int) -> None:
        """Commands of any kinds together."""
        self._ask([self._command(data) for _ in range(count)])

    @rule(data=st.data(), count=st.integers(2, 4))
    def group(self, data: st.DataObject, count: int) -> None:
        """Commands of one kind, whole or not at all, with a stranger before and behind."""
        self.groups += 1
        kind = data.draw(st.sampled_from(KINDS))
        members = [self._command(data, kind, group=self.groups) for _ in range(count)]
        self._ask([self._command(data, kind), *members, self._command(data, kind)])

    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        """Something asked before, once more, among others."""
        before = data.draw(st.sampled_from(self.asked))
        self._ask([self._command(data), before, self._command(data), before])

    @rule(data=st.data(), group=st.booleans())
    def conflict(self, data: st.DataObject, group: bool) -> None:
        """The id of something asked before for something else; in a group it takes the others along."""
        before = data.draw(st.sampled_from(self.asked))
        others: list[Command] = [TopUp(id=before.id, fen=3, user=self.users[0])]
        if isinstance(before, Transfer | Grant | TopUp | Spend | Capture | Activate | Refund | Clawback):
            others.append(replace(before, fen=before.fen + 1))
        if isinstance(before, Grant | TopUp | Spend):
            others.append(replace(before, user=data.draw(st.sampled_from(self.users))))
        other = data.draw(st.sampled_from(others))
        self.groups += group
        number = self.groups if group else 0
        more = [self._command(data, type(other), number) for _ in range(2)]
        self._ask([more[0], replace(other, group=number), more[1], *([] if group else [before])])

    @rule(data=st.data(), changed=st.booleans(), place=st.integers(0, 3))
    def group_again(self, data: st.DataObject, changed: bool, place: int) -> None:
        """A group with the id of what stands before it in the batch, or in itself; the same or something else."""
        kind = data.draw(st.sampled_from(KINDS))
        outside, *members = [self._command(data, kind) for _ in range(4)]
        self.groups += 1
        group = [replace(member, group=self.groups) for member in members]
        again = replace(data.draw(st.sampled_from([outside, *group])), group=self.groups)
        if changed and isinstance(
            again, Transfer | Grant | TopUp | Spend | Capture | Activate | Refund | Clawback
        ):
            again = replace(again, fen=again.fen + 1)
        group.insert(place, again)
        self._ask([outside, *group, self._command(data)])

    @rule(days=st.sampled_from([0, 1, 1, 3]), seconds=st.sampled_from([0, 1]))
    def time_passes(self, days: int, seconds: int) -> None:
        """Time goes on; nobody sweeps yet."""
        type(self).now += timedelta(days=days, seconds=seconds)
        self._set_clock()

    @rule()
    def sweep(self) -> None:
        """The sweeper comes, twice."""
        sweep(self.store)
        sweep(self.store)
        self.model.sweep(self.now)
        self._compare()

    def teardown(self) -> None:
        with self.store.transaction() as connection:
            assert [finding.say("en") for finding in books.findings(connection)] == []

    def _ask(self, commands: list[Command]) -> None:
        seen = set(self.model.answers)
        expected = self.model.ask(commands, self.now)
        results = execute(self.store, commands)
        for command, result in zip(commands, results, strict=True):
            if command.id in seen:
                assert result.status == self.model.status(command), command
            else:
                assert result.status == ("accepted" if result.code == Code.OK else "refused"), command
            seen.add(command.id)
        found: list[Answer] = [(r.code, r.principal_fen, r.bonus_fen) for r in results]
        said = [(command, answer) for command, answer in zip(commands, expected, strict=True)]
        assert found == expected, said
        self.asked += commands
        self._compare()

    def _compare(self) -> None:
        with self.store.transaction() as connection:
            for user in self.users:
                assert books.wallet_state(connection, user) == self.model.wallet(user, self.now)
            for account, fen in self.model.budgets.items():
                if account not in self.model.unlimited:
                    state = books.account_state(connection, account)
                    assert state is not None
                    assert state.bonus_fen == fen
            lots = connection.execute(LOTS, [self.users]).fetchall()
            found, expected = {row[0].bytes: row[1:] for row in lots}, self.model.lots_of(self.users)
            both = {key: (found.get(key), expected.get(key)) for key in {*found, *expected}}
            assert {key: pair for key, pair in both.items() if pair[0] != pair[1]} == {}
            ends = connection.execute(OPEN_ENDS, {"users": self.users}).fetchall()
            assert {row[0] for row in ends} == self.model.open_ends()

    def _command(self, data: st.DataObject, kind: type[Command] | None = None, group: int = 0) -> Command:
        kind = kind or data.draw(st.sampled_from(KINDS))
        common: dict[str, Any] = {"id": self._fresh(), "group": group}
        fen = data.draw(FEN)
        user = data.draw(st.sampled_from(self.users))
        if kind is Transfer:
            source, to = data.draw(st.permutations([self.pot, *self.campaigns]))[:2]
            return Transfer(**common, fen=fen, source=source, to=to)
        if kind in (TopUp, Opening, Withdraw):
            return kind(**common, fen=fen, user=user)  # type: ignore[call-arg]
        if kind in (Grant, Reserve):
            return self._grant(data, kind, common | {"fen": fen, "user": user})
        if kind in (Spend, PlaceHold, LockTerm):
            terms: dict[str, Any] = {
                "restriction": data.draw(st.sampled_from([0, 0, 5])),
                "bonus_fen_max": data.draw(st.sampled_from([None, None, 0, 7])),
            }
            if kind is not Spend:
                terms["ends_at"] = self._in_days(data)
            return kind(**common, fen=fen, user=user, **terms)  # type: ignore[call-arg]
        return self._about(data, kind, common, fen)

    def _grant(self, data: st.DataObject, kind: type[Command], common: dict[str, Any]) -> Command:
        terms: dict[str, Any] = {
            "campaign": data.draw(st.sampled_from(self.campaigns)),
            "expires_at": self._in_days(data),
            "effective_at": data.draw(st.sampled_from([None, None, self.now + timedelta(days=1)])),
            "priority": data.draw(st.sampled_from([0, 0, -3])),
            "restriction": data.draw(st.sampled_from([0, 0, 5])),
        }
        if kind is Reserve:
            terms["ends_at"] = self._in_days(data)
        return kind(**common, **terms)

    def _in_days(self, data: st.DataObject) -> datetime:
        return self.now + timedelta(days=data.draw(DAYS))

    def _about(self, data: st.DataObject, kind: type[Command], common: dict[str, Any], fen: int) -> Command:
        model = self.model
        of_kind: dict[type[Command], list[UUID]] = {
            Capture: list(model.holds),
            Release: list(model.holds),
            Unlock: list(model.holds),
            Activate: list(model.reservations),
            Cancel: list(model.reservations),
            Refund: list(model.payments),
            Clawback: [key for key in model.lots if isinstance(key, UUID)],
        }
        about = data.draw(st.sampled_from(of_kind[kind] or [self._fresh()]))
        if kind is Capture:
            return Capture(**common, hold=about, fen=fen)
        if kind is Activate:
            return Activate(**common, reservation=about, fen=fen)
        if kind is Refund:
            return Refund(**common, op=about, fen=fen)
        if kind is Clawback:
            return Clawback(**common, lot=about, fen=fen)
        if kind is Cancel:
            return Cancel(**common, reservation=about)
        return Unlock(**common, hold=about) if kind is Unlock else Release(**common, hold=about)


LOTS = "select id, remaining_fen, held_fen, spent_fen, granted_fen from lots where user_id = any (%s)"
OPEN_ENDS = """
select id from holds where user_id = any (%(users)s) and state = 0
union all select id from reservations where user_id = any (%(users)s) and state = 0
"""
KINDS: tuple[type[Command], ...] = (
    Transfer,
    Grant,
    Grant,
    Grant,
    TopUp,
    Opening,
    Withdraw,
    Spend,
    Spend,
    Spend,
    PlaceHold,
    PlaceHold,
    LockTerm,
    Capture,
    Capture,
    Release,
    Unlock,
    Reserve,
    Activate,
    Cancel,
    Refund,
    Refund,
    Clawback,
)


def run(store: Store, examples: int) -> None:
    BooksMachine.store = store
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    bounds = settings(max_examples=examples, stateful_step_count=30, suppress_health_check=quiet)
    run_state_machine_as_test(BooksMachine, settings=bounds)


def test_books_do_what_the_plain_model_does(ticking_store: Store) -> None:
    run(ticking_store, 15)


@pytest.mark.long
def test_books_do_what_the_plain_model_does_at_length(ticking_store: Store) -> None:
    run(ticking_store, 2000)


def test_the_clock_is_in_our_hand(timed_store: Store) -> None:
    with timed_store.transaction() as connection:
        assert books.instant(books.clock(connection)) == datetime(2026, 1, 1, tzinfo=UTC)
    assert Code.OK == 0
