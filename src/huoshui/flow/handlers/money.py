"""Commands in, results out: one transaction for a batch, retried where somebody else was quicker.

A batch is first booked as if its ids were new, which they nearly always are; where one was taken, everything is undone
and done again with a look at what is there. The locks come in one order (docs/spec/ledger.md).
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

import numpy as np

from huoshui.base.clock import new_id
from huoshui.base.errors import StoreBusy
from huoshui.core.ledger import (
    Code,
    Decision,
    Kind,
    OpStatus,
    Posting,
    Wallet,
    milliseconds_of,
    platform_account,
)
from huoshui.flow.commands import Command, Result
from huoshui.flow.handlers.items import NO_ID, Items, items_of, kind_of
from huoshui.flow.handlers.posting import (
    DEFAULT_RULES,
    MAKES_WALLETS,
    NEEDS_PLATFORM,
    REFERRED,
    RESERVATION_KINDS,
    TIMES,
    LostRace,
    NewUsers,
    Rules,
    lock_wallets,
    post,
    users_of,
)
from huoshui.store import books
from huoshui.store.postgres import Connection, Store

TRIES = 5
ID_TIME_MS_MAX = 86_400_000
"""An id made further from the database's time is refused."""


def execute(store: Store, commands: Sequence[Command], rules: Rules = DEFAULT_RULES) -> list[Result]:
    """Book `commands` in one transaction; one result each, in order. Raises StoreError."""
    careful = False
    for left in range(TRIES - 1, -1, -1):
        try:
            with store.transaction() as connection:
                return _Run(connection, commands, rules, careful).results()
        except NewUsers as missing:
            with store.transaction() as connection:
                books.make_wallets(connection, missing.users)
        except LostRace:
            careful = True
        except StoreBusy:
            if not left:
                raise
            careful = True
    raise StoreBusy(reason_zh="同一批编号一直有人在写", reason_en="others keep writing the same ids")


