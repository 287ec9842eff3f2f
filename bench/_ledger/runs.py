"""What is measured of the books: rounds of every path of money beside its peers, sealing, callers, and size."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, count

from _ledger.peers import Copy, Tpcb
from _ledger.server import Server, Took
from _ledger.shop import CAMPAIGNS, Shop
from huoshui.flow.commands import Command
from huoshui.flow.handlers import Collector, execute
from huoshui.flow.handlers.sealing import SealLoop
from huoshui.store.seals import Log

CALLERS = 64
LAG_SAMPLE_S = 0.2


@dataclass(slots=True)
class Rounds:
    """What each piece took in each round, in the same order."""

    took: dict[str, list[Took]] = field(default_factory=dict)

    def add(self, name: str, took: Took) -> None:
        """One more round of a piece."""
        self.took.setdefault(name, []).append(took)


@dataclass(frozen=True, slots=True)
class Sizes:
    """Ops of one round: `batches` of a thousand of each path, and seconds of each peer."""

    batches: int
    seconds: int

    @property
    def ops(self) -> int:
        """Ops of each path."""
        return self.batches * 1000


def warm_up(shop: Shop) -> None:
    """Every path once, so that nothing is compiled or planned for the first time while the clock runs."""
    shop.book(shop.grants(1000))
    shop.book(shop.grants(1000, campaigns=CAMPAIGNS))
    shop.book(shop.spends(1000))
    holds = shop.holds(1000)
    shop.book(holds)
    shop.book(shop.captures(holds))


def one_round(rounds: Rounds, server: Server, shop: Shop, tpcb: Tpcb, copy: Copy, sizes: Sizes) -> None:
    """Ours and the peers one after the other, so that a slow minute of the machine meets all of them."""
    rounds.add("tpcb", tpcb.measure(sizes.seconds, prepared=True))
    rounds.add("tpcb_simple", tpcb.measure(sizes.seconds, prepared=False))
    rounds.add("copy", copy.measure(sizes.ops))
    paths(rounds, server, shop, sizes)
    rounds.add("grants_of_1000", booked(server, shop, shop.grants(sizes.ops, campaigns=CAMPAIGNS)))


def paths(rounds: Rounds, server: Server, shop: Shop, sizes: Sizes) -> None:
    """Every path of money once."""
    rounds.add("grants", booked(server, shop, shop.grants(sizes.ops)))
    rounds.add("spends", booked(server, shop, shop.spends(sizes.ops)))
    holds = shop.holds(sizes.ops)
    captures = shop.captures(holds)
    took: list[Took] = []
    with server.clocked(took, len(holds)):
        shop.book(holds)
        shop.book(captures)
    rounds.add("pairs", took[0])


def booked(server: Server, shop: Shop, commands: Sequence[Command]) -> Took:
    """What it takes to book these commands, a thousand a batch."""
    took: list[Took] = []
    with server.clocked(took, len(commands)):
        shop.book(commands)
    return took[0]


def sealing(server: Server, shop: Shop, ops: int) -> tuple[Took, Took, float]:
    """The same grants without sealing and with it, to the last leaf; and the most that the head lagged behind."""
    log = Log(server.store, server.folder / "keys")
    log.seal_all()
    off = booked(server, shop, shop.grants(ops))
    log.seal_all()
    took: list[Took] = []
    commands = shop.grants(ops)
    with server.clocked(took, ops):
        loop = SealLoop(log)
        loop.start()
        shop.book(commands)
        loop.stop()
    loop = SealLoop(log)
    loop.start()
    with _sampled(lambda: float(str(server.run("lag")[0][0]))) as lags:
        shop.book(shop.grants(ops))
    loop.stop()
    return off, took[0], max(lags)


@contextmanager
def _sampled(look: Callable[[], float]) -> Iterator[list[float]]:
    """What `look` answers now and then while the body runs."""
    seen: list[float] = [look()]
    over = threading.Event()

    def watch() -> None:
        while not over.wait(LAG_SAMPLE_S):
            seen.append(look())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


def callers(server: Server, shop: Shop, seconds: float, *, grouped: bool) -> Took:
    """64 callers, each with one grant after the other for some seconds: through the collector, or each by itself."""
    numbers, over = count(), threading.Event()
    done: list[int] = []

    def calls(ask: Callable[[Command], object], made: Iterator[Command]) -> None:
        booked_here = 0
        while not over.is_set():
            ask(next(made))
            booked_here += 1
        done.append(booked_here)

    def made() -> Iterator[Command]:
        return chain.from_iterable(shop.grants(1, seed=next(numbers)) for _ in count())

    collector = Collector(server.store) if grouped else None
    ask = (lambda command: collector.ask([command])) if collector else (lambda c: execute(server.store, [c]))
    threads = [threading.Thread(target=calls, args=(ask, made())) for _ in range(CALLERS)]
    took: list[Took] = []
    with server.clocked(took, 1):
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        over.set()
        for thread in threads:
            thread.join()
    if collector:
        collector.close()
    if len(done) < CALLERS:
        raise RuntimeError(f"{CALLERS - len(done)} of {CALLERS} callers got an error")
    return Took(sum(done), took[0].server_s, took[0].client_s, took[0].wall_s)


def grow(server: Server, shop: Shop, ops: int) -> None:
    """Fill the books up to so many accepted ops: grants, and the spends that use them up."""
    missing = ops - server.number("count_ops")
    while missing > 0:
        shop.book(shop.spends(min(10_000, missing * 2 // 5 + 2)))
        missing = ops - server.number("count_ops")
    server.run("settled")
