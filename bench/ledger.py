"""The ledger against PostgreSQL's own pgbench (TPC-B, 8 clients) and COPY, on one server in one run.

    .venv/bin/python bench/ledger.py                    the table, on our own server
    .venv/bin/python bench/ledger.py --quick            one short round
    .venv/bin/python bench/ledger.py --dsn postgresql://...    on a server of this machine
    .venv/bin/python bench/ledger.py --json             one JSON object a line, for machines

Figures are processor time of all the server's processes for one operation, in microseconds, the median of the rounds;
time on the wall, our Python and the disk's flushes included, stands in lines of its own. Every check is on: retries,
locks, floors, lots, constraints, and a leaf of the audit log for each op. fsync and synchronous_commit are on.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random
from statistics import median
from uuid import UUID

from _figures import Figure, tell
from _ledger.server import Cost, bench_store, copied, measured, pgbench_made, tpc_b

from huoshui.base.clock import new_id, now_utc
from huoshui.core.ledger import platform_account
from huoshui.flow.commands import Capture, Command, Grant, PlaceHold, Spend, Transfer
from huoshui.flow.handlers import execute
from huoshui.store import books
from huoshui.store.postgres import Store

BATCH = 1000
CAMPAIGNS = 1000
USERS = 20_000
POT_FEN = 10**14


def main() -> int:
    """The table; 1 where a figure misses its target."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--json", action="store_true")
    options.add_argument("--quick", action="store_true", help="one short round")
    options.add_argument("--dsn", help="a server of this machine instead of our own")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--batches", type=int, default=20, help="batches of a round")
    options.add_argument("--seconds", type=int, default=10, help="of pgbench a round")
    given = options.parse_args()
    if given.quick:
        given.rounds, given.batches, given.seconds = 1, 5, 3
    with bench_store(given.dsn) as store:
        figures = Paths(store, given.rounds, given.batches, given.seconds).figures()
        return tell(figures, as_json=given.json, packages=("psycopg", "numba"))


