"""What time does to the books, with the clock in our hand: expiry to the microsecond, late refunds, sweeps, as-of."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from huoshui.base.clock import new_id
from huoshui.core.ledger import Code, Kind, platform_account
from huoshui.flow.commands import (
    Activate,
    Capture,
    Clawback,
    Command,
    Grant,
    PlaceHold,
    Refund,
    Release,
    Reserve,
    Result,
    Spend,
    TopUp,
    Transfer,
)
from huoshui.flow.handlers import Rules, execute, sweep
from huoshui.store import books
from huoshui.store.postgres import Store

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
BREAKAGE = platform_account("breakage")


class Timed:
    """Two campaigns of 1,000 fen, one user, and a clock that stands where it is put."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.rules = Rules()
        self.now = BEGIN
        self.one, self.two, self.user = self.fresh(), self.fresh(), self.fresh()
        with store.transaction() as connection:
            for campaign in (self.one, self.two):
                books.open_account(connection, campaign, "campaign", "campaign")
        source = platform_account("source")
        for campaign in (self.one, self.two):
            self.ask(Transfer(id=self.fresh(), fen=1000, source=source, to=campaign))

    def fresh(self) -> UUID:
        return new_id(self.now)

    def at(self, moment: datetime) -> "Timed":
        self.now = moment
        with self.store.transaction() as connection:
            connection.execute("update ours.clock set now = %s", [moment])
        return self

    def ask(self, command: Command) -> Result:
        return execute(self.store, [command], self.rules)[0]

    def grant(self, fen: int, campaign: UUID, expires_at: datetime = BEGIN + DAY) -> UUID:
        command = Grant(id=self.fresh(), user=self.user, campaign=campaign, fen=fen, expires_at=expires_at)
        assert self.ask(command).ok
        return command.id

    def spend(self, fen: int) -> Result:
        return self.ask(Spend(id=self.fresh(), user=self.user, fen=fen))

    def hold(self, fen: int, ends_at: datetime) -> UUID:
        command = PlaceHold(id=self.fresh(), user=self.user, fen=fen, ends_at=ends_at)
        assert self.ask(command).ok
        return command.id

    def sweep(self) -> dict[Kind, int]:
        return sweep(self.store, rules=self.rules)

    def bonus(self, account: UUID) -> int:
        with self.store.transaction() as connection:
            state = books.account_state(connection, account)
        assert state is not None
        return state.bonus_fen

    def wallet(self) -> tuple[int, ...]:
        with self.store.transaction() as connection:
            return books.wallet_state(connection, self.user) or ()

    def check(self) -> None:
        with self.store.transaction() as connection:
            assert [finding.say("en") for finding in books.findings(connection)] == []


@pytest.fixture
def timed(timed_store: Store) -> Timed:
    return Timed(timed_store)


def test_nothing_is_drawn_at_or_after_expiry_however_late_the_sweep(timed: Timed) -> None:
    timed.grant(100, timed.one)
    assert timed.at(BEGIN + DAY - MICROSECOND).spend(10).ok
    assert timed.at(BEGIN + DAY).spend(10).code == Code.INSUFFICIENT
    assert timed.at(BEGIN + 9 * DAY).spend(10).code == Code.INSUFFICIENT
    assert timed.wallet() == (0, 90, 0, 0, 0, 0)
    timed.check()


def test_nothing_is_drawn_before_a_lot_is_effective(timed: Timed) -> None:
    later = Grant(
        id=timed.fresh(), user=timed.user, campaign=timed.one, fen=5,
        effective_at=BEGIN + DAY, expires_at=BEGIN + 2 * DAY,
    )  # fmt: skip
    assert timed.ask(later).ok
    assert timed.at(BEGIN + DAY - MICROSECOND).spend(5).code == Code.INSUFFICIENT
    assert timed.at(BEGIN + DAY).spend(5).ok


def test_of_equal_lots_the_one_made_first_burns_first(timed: Timed) -> None:
    ends = BEGIN + 3 * DAY
    first_made = timed.grant(10, timed.one, ends)
    second = timed.at(BEGIN + DAY).grant(10, timed.two, ends)
    timed.spend(15)
    assert timed.ask(Clawback(id=timed.fresh(), lot=first_made, fen=10)).bonus_fen == 0
    assert timed.ask(Clawback(id=timed.fresh(), lot=second, fen=5)).bonus_fen == 5


@pytest.mark.parametrize("pieces", [[70], [1, 69], [30, 30, 10], [10] * 7])
def test_the_order_of_burning_does_not_hang_on_how_a_spend_is_split(timed: Timed, pieces: list[int]) -> None:
    for days, campaign in ((2, timed.one), (1, timed.two), (3, timed.one)):
        timed.grant(30, campaign, BEGIN + days * DAY)
    for fen in pieces:
        assert timed.spend(fen).ok
    timed.at(BEGIN + 9 * DAY).sweep()
    assert (timed.bonus(timed.one), timed.bonus(timed.two)) == (960, 970)
    timed.check()


def test_expiry_goes_back_to_the_campaign_once(timed: Timed) -> None:
    timed.grant(100, timed.one)
    timed.spend(30)
    timed.at(BEGIN + DAY)
    assert timed.sweep()[Kind.EXPIRE] == 1
    assert timed.sweep()[Kind.EXPIRE] == 0
    assert (timed.bonus(timed.one), timed.bonus(BREAKAGE)) == (970, 0)
    timed.check()


