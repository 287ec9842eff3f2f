"""Group commit: what many callers ask at the same time is booked in one transaction.

    with Collector(store) as collector:
        results = collector.ask([command])      from any thread; comes back when it is in the books for good

One thread takes what is waiting and books it, while the next callers queue up behind: a transaction's fixed cost is
paid once for all of them. Each caller gets its own results or its own error. A fault of one caller's commands never
becomes another's: the batch is cut in halves until the fault stands alone.
"""

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from time import monotonic
from types import TracebackType

from huoshui.base.errors import (
    HuoshuiError,
    OutcomeUnknown,
    StoreBusy,
    StoreFull,
    StoreUnavailable,
)
from huoshui.flow.commands import Command, Result
from huoshui.flow.handlers.items import kind_of
from huoshui.flow.handlers.money import execute
from huoshui.flow.handlers.posting import DEFAULT_RULES, Rules
from huoshui.store.postgres import Store

BATCH_OPS_MAX = 1000
WAIT_SECONDS_MAX = 0.005
"""For callers who were here a moment ago and will be back at once; who is alone never waits."""
WAITING_OPS_MAX = 20_000
"""Some seconds of work. A caller who would have to stand behind it is told at once instead."""
NOBODYS_FAULT = (StoreUnavailable, StoreBusy, StoreFull, OutcomeUnknown)
"""What meets a batch whatever is in it; everyone may ask again with the same ids."""


class _Ask:
    """What one caller wants, and where the answer goes."""

    def __init__(self, commands: Sequence[Command]) -> None:
        self.commands = commands
        self.kind = kind_of(commands[0])
        self.answer: Future[list[Result]] = Future()


class Collector:
    """Books for many threads through one; `close` books what is still waiting."""

    def __init__(self, store: Store, rules: Rules = DEFAULT_RULES) -> None:
        self.store = store
        self.rules = rules
        self._changed = threading.Condition()
        self._waiting: list[_Ask] = []
        self.waiting_ops = 0
        self._last_asks = 1
        self._closed = False
        # What it raises is a value here, whatever it is: no error of a batch may end the thread that all wait for.
        self._worker = ThreadPoolExecutor(1, "collector-batch")
        self._thread = threading.Thread(target=self._run, name="collector", daemon=True)
        self._thread.start()

    def ask(self, commands: Sequence[Command]) -> list[Result]:
        """Book commands together with whatever else is waiting; one result each, in order. Raises StoreError.

        Commands of one call stand in one transaction, in their order, unless they make it fail.
        """
        if not commands:
            return []
        ask = _Ask(commands)
        with self._changed:
            if self._closed:
                raise StoreUnavailable(reason_zh="正在关闭", reason_en="it is being closed")
            if self.waiting_ops and self.waiting_ops + len(commands) > WAITING_OPS_MAX:
                raise StoreBusy(
                    reason_zh=f"已有 {self.waiting_ops} 笔在排队",
                    reason_en=f"{self.waiting_ops} operations are waiting",
                )
            self._waiting.append(ask)
            self.waiting_ops += len(commands)
            self._changed.notify_all()
        try:
            return ask.answer.result()
        except HuoshuiError as error:
            # Others get the same one: each its own object, or their tracebacks would grow into each other.
            raise type(error)(**error.data) from error

    def close(self) -> None:
        """Take nothing more, book what is waiting, and end."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()
        self._worker.shutdown()

    def __enter__(self) -> "Collector":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _run(self) -> None:
        while asks := self._next():
            # Of one kind side by side: a batch runs kind by kind. Callers at the same time have no order.
            asks.sort(key=lambda ask: ask.kind)
            self._book(asks)

    def _next(self) -> list[_Ask]:
        """The next batch; empty at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            ends = monotonic() + WAIT_SECONDS_MAX
            while (
                len(self._waiting) < self._last_asks and self.waiting_ops < BATCH_OPS_MAX and not self._closed
            ) and (left := ends - monotonic()) > 0:
                self._changed.wait(left)
            taken = ops = 0
            for ask in self._waiting:
                if taken and ops + len(ask.commands) > BATCH_OPS_MAX:
                    break
                taken, ops = taken + 1, ops + len(ask.commands)
            asks, self._waiting = self._waiting[:taken], self._waiting[taken:]
            self.waiting_ops -= ops
            self._last_asks = max(1, taken)
            return asks

    def _book(self, asks: list[_Ask]) -> None:
        booked = self._worker.submit(self._execute, asks)
        error = booked.exception()
        if error is None:
            results = iter(booked.result())
            for ask in asks:
                ask.answer.set_result(list(islice(results, len(ask.commands))))
        elif len(asks) == 1 or isinstance(error, NOBODYS_FAULT):
            for ask in asks:
                ask.answer.set_exception(error)
        else:
            half = len(asks) // 2
            self._book(asks[:half])
            self._book(asks[half:])

    def _execute(self, asks: list[_Ask]) -> list[Result]:
        return execute(self.store, _joined(asks), self.rules)


def _joined(asks: Sequence[_Ask]) -> list[Command]:
    """All commands; groups are numbered anew, for callers know nothing of each other's numbers."""
    numbers: dict[tuple[int, int], int] = {}
    return [
        replace(command, group=numbers.setdefault((at, command.group), len(numbers) + 1))
        if command.group
        else command
        for at, ask in enumerate(asks)
        for command in ask.commands
    ]