class Paths:
    """A platform with users, a campaign and a thousand campaigns, and what each path of money costs."""

    def __init__(self, store: Store, rounds: int, batches: int, seconds: int) -> None:
        self.store = store
        self.rounds, self.batches, self.seconds = rounds, batches, seconds
        self.random = Random(1)
        self.users = [fresh() for _ in range(USERS)]
        self.campaigns = [fresh() for _ in range(CAMPAIGNS + 1)]
        self.expires = now_utc() + timedelta(days=30)
        with store.transaction() as connection:
            for campaign in self.campaigns:
                books.open_account(connection, campaign, "campaign", "bench")
            books.make_wallets(connection, [user.bytes for user in self.users])
        source = platform_account("source")
        fills = [Transfer(id=fresh(), fen=POT_FEN, source=source, to=to) for to in self.campaigns]
        assert all(result.ok for result in execute(store, fills))
        for begin in range(0, USERS, BATCH):  # everyone has a lot, and every statement its plan
            some = self.users[begin : begin + BATCH]
            self._book([self._grant(self.campaigns[0], user) for user in some])
        self._analyze()

    def _analyze(self) -> None:
        with self.store.transaction() as connection:
            connection.execute("analyze")

    def figures(self) -> Iterator[Figure]:
        """Each path beside its peer."""
        pgbench_made(self.store)
        peers, one, many, spends, holds, copies = [], [], [], [], [], []
        size = self._bytes()
        granted = 0
        for _ in range(self.rounds):
            peers.append(tpc_b(self.store, self.seconds))
            one.append(self._round(lambda: [self._grant(self.campaigns[0]) for _ in range(BATCH)]))
            many.append(self._round(lambda: [self._grant(self._any_campaign()) for _ in range(BATCH)]))
            if not granted:
                grown = [after - before for after, before in zip(self._bytes(), size, strict=True)]
                granted = 2 * self.batches * BATCH
            spends.append(self._round(lambda: [self._spend() for _ in range(BATCH)]))
            holds.append(self._hold_and_capture())
            copies.append(copied(self.store, self.batches * BATCH, ("ops", "lots")))
        peer = middle(peers)
        yield Figure("pgbench TPC-B, 8 clients", peer, unit="us")
        yield self._against("grants of one campaign, 1000 a batch", one, peer, floor=6)
        yield self._against("spends that draw lots, 1000 a batch", spends, peer, floor=3)
        yield self._against("hold and capture, a pair, 1000 a batch", holds, peer, floor=2)
        ratio = middle(copies) / middle(one)
        yield Figure(
            "grants against COPY of ops and lots",
            middle(one),
            middle(copies),
            "COPY into tables of the same shape and indexes",
            ratio=ratio,
            target=">= 0.15 of its speed",
            met=ratio >= 0.15,
            unit="us",
        )
        ratio = middle(many) / middle(one)
        yield Figure(
            "one campaign against a thousand",
            middle(one),
            middle(many),
            "grants of a thousand campaigns",
            ratio=ratio,
            target=">= 0.9 of its speed",
            met=ratio >= 0.9,
            unit="us",
        )
        for name, costs in (("grants", one), ("spends", spends), ("hold and capture", holds)):
            wall = median(cost.wall_each_us for cost in costs)
            slow = median(cost.wall_each_us for cost in peers)
            yield Figure(f"{name}, on the wall", wall, slow, ratio=slow / wall, unit="us")
        kept = sum(grown[:2]) / granted
        yield Figure(
            "bytes a grant: op and lot, with indexes", kept, limit=450, met=kept <= 450, unit="bytes"
        )
        yield Figure("bytes a grant: audit", grown[2] / granted, unit="bytes")

    def _against(self, name: str, costs: list[Cost], peer: float, *, floor: float) -> Figure:
        ratio = peer / middle(costs)
        target = f">= {floor} x TPC-B"
        return Figure(name, middle(costs), peer, ratio=ratio, target=target, met=ratio >= floor, unit="us")

    def _round(self, make: Callable[[], list[Command]]) -> Cost:
        ready = [make() for _ in range(self.batches)]

        def work() -> None:
            for commands in ready:
                self._book(commands)

        return measured(self.store, self.batches * BATCH, work)

    def _hold_and_capture(self) -> Cost:
        ends = now_utc() + timedelta(days=1)
        ready = [
            [PlaceHold(id=fresh(), user=self._user(), fen=1, ends_at=ends) for _ in range(BATCH)]
            for _ in range(self.batches)
        ]
        captures = [[Capture(id=fresh(), hold=hold.id, fen=1) for hold in holds] for holds in ready]

        def work() -> None:
            for holds, ends_of_them in zip(ready, captures, strict=True):
                self._book(holds)
                self._book(ends_of_them)

        return measured(self.store, self.batches * BATCH, work)

    def _book(self, commands: list[Command]) -> None:
        refused = [result for result in execute(self.store, commands) if not result.ok]
        assert not refused, refused[0]

    def _user(self) -> UUID:
        return self.random.choice(self.users)

    def _any_campaign(self) -> UUID:
        return self.random.choice(self.campaigns)

    def _grant(self, campaign: UUID, user: UUID | None = None) -> Grant:
        user = user or self._user()
        return Grant(id=fresh(), user=user, campaign=campaign, fen=5000, expires_at=self.expires)

    def _spend(self) -> Spend:
        return Spend(id=fresh(), user=self._user(), fen=self.random.randint(1, 20))

    def _bytes(self) -> tuple[int, ...]:
        with self.store.transaction() as connection:
            return tuple(
                connection.execute("select pg_total_relation_size(%s::regclass)", [table]).fetchone()[0]
                for table in ("ops", "lots", "audit_leaves")
            )


def fresh() -> UUID:
    """A new id."""
    return new_id(now_utc())


def middle(costs: list[Cost]) -> float:
    """The median of processor time for one."""
    return median(cost.each_us for cost in costs)


if __name__ == "__main__":
    sys.exit(main())