class _Run:
    """One transaction of a batch. `first` is where an id stands first; who stands there again is not booked again."""

    def __init__(
        self, connection: Connection, commands: Sequence[Command], rules: Rules, careful: bool
    ) -> None:
        self.connection = connection
        self.commands = commands
        self.rules = rules
        self.careful = careful
        self.salt, now_us, self.marked = books.begin(connection)
        self.now_ms = now_us // 1000
        self.ids = self._ids()
        self.first = {identity: at for at, identity in reversed(list(enumerate(self.ids)))}
        self.found: list[Result | None] = [None] * len(commands)

    def results(self) -> list[Result]:
        """One result a command."""
        again = [at for at, identity in enumerate(self.ids) if self.first[identity] != at]
        torn = _torn_groups(self.commands)
        leaning: dict[int, list[int]] = defaultdict(list)
        for at in again:
            if (group := self.commands[at].group) and group not in torn:
                leaning[group].append(at)
        # A group that leans on what stands earlier in the batch is booked by itself, once that is.
        apart = [command.group if command.group in leaning else 0 for command in self.commands]
        runs = [
            list(run)
            for _, run in groupby(
                (at for at, identity in enumerate(self.ids) if self.first[identity] == at),
                key=lambda at: (kind_of(self.commands[at]), apart[at]),
            )
        ]
        batches = [self._items(run) for run in runs]
        if len(runs) > 1:
            self._lock_all(batches)
        for run, items in zip(runs, batches, strict=True):
            items.preset[np.isin(items.group, torn)] = Code.BAD_TERMS
            if any(map(self._fails_its_group, leaning.get(self.commands[run[0]].group, ()))):
                items.preset[:] = Code.GROUP_FAILED
            for at, result in zip(run, self._booked(items), strict=True):
                self.found[at] = result
        for at, result in zip(again, self._answered_again(again), strict=True):
            self.found[at] = result
        return [result for result in self.found if result is not None]

    def _items(self, places: Sequence[int]) -> Items:
        """Commands of one kind as columns."""
        return items_of([self.commands[at] for at in places], [self.ids[at] for at in places])

    def _answered_again(self, places: Sequence[int]) -> list[Result]:
        """Answers to those who stand in the batch before: as if they had come in a later one."""
        stored = books.ops_by_id(self.connection, {self.ids[at] for at in places}) if places else {}
        return [
            _as_before(self._items([at]), 0, stored.get(self.ids[at]), self.found[self.first[self.ids[at]]])
            for at in places
        ]

    def _fails_its_group(self, at: int) -> bool:
        """Whether a member that stands in the batch before was refused there, or is another op than there."""
        first = self.first[self.ids[at]]
        if self.commands[first].group == self.commands[at].group:
            one, other = self._items([first, at]).bodies()
            return bool(one != other)
        return not self._answered_again([at])[0].ok

    def _ids(self) -> list[bytes]:
        """The op of each command: its own, or the one its caller's key stands for."""
        ids = [command.id.bytes for command in self.commands]
        keyed: dict[tuple[str, str], list[int]] = {}
        for at, command in enumerate(self.commands):
            if command.request is not None:
                keyed.setdefault(command.request, []).append(at)
        if keyed:
            known = books.requests_by_key(self.connection, list(keyed)) if self.careful else {}
            new: dict[tuple[str, str], bytes] = {}
            for key, places in keyed.items():
                op = known.get(key)
                for at in places:
                    # A key stands for an op that is booked: an id of another day is refused and forgotten.
                    if op is None and self._in_time(ids[at]):
                        op = new[key] = ids[at]
                    ids[at] = op or ids[at]
            if new and books.insert_requests(self.connection, list(new), list(new.values())) < len(new):
                raise LostRace
        return ids

    def _in_time(self, identity: bytes) -> bool:
        """Whether an id was made near the database's time."""
        made_ms = milliseconds_of(identity)
        return made_ms is not None and abs(made_ms - self.now_ms) <= ID_TIME_MS_MAX

    def _lock_all(self, batches: Sequence[Items]) -> None:
        """Of several kinds: every wallet before any account, and all accounts at once: the order of locks holds."""
        users: set[bytes] = set()
        new: set[bytes] = set()
        accounts: set[bytes] = set()
        for items in batches:
            users |= users_of(self.connection, items)
            new |= set(items.users) - {NO_ID} if items.kind in MAKES_WALLETS else set()
            accounts |= {*items.accounts, *items.others, *campaigns_of(self.connection, items)}
            accounts |= {platform_account(kind).bytes for kind in NEEDS_PLATFORM.get(items.kind, ())}
        wallets = books.lock_wallets(self.connection, users)
        if missing := new - set(wallets.ids):
            raise NewUsers(sorted(missing))
        if wallets.table[:, Wallet.DEBT].any():
            accounts.add(platform_account("debt").bytes)
        if any(items.kind == Kind.REFUND for items in batches):
            # What a payment of this batch will draw may be refunded in it.
            accounts |= set(books.open_lots(self.connection, wallets.ids).campaigns)
        books.lock_accounts(self.connection, accounts - {NO_ID})

    def _booked(self, items: Items) -> list[Result]:
        """Results of items of one kind with different ids."""
        wallets = lock_wallets(self.connection, items)
        stored = books.ops_by_id(self.connection, items.ids) if self.careful else {}
        results: list[Result | None] = [
            _as_before(items, at, stored[identity]) if identity in stored else None
            for at, identity in enumerate(items.ids)
        ]
        fresh = [at for at, result in enumerate(results) if result is None]
        for at in list(fresh):
            if not self._in_time(items.ids[at]):
                if not self.careful:
                    raise LostRace
                results[at] = Result(UUID(bytes=items.ids[at]), "refused", Code.BAD_TIME)
                fresh.remove(at)
        failed = {items.group[at] for at, result in enumerate(results) if result and not result.ok} - {0}
        items.preset[np.isin(items.group, list(failed))] = Code.GROUP_FAILED
        if fresh:
            taken = items if len(fresh) == len(items) else items.taken(fresh)
            decision = post(self.connection, taken, wallets, self.rules, self.salt)
            if not self.marked:
                # Who knows that it is simulated has marked the books before.
                self.marked = bool(books.mark(self.connection, "real"))
            for at, result in zip(fresh, _results(taken, decision), strict=True):
                results[at] = result
        return [result for result in results if result is not None]


