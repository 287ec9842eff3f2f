"""The parts of bench/ledger.py do what their figures say: so many ops booked, the server's own time read."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from _ledger import runs
from _ledger.peers import Copy, Tpcb
from _ledger.server import Server, Took, running
from _ledger.shop import LOT_FEN, SPEND_FEN, Shop

OPS = 40


@pytest.fixture(scope="module")
def bench_server(server_place: str) -> Iterator[Server]:
    """A server as the bench has it."""
    with running(Path(server_place), None) as server:
        yield server


@pytest.fixture(scope="module")
def shop(bench_server: Server) -> Shop:
    """A small platform."""
    return Shop(bench_server.store, users=200, campaigns=3)


def test_the_servers_time_is_all_of_its_processes(bench_server: Server) -> None:
    took: list[Took] = []
    with bench_server.clocked(took, 1), bench_server.store.transaction() as connection:
        connection.execute("select count(*) from generate_series(1, 2000000)")
    assert took[0].server_s > 0.05
    assert took[0].server_s > took[0].client_s
    before = bench_server.cpu_s()
    bench_server.store.pool.drain()  # its backends end: what they took is their parent's now
    assert bench_server.cpu_s() >= before


def test_every_path_books_what_is_counted(bench_server: Server, shop: Shop) -> None:
    before = bench_server.number("count_ops")
    rounds = runs.Rounds()
    sizes = runs.Sizes(batches=1, seconds=1)
    runs.paths(rounds, bench_server, shop, sizes)
    stocked = 2 * 3 * min(sizes.ops // 2, len(shop.users) // 2)
    told = {name: took[0].ops for name, took in rounds.took.items()}
    assert told == {"grants": sizes.ops, "spends": len(shop.users), "pairs": len(shop.users)}
    ops = told["grants"] + told["spends"] + 2 * told["pairs"]
    assert bench_server.number("count_ops") - before == ops + stocked


def test_a_spend_draws_a_lot_and_a_half(bench_server: Server, shop: Shop) -> None:
    shop.book(shop.spends(OPS))
    with bench_server.store.transaction() as connection:
        row = connection.execute(
            "select sum(fen), min(fen), max(fen) from draws join ops on ops.id = op_id where kind = 5"
        ).fetchone()
    assert row is not None
    assert row[0] % SPEND_FEN == 0
    assert (row[1], row[2]) == (SPEND_FEN - LOT_FEN, LOT_FEN)


def test_the_peers_do_what_is_counted(bench_server: Server, shop: Shop) -> None:
    took = Tpcb(bench_server).measure(1, prepared=True)
    copied = Copy(bench_server, shop.users).measure(1500)
    with bench_server.store.transaction() as connection:
        history = connection.execute("select count(*) from pgbench_history").fetchone()
        shape = connection.execute("select count(*), count(distinct id) from shape").fetchone()
    assert history == (took.ops,)
    assert shape == (1500, 1500)
    assert copied.ops == 1500


@pytest.mark.parametrize("grouped", [True, False])
def test_callers_count_what_they_booked(bench_server: Server, shop: Shop, grouped: bool) -> None:
    before = bench_server.number("count_ops")
    took = runs.callers(bench_server, shop, 0.3, grouped=grouped)
    assert bench_server.number("count_ops") - before == took.ops > 0


def test_sealing_reaches_the_last_leaf(bench_server: Server, shop: Shop) -> None:
    off, on, lag_s = runs.sealing(bench_server, shop, OPS)
    assert (off.ops, on.ops) == (OPS, OPS)
    assert lag_s >= 0
    assert bench_server.number("lag") == 0


def test_growing_reaches_its_size(bench_server: Server, shop: Shop) -> None:
    wanted = bench_server.number("count_ops") + 2000
    runs.grow(bench_server, shop, wanted)
    assert bench_server.number("count_ops") >= wanted
