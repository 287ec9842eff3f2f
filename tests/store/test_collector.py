"""Group commit: each caller gets its own result or its own error, whatever else stood in the batch."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from uuid import UUID

import pytest
from ledger_platform import MILLION_YUAN, Platform, fresh

from huoshui.base.errors import HuoshuiError, OutcomeUnknown, StoreBusy, StoreRefused, StoreUnavailable
from huoshui.core.ledger import Code, platform_account
from huoshui.flow.commands import Command, Opening, Result, Spend, Transfer
from huoshui.flow.handlers import Collector, Rules, collector, execute
from huoshui.store.postgres import Store

Execute = Callable[[Store, Sequence[Command], Rules], list[Result]]


SECONDS_MAX = 60


class Gate:
    """Stands before `execute`: holds the first batch until `open` is set, so that the next ones become one."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.held = threading.Event()
        self.batches: list[list[UUID]] = []
        self.fault: Callable[[list[UUID]], HuoshuiError | None] = lambda ids: None

    def __call__(self, store: Store, commands: Sequence[Command], rules: Rules) -> list[Result]:
        ids = [command.id for command in commands]
        self.batches.append(ids)
        self.held.set()
        assert self.open.wait(SECONDS_MAX)
        if fault := self.fault(ids):
            raise fault
        return execute(store, commands, rules)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """In front of every batch of a collector."""
    made = Gate()
    monkeypatch.setattr(collector, "execute", made)
    return made


@pytest.fixture
def collecting(platform: Platform, gate: Gate) -> Iterator[Collector]:
    """A collector of the platform, closed at the end."""
    with Collector(platform.store) as made:
        yield made
        gate.open.set()


class Callers:
    """Threads that ask; the first one is held at the gate until all others wait behind it."""

    def __init__(self, collecting: Collector, gate: Gate, first: Command) -> None:
        self.collecting = collecting
        self.gate = gate
        self.threads = ThreadPoolExecutor(40)
        self.first = self.threads.submit(collecting.ask, [first])
        assert gate.held.wait(SECONDS_MAX)

    def ask(self, *asks: Sequence[Command]) -> list[Future[list[Result]]]:
        """Ask side by side, in one batch, which is then let through."""
        answers = [self.threads.submit(self.collecting.ask, ask) for ask in asks]
        waiting = sum(map(len, asks))
        wait_for(self.collecting, waiting)
        self.gate.open.set()
        self.threads.shutdown(wait=True)
        return answers


def wait_for(collecting: Collector, ops: int) -> None:
    """Until so many ops stand in the queue."""
    for _ in range(SECONDS_MAX * 1000):
        if collecting.waiting_ops >= ops:
            return
        threading.Event().wait(0.001)
    raise AssertionError(f"{collecting.waiting_ops} of {ops} ops wait")