def campaigns_of(connection: Connection, items: Items) -> set[bytes]:
    """The campaigns of what a batch refers to; they never change."""
    if items.kind in (*RESERVATION_KINDS, Kind.CLAWBACK):
        name = REFERRED[items.kind]
        return {row[2] for row in books.referred(connection, name, set(items.refs), TIMES.get(name, ()))}
    if items.kind == Kind.REFUND:
        drawn = {row[1] for row in books.referred(connection, "draws_of", set(items.refs), ())}
        return set(books.lots_by_id(connection, drawn).campaigns)
    return set()


def _torn_groups(commands: Sequence[Command]) -> list[int]:
    """Groups of several kinds, or whose members do not stand together: neither can be taken whole."""
    runs = [run for run, _ in groupby((command.group, kind_of(command)) for command in commands)]
    count = Counter(group for group, _ in runs if group)
    return [group for group, times in count.items() if times > 1]


def _results(items: Items, decision: Decision) -> list[Result]:
    """What each item's own op moved."""
    own = decision.postings[decision.postings[:, Posting.STEP] == 0]
    moved = own[np.argsort(own[:, Posting.ITEM]), Posting.PRINCIPAL : Posting.DEBT + 1].tolist()
    return [
        Result(UUID(bytes=identity), "accepted" if code == Code.OK else "refused", Code(code), *fen)
        for identity, code, fen in zip(items.ids, decision.code.tolist(), moved, strict=True)
    ]


def _as_before(items: Items, at: int, stored: books.StoredOp | None, refused: Result | None = None) -> Result:
    """The answer to an id that was there before: the first one, or that it is another op's."""
    identity = UUID(bytes=items.ids[at])
    if stored is None:
        assert refused is not None, "an id stands in the books, or was refused in this batch"
        return Result(identity, refused.status, refused.code)
    status: OpStatus = "exists" if stored.code == Code.OK else "failed_before"
    if stored.kind != items.kind:
        status = "exists_with_different_kind"
    elif stored.asked_fen != items.fen[at]:
        status = "exists_with_different_fen"
    elif stored.body != items.bodies()[at]:
        status = "exists_with_different_terms"
    return Result(
        identity, status, Code(stored.code), stored.principal_fen, stored.bonus_fen, stored.debt_fen
    )


def sweep(store: Store, *, limit: int = 1000, rules: Rules = DEFAULT_RULES) -> dict[Kind, int]:
    """Book what time has ended: lots that ran out, holds and reservations past their limit; how many of each."""
    return {
        kind: _sweep_one(store, kind, name, limit, rules)
        for kind, name in (
            (Kind.HOLD_TIMEOUT, "due_holds"),
            (Kind.RESERVE_TIMEOUT, "due_reservations"),
            (Kind.EXPIRE, "due_lots"),
        )
    }


def _sweep_one(store: Store, kind: Kind, name: str, limit: int, rules: Rules) -> int:
    with store.transaction() as connection:
        salt, now_us, _ = books.begin(connection)
        refs = [row[0] for row in books.due(connection, name, limit)]
        if not refs:
            return 0
        now = books.instant(now_us)
        none, zero = [NO_ID] * len(refs), np.zeros(len(refs), np.int64)
        items = Items(
            kind=kind,
            ids=[new_id(now).bytes for _ in refs],
            fen=zero,
            users=none,
            accounts=none,
            others=none,
            refs=refs,
            terms=np.zeros((len(refs), 4), np.int64),
            priority=zero,
            happened=zero,
            group=zero,
            preset=zero,
            approvals=none,
            by_hand=[False] * len(refs),
        )
        wallets = lock_wallets(connection, items)
        decision = post(connection, items, wallets, rules, salt)
        return int((decision.code == Code.OK).sum())