def test_a_lot_that_is_held_whole_keeps_no_sweep_from_those_behind_it(timed: Timed) -> None:
    """A sweep takes so many at once, the oldest first: what it cannot end must not fill it for ever."""
    timed.grant(30, timed.one, BEGIN + DAY)
    timed.hold(30, BEGIN + 9 * DAY)
    timed.grant(20, timed.two, BEGIN + 2 * DAY)
    timed.at(BEGIN + 3 * DAY)
    assert sweep(timed.store, limit=1)[Kind.EXPIRE] == 1
    assert (timed.bonus(timed.one), timed.bonus(timed.two)) == (970, 1000)
    timed.check()


def test_expiry_stays_in_breakage_where_it_is_not_given_back(timed: Timed) -> None:
    timed.rules = Rules(breakage_to_pot=False)
    timed.grant(100, timed.one)
    timed.at(BEGIN + DAY).sweep()
    assert (timed.bonus(timed.one), timed.bonus(BREAKAGE)) == (900, 100)
    timed.check()


def test_what_is_held_outlives_its_lot_and_what_is_released_does_not(timed: Timed) -> None:
    timed.grant(100, timed.one)
    kept, freed = timed.hold(30, BEGIN + 2 * DAY), timed.hold(20, BEGIN + 2 * DAY)
    timed.at(BEGIN + DAY).sweep()
    assert timed.bonus(timed.one) == 950
    assert timed.ask(Capture(id=timed.fresh(), hold=kept, fen=30)).bonus_fen == 30
    assert timed.ask(Release(id=timed.fresh(), hold=freed)).ok
    assert timed.spend(1).code == Code.INSUFFICIENT
    timed.sweep()
    assert timed.bonus(timed.one) == 970
    timed.check()


def test_a_hold_past_its_limit_is_not_captured_and_ends_by_the_sweep(timed: Timed) -> None:
    timed.grant(100, timed.one, BEGIN + 9 * DAY)
    hold = timed.hold(30, BEGIN + DAY)
    timed.at(BEGIN + DAY)
    assert timed.ask(Capture(id=timed.fresh(), hold=hold, fen=30)).code == Code.EXPIRED
    assert timed.sweep()[Kind.HOLD_TIMEOUT] == 1
    assert timed.ask(Release(id=timed.fresh(), hold=hold)).code == Code.ENDED
    assert timed.wallet() == (0, 100, 0, 0, 0, 100)
    timed.check()


def test_a_reservation_past_its_limit_goes_back(timed: Timed) -> None:
    reserve = Reserve(
        id=timed.fresh(), user=timed.user, campaign=timed.one, fen=40,
        expires_at=BEGIN + 9 * DAY, ends_at=BEGIN + DAY,
    )  # fmt: skip
    timed.ask(reserve)
    timed.at(BEGIN + DAY)
    assert timed.ask(Activate(id=timed.fresh(), reservation=reserve.id, fen=1)).code == Code.EXPIRED
    assert timed.sweep()[Kind.RESERVE_TIMEOUT] == 1
    assert timed.bonus(timed.one) == 1000
    timed.check()


@pytest.mark.parametrize(("days", "left"), [(7, (0, 20, 0, 0, 0, 20)), (0, (0, 0, 0, 0, 0, 0))])
def test_a_refund_to_a_lot_that_ran_out_lives_a_while_or_lapses(
    timed: Timed, days: int, left: tuple[int, ...]
) -> None:
    timed.rules = replace(timed.rules, late_refund_days=days)
    timed.grant(100, timed.one)
    paid = timed.spend(30)
    timed.at(BEGIN + DAY).sweep()
    assert timed.ask(Refund(id=timed.fresh(), op=paid.id, fen=20)).bonus_fen == 20
    assert timed.wallet() == left
    assert timed.bonus(timed.one) == (970 if days else 990)
    timed.check()
    if days:
        assert timed.at(BEGIN + 8 * DAY - MICROSECOND).spend(1).ok
        assert timed.at(BEGIN + 8 * DAY).spend(1).code == Code.INSUFFICIENT
        timed.sweep()
        assert timed.bonus(timed.one) == 989
        timed.check()


def test_an_id_far_from_the_databases_time_is_refused_and_not_stored(timed: Timed) -> None:
    old = TopUp(id=timed.fresh(), user=timed.user, fen=5)
    timed.at(BEGIN + DAY + 2 * timedelta(milliseconds=1))
    assert timed.ask(old).code == Code.BAD_TIME
    assert timed.ask(TopUp(id=timed.fresh(), user=timed.user, fen=5)).ok
    timed.at(BEGIN)
    assert timed.ask(old).status == "accepted"
    timed.at(BEGIN + 9 * DAY)
    assert timed.ask(old).status == "exists"


def test_balances_as_of_a_time_are_what_was_stored_then(timed: Timed) -> None:
    stored: dict[datetime, dict[UUID, tuple[int, ...]]] = {}
    moves = [
        lambda: timed.grant(100, timed.one, timed.now + DAY),
        lambda: timed.spend(30),
        lambda: timed.ask(TopUp(id=timed.fresh(), user=timed.user, fen=9, happened_at=BEGIN - 90 * DAY)),
        timed.sweep,
        lambda: timed.ask(Refund(id=timed.fresh(), op=spends[0].id, fen=7)),
    ]
    timed.grant(50, timed.two)
    spends = [timed.spend(20)]
    for step in range(10):
        timed.at(BEGIN + step * DAY / 2)
        moves[step % 5]()
        with timed.store.transaction() as connection:
            wallet = books.wallet_state(connection, timed.user) or ()
        stored[timed.now] = {timed.user: (*wallet[:2], wallet[4])} | {
            campaign: (0, timed.bonus(campaign), 0) for campaign in (timed.one, timed.two)
        }
    for moment, then in stored.items():
        with timed.store.transaction() as connection:
            found = books.balances_at(connection, books.microseconds(moment))
        assert {party: found[party] for party in then} == then