def test_each_caller_gets_its_own_result_and_the_budget_stops_all(platform: Platform) -> None:
    users = [fresh() for _ in range(20)]
    grants = [platform.grant(user, MILLION_YUAN // 50) for user in users * 5]
    with Collector(platform.store) as collecting, ThreadPoolExecutor(20) as threads:
        results = list(threads.map(lambda grant: collecting.ask([grant])[0], grants))
    assert [result.id for result in results] == [grant.id for grant in grants]
    assert sorted(result.code for result in results) == [Code.OK] * 50 + [Code.INSUFFICIENT] * 50
    assert platform.budget() == 0


def test_callers_who_wait_are_booked_in_one_batch(
    platform: Platform, collecting: Collector, gate: Gate
) -> None:
    grants = [platform.grant(fresh(), 100) for _ in range(30)]
    answers = Callers(collecting, gate, platform.grant(fresh(), 1)).ask(*([grant] for grant in grants))
    assert [answer.result()[0].id for answer in answers] == [grant.id for grant in grants]
    assert [len(batch) for batch in gate.batches] == [1, 30]


def test_groups_of_two_callers_with_one_number_stay_apart(
    platform: Platform, collecting: Collector, gate: Gate
) -> None:
    fine = [platform.grant(fresh(), 100, group=1) for _ in range(2)]
    broken = [platform.grant(fresh(), fen, group=1) for fen in (100, 2 * MILLION_YUAN)]
    answers = Callers(collecting, gate, platform.grant(fresh(), 1)).ask(fine, broken)
    assert [result.code for result in answers[0].result()] == [Code.OK, Code.OK]
    assert [result.code for result in answers[1].result()] == [Code.GROUP_FAILED, Code.INSUFFICIENT]


def test_commands_of_one_call_keep_their_order(platform: Platform, collecting: Collector, gate: Gate) -> None:
    user, other = fresh(), fresh()
    mixed = [Opening(id=fresh(), user=user, fen=70), Spend(id=fresh(), user=user, fen=70)]
    grants = [platform.grant(other, 100)]
    answers = Callers(collecting, gate, platform.grant(fresh(), 1)).ask(mixed, grants, [mixed[0]])
    assert [result.code for result in answers[0].result()] == [Code.OK, Code.OK]
    assert answers[2].result()[0].ok
    assert platform.wallet(user) == (0, 0, 0, 0, 0, 0)


def test_one_callers_fault_never_becomes_anothers(
    platform: Platform, collecting: Collector, gate: Gate
) -> None:
    grants = [platform.grant(fresh(), 100) for _ in range(9)]
    bad = grants[4].id
    gate.fault = lambda ids: StoreRefused(constraint="made up") if bad in ids else None
    answers = Callers(collecting, gate, platform.grant(fresh(), 1)).ask(*([grant] for grant in grants))
    for grant, answer in zip(grants, answers, strict=True):
        if grant.id == bad:
            assert isinstance(answer.exception(), StoreRefused)
        else:
            assert answer.result()[0].status == "accepted"


def test_an_error_that_nobody_foresaw_reaches_its_caller_alone(
    platform: Platform, collecting: Collector, gate: Gate
) -> None:
    strange = Transfer(id=fresh(), fen=100, source=platform_account("source"), to="no id")  # type: ignore[arg-type]
    fine = platform.grant(fresh(), 100)
    answers = Callers(collecting, gate, platform.grant(fresh(), 1)).ask([strange], [fine])
    assert isinstance(answers[0].exception(), AttributeError)
    assert answers[1].result()[0].status == "accepted"
    assert collecting.ask([platform.grant(fresh(), 100)])[0].ok


def test_when_the_outcome_is_unknown_everyone_is_told_and_nothing_is_tried_again(
    platform: Platform, collecting: Collector, gate: Gate
) -> None:
    first = platform.grant(fresh(), 1)
    grants = [platform.grant(fresh(), 100) for _ in range(4)]
    gate.fault = lambda ids: None if first.id in ids else OutcomeUnknown()
    answers = Callers(collecting, gate, first).ask(*([grant] for grant in grants))
    errors = [answer.exception() for answer in answers]
    assert all(isinstance(error, OutcomeUnknown) for error in errors)
    assert len({id(error) for error in errors}) == 4
    assert len(gate.batches) == 2


def test_a_full_queue_says_so_and_loses_nobody(
    platform: Platform, collecting: Collector, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collector, "WAITING_OPS_MAX", 3)
    callers = Callers(collecting, gate, platform.grant(fresh(), 1))
    grants = [platform.grant(fresh(), 100) for _ in range(4)]
    waiting = callers.threads.submit(collecting.ask, grants[:3])
    wait_for(collecting, 3)
    told = callers.threads.submit(collecting.ask, grants[3:]).exception(SECONDS_MAX)
    assert isinstance(told, StoreBusy)
    assert "3" in told.say("zh")
    gate.open.set()
    assert [result.status for result in waiting.result()] == ["accepted"] * 3
    assert collecting.ask(grants[3:])[0].status == "accepted"


def test_closing_books_what_waits_and_then_takes_nothing(
    platform: Platform, collecting: Collector, gate: Gate
) -> None:
    callers = Callers(collecting, gate, platform.grant(fresh(), 1))
    waiting = callers.threads.submit(collecting.ask, [platform.grant(fresh(), 100)])
    wait_for(collecting, 1)
    closing = callers.threads.submit(collecting.close)
    gate.open.set()
    closing.result(SECONDS_MAX)
    assert waiting.result(SECONDS_MAX)[0].status == "accepted"
    late = callers.threads.submit(collecting.ask, [platform.grant(fresh(), 100)])
    assert isinstance(late.exception(SECONDS_MAX), StoreUnavailable)


def test_what_is_no_command_is_the_askers_error(
    platform: Platform, collecting: Collector, gate: Gate
) -> None:
    gate.open.set()
    with pytest.raises(KeyError):
        collecting.ask([Command(id=fresh())])
    with pytest.raises(KeyError):
        collecting.ask([platform.grant(fresh(), 100), Command(id=fresh())])
    assert collecting.ask([platform.grant(fresh(), 100)])[0].ok
