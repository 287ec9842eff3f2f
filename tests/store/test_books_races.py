"""Several writers at once on a real PostgreSQL: what each was told stands in the books, and nothing else does.

Among them the known bugs of other ledgers, each with a test of its own.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from ledger_platform import Platform, fresh, in_days

from huoshui.core.ledger import Code, platform_account
from huoshui.flow.commands import (
    Capture,
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
from huoshui.flow.handlers import execute, sweep
from huoshui.store.postgres import Store

WRITERS = 4


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(WRITERS) as threads:
        yield threads


def at_once(pool: ThreadPoolExecutor, jobs: list[Callable[[], list[Result]]]) -> list[list[Result]]:
    return [job.result() for job in [pool.submit(job) for job in jobs]]


def asking(platform: Platform, *commands: Command) -> Callable[[], list[Result]]:
    return lambda: execute(platform.store, list(commands))


def test_racing_spends_never_overdraw(platform: Platform, pool: ThreadPoolExecutor) -> None:
    user = fresh()
    execute(platform.store, [platform.grant(user, 500), TopUp(id=fresh(), user=user, fen=500)])
    jobs = [asking(platform, *(Spend(id=fresh(), user=user, fen=30) for _ in range(5))) for _ in range(10)]
    paid = [result for results in at_once(pool, jobs) for result in results if result.ok]
    assert len(paid) == 33
    assert platform.wallet(user) == (10, 0, 0, 0, 0, 0)


def test_racing_grants_stop_at_the_budget(platform: Platform, pool: ThreadPoolExecutor) -> None:
    campaign = platform.account("campaign")
    platform.ask(Transfer(id=fresh(), fen=1000, source=platform.pot, to=campaign))
    jobs = [
        asking(platform, *(platform.grant(fresh(), 30, campaign=campaign) for _ in range(5)))
        for _ in range(10)
    ]
    given = [result for results in at_once(pool, jobs) for result in results if result.ok]
    assert (len(given), platform.bonus(campaign)) == (33, 10)


def test_the_same_batch_at_once_is_booked_once(platform: Platform, pool: ThreadPoolExecutor) -> None:
    users = [fresh() for _ in range(20)]
    batch = [platform.grant(user, 10) for user in users]
    answers = at_once(pool, [asking(platform, *batch) for _ in range(WRITERS)])
    statuses = Counter(result.status for results in answers for result in results)
    assert statuses == {"accepted": 20, "exists": 20 * (WRITERS - 1)}
    assert all(platform.wallet(user) == (0, 10, 0, 0, 0, 10) for user in users)


def test_one_key_at_once_is_one_op(platform: Platform, pool: ThreadPoolExecutor) -> None:
    user = fresh()
    jobs = [asking(platform, TopUp(id=fresh(), user=user, fen=7, request=("shop", "k"))) for _ in range(8)]
    ids = {result.id for results in at_once(pool, jobs) for result in results}
    assert len(ids) == 1
    assert platform.wallet(user) == (7, 0, 0, 0, 0, 0)


def test_one_id_for_two_users_at_once_goes_to_one(platform: Platform, pool: ThreadPoolExecutor) -> None:
    users = [fresh() for _ in range(WRITERS)]
    identity = fresh()
    jobs = [asking(platform, TopUp(id=identity, user=user, fen=7)) for user in users]
    statuses = Counter(result.status for results in at_once(pool, jobs) for result in results)
    assert statuses == {"accepted": 1, "exists_with_different_terms": WRITERS - 1}
    assert sum((platform.wallet(user) or (0,))[0] for user in users) == 7


def test_bug_of_others_a_destination_that_is_not_locked(platform: Platform, pool: ThreadPoolExecutor) -> None:
    """Two payers at once into one account: both arrive."""
    sales = platform_account("sales")
    users = [fresh() for _ in range(WRITERS)]
    for user in users:
        platform.ask(platform.grant(user, 100))
    jobs = [asking(platform, Spend(id=fresh(), user=user, fen=10)) for user in users for _ in range(10)]
    assert all(result.ok for results in at_once(pool, jobs) for result in results)
    assert platform.bonus(sales) == 100 * WRITERS


def test_bug_of_others_a_hold_is_not_counted_in_the_balance(platform: Platform) -> None:
    user = fresh()
    platform.ask(platform.grant(user, 100))
    assert platform.ask(PlaceHold(id=fresh(), user=user, fen=80, ends_at=in_days(1))).ok
    for more in (
        Spend(id=fresh(), user=user, fen=21),
        PlaceHold(id=fresh(), user=user, fen=21, ends_at=in_days(1)),
    ):
        assert platform.ask(more).code == Code.INSUFFICIENT


def test_bug_of_others_a_hold_is_captured_twice(platform: Platform, pool: ThreadPoolExecutor) -> None:
    user = fresh()
    platform.ask(platform.grant(user, 100))
    for _ in range(5):
        hold = PlaceHold(id=fresh(), user=user, fen=20, ends_at=in_days(1))
        platform.ask(hold)
        jobs = [asking(platform, Capture(id=fresh(), hold=hold.id, fen=20)) for _ in range(WRITERS)]
        jobs += [asking(platform, Release(id=fresh(), hold=hold.id))]
        codes = Counter(result.code for results in at_once(pool, jobs) for result in results)
        assert codes == {Code.OK: 1, Code.ENDED: WRITERS}


def test_bug_of_others_a_release_that_races_a_capture_loses_the_budget(
    platform: Platform, pool: ThreadPoolExecutor
) -> None:
    """Captures, releases, grants and refunds of one campaign at once: the counter of the budget keeps all of them."""
    random = Random(7)
    users = [fresh() for _ in range(6)]
    given = sum(execute_ok(platform, platform.grant(user, 300)) for user in users)
    holds = [PlaceHold(id=fresh(), user=random.choice(users), fen=20, ends_at=in_days(1)) for _ in range(24)]
    placed = [hold for hold, result in zip(holds, execute(platform.store, holds), strict=True) if result.ok]
    jobs = [
        asking(
            platform,
            Capture(id=fresh(), hold=hold.id, fen=15),
            Release(id=fresh(), hold=random.choice(placed).id),
            platform.grant(random.choice(users), 5),
        )
        for hold in placed
    ]
    results = [result for some in at_once(pool, jobs) for result in some]
    grants = sum(result.bonus_fen for result in results[2::3])
    assert platform.budget() == 100_000_000 - given - grants


def execute_ok(platform: Platform, grant: Grant) -> int:
    assert platform.ask(grant).ok
    return grant.fen


def test_bug_of_others_a_sweep_reads_outside_the_lock(platform: Platform, pool: ThreadPoolExecutor) -> None:
    """Sweeps, spends and refunds on lots that are about to run out: each fen ends once."""
    users = [fresh() for _ in range(8)]
    soon = in_days(0.4 / 86_400)
    grants = [platform.grant(user, 50, expires_at=soon) for user in users for _ in range(4)]
    given = sum(result.bonus_fen for result in execute(platform.store, grants))

    def pay(user_number: int) -> list[Result]:
        results = []
        for _ in range(30):
            spend = Spend(id=fresh(), user=users[user_number], fen=7)
            refund = Refund(id=fresh(), op=spend.id, fen=3)
            results += execute(platform.store, [spend]) + execute(platform.store, [refund])
        return results

    def sweeps() -> list[Result]:
        for _ in range(20):
            sweep(platform.store, limit=5)
        return []

    results = at_once(pool, [sweeps, lambda: pay(0), lambda: pay(1), sweeps, lambda: pay(2), sweeps])
    while any(sweep(platform.store).values()):
        pass
    spent = sum(result.bonus_fen for some in results for result in some[::2])
    refunded = sum(result.bonus_fen for some in results for result in some[1::2])
    held = sum((platform.wallet(user) or (0, 0))[1] for user in users)
    assert platform.bonus(platform_account("sales")) == spent - refunded
    assert platform.budget() == 100_000_000 - given + (given - spent + refunded - held)


def test_bug_of_others_a_version_is_checked_too_early(platform: Platform, pool: ThreadPoolExecutor) -> None:
    """Transfers in a ring at once, both ways, each as large as what is there: none is lost, none invents fen."""
    ring = [platform.account("campaign") for _ in range(3)]
    platform.ask(Transfer(id=fresh(), fen=100, source=platform.pot, to=ring[0]))
    jobs = [
        asking(
            platform,
            Transfer(id=fresh(), fen=60, source=ring[i % 3], to=ring[(i + 1 + i % 2) % 3]),
            Transfer(id=fresh(), fen=60, source=ring[(i + 1) % 3], to=ring[i % 3]),
        )
        for i in range(24)
    ]
    at_once(pool, jobs)
    balances = [platform.bonus(account) for account in ring]
    assert sum(balances) == 100
    assert min(balances) >= 0


def test_racing_sweeps_end_each_hold_and_reservation_once(
    timed_store: Store, pool: ThreadPoolExecutor
) -> None:
    """The sweep that comes second finds nothing to do, and leaves no op behind."""
    with timed_store.transaction() as connection:
        connection.execute("update ours.clock set now = pg_catalog.now()")
    platform = Platform(timed_store)
    users = [fresh() for _ in range(4)]
    soon = in_days(1)
    terms = {"ends_at": soon, "expires_at": in_days(9), "campaign": platform.campaign}
    commands: list[Command] = []
    for user in users:
        commands += [platform.grant(user, 100)]
        commands += [PlaceHold(id=fresh(), user=user, fen=9, ends_at=soon) for _ in range(5)]
        commands += [Reserve(id=fresh(), user=user, fen=9, **terms) for _ in range(5)]  # type: ignore[arg-type]
    assert all(result.ok for result in execute(platform.store, commands))
    with timed_store.transaction() as connection:
        connection.execute("update ours.clock set now = now + interval '2 days'")
    ended = [sum(job.result().values()) for job in [pool.submit(sweep, platform.store) for _ in range(6)]]
    assert sum(ended) == 40
    assert platform.budget() == 100_000_000 - 400
    with platform.store.transaction() as connection:
        left = connection.execute("select count(*) from ops where code <> 0").fetchone()
    assert left == (0,)
    assert platform.findings() == []
