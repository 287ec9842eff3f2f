"""Mirror mode: a shop's entries booked by the commands that book everything else, then compared user by user.

Entries of different users may change places, those of one user never: so many of one kind go into one batch.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import TypedDict
from uuid import UUID
from zoneinfo import ZoneInfo

from huoshui.base.clock import DEFAULT_ZONE, new_id, now_utc
from huoshui.core.ledger import DataKind, platform_account
from huoshui.core.ledger.mirror import (
    FROM_OUTSIDE,
    Difference,
    Entry,
    Refusal,
    Way,
    explained,
    named_id,
    opening_fen,
    way_of,
)
from huoshui.core.ledger.values import NO_FLOOR
from huoshui.flow.app import Settings
from huoshui.flow.commands import Command, Grant, Opening, Refund, Result, Spend, TopUp, Transfer, Withdraw
from huoshui.flow.folder import Progress, check_folder, engine_over
from huoshui.flow.handlers.money import execute
from huoshui.flow.marking import mark_books
from huoshui.lake.entries import shop_entries
from huoshui.lake.simulated import data_of
from huoshui.store import books
from huoshui.store.close import balances_of
from huoshui.store.postgres import Store

COMMANDS_AT_ONCE = 2_000
ENTRIES_AT_ONCE = 50_000
YEARS_OF_A_LOT = 100
"""The shop expires what it gave; here a lot has no end of its own."""
TAKEN_TO = {"expire": "breakage", "clawback": "source"}
"""Where what was taken goes on to; everything else leaves the platform."""


@dataclass(frozen=True, slots=True)
class MirrorDay:
    """One business day: entries, those refused, what differs; green where every difference is explained."""

    on: date
    entries: int
    refused: int
    off_fen: int
    unexplained: int

    @property
    def green(self) -> bool:
        """Whether everything of this day is explained."""
        return not self.unexplained


@dataclass(frozen=True, slots=True)
class MirrorRun:
    """What became of a file of entries."""

    users: int
    entries: int
    new: int
    days: tuple[MirrorDay, ...]
    differences: tuple[Difference, ...]
    data: DataKind = "real"


def mirror_folder(
    store: Store, folder: Path, *, settings: Settings, source: str = "shop", progress: Progress | None = None
) -> MirrorRun:
    """Book the balance entries among a shop's files and compare.

    Raises what the intake raises, SimulatedAndReal, StoreError.
    """
    intake = check_folder(folder, settings=settings, progress=progress)
    with engine_over(intake, settings) as lake:
        entries = shop_entries(lake) if lake.has("balance_entries") else iter(())
        return mirror(store, entries, source=source, zone=settings.zone, data=data_of(folder, lake))


def mirror(
    store: Store,
    entries: Iterable[Entry],
    *,
    source: str,
    zone: str = DEFAULT_ZONE,
    data: DataKind = "real",
) -> MirrorRun:
    """Book `entries` (in the order they happened) and compare every user's balance with the shop's.

    Empty books are marked with what they get. Raises SimulatedAndReal where they hold the other, and books nothing.
    """
    replay = Replay(store, source, ZoneInfo(zone))
    stream = iter(entries)
    while chunk := list(islice(stream, ENTRIES_AT_ONCE)):
        mark_books(store, data)
        replay.book(chunk)
    return replace(replay.compared(), data=data)


class About(TypedDict):
    """What every command has."""

    id: UUID
    happened_at: datetime
    request: tuple[str, str]


@dataclass
class Replay:
    """The booking of one shop's entries, and what it has met so far."""

    store: Store
    source: str
    zone: ZoneInfo
    by_user: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    refusals: dict[str, list[Refusal]] = field(default_factory=lambda: defaultdict(list))
    spends: dict[str, UUID] = field(default_factory=dict)
    accounts: set[UUID] = field(default_factory=set)
    new: int = 0

    def book(self, entries: list[Entry]) -> None:
        """Book a chunk, kind by kind; each user's entries in their order."""
        queues: dict[str, deque[tuple[Way, Entry]]] = defaultdict(deque)
        for entry in entries:
            if entry.user_id not in self.by_user and opening_fen(entry) > 0:
                queues[entry.user_id].append(("opening", self.taken_over(entry)))
            self.by_user[entry.user_id].append(entry)
            queues[entry.user_id].append((way_of(entry), entry))
        while queues:
            (way, _), *_ = Counter(queue[0][0] for queue in queues.values()).most_common(1)
            wave: list[Entry] = []
            for user in list(queues):
                queue = queues[user]
                while queue and queue[0][0] == way:
                    wave.append(queue.popleft()[1])
                if not queue:
                    del queues[user]
            for at in range(0, len(wave), COMMANDS_AT_ONCE):
                self.book_wave(way, wave[at : at + COMMANDS_AT_ONCE])

    def taken_over(self, first: Entry) -> Entry:
        """What a user held before the first entry, as an entry of its own."""
        return first._replace(
            entry_id=f"opening of {first.user_id}", kind="opening", incoming=True, fen=opening_fen(first)
        )

    def book_wave(self, way: Way, entries: list[Entry]) -> None:
        """Book entries of one kind, and what follows from them."""
        if way == "grant":
            self.open_accounts(entries)
        results = execute(self.store, [self.command(way, entry) for entry in entries])
        onward: list[Command] = []
        again: list[Entry] = []
        for entry, result in zip(entries, results, strict=True):
            self.new += result.status == "accepted"
            if way == "refund" and not result.ok:
                again.append(entry)
            elif not result.ok:
                self.refusals[entry.user_id].append(Refusal(entry, result.code.name.lower()))
            elif way == "spend" and entry.order_id:
                self.spends[entry.order_id] = result.id
            elif way == "take":
                onward += self.onward(entry, result)
        if onward:
            execute(self.store, onward)
        if again:
            self.book_as_top_ups(again)

    def book_as_top_ups(self, entries: list[Entry]) -> None:
        """Refunds of more than the balance had paid: the rest came from outside, so all of it is new principal."""
        commands = [
            TopUp(
                **self.about(entry, FROM_OUTSIDE),
                fen=entry.fen,
                user=named_id("user", self.source, entry.user_id),
            )
            for entry in entries
        ]
        for entry, result in zip(entries, execute(self.store, commands), strict=True):
            self.new += result.status == "accepted"
            if not result.ok:
                self.refusals[entry.user_id].append(Refusal(entry, result.code.name.lower()))

    def command(self, way: Way, entry: Entry) -> Command:
        """The command that an entry becomes."""
        user = named_id("user", self.source, entry.user_id)
        at = entry.at.replace(tzinfo=self.zone)
        about = self.about(entry)
        match way:
            case "opening":
                return Opening(**about, fen=entry.fen, user=user)
            case "grant":
                expires = at.replace(year=at.year + YEARS_OF_A_LOT, day=min(at.day, 28))
                campaign = self.campaign_of(entry)
                return Grant(
                    **about, fen=entry.fen, user=user, campaign=campaign, effective_at=at, expires_at=expires
                )
            case "refund" if entry.order_id in self.spends:
                return Refund(**about, fen=entry.fen, op=self.spends[entry.order_id])
            case "withdraw":
                return Withdraw(**about, fen=entry.fen, user=user)
            case "spend" | "take":
                return Spend(**about, fen=entry.fen, user=user)
            case _:
                return TopUp(**about, fen=entry.fen, user=user)

    def about(self, entry: Entry, step: str = "") -> "About":
        """What every command of an entry has; a further one has a key of its own."""
        return {
            "id": new_id(now_utc()),
            "happened_at": entry.at.replace(tzinfo=self.zone),
            "request": (self.source, f"{entry.entry_id} {step}".rstrip()),
        }

    def onward(self, entry: Entry, result: Result) -> Iterator[Command]:
        """From sales to where what was no purchase belongs, so that sales are purchases alone."""
        to = platform_account(TAKEN_TO.get(entry.kind, "outside"))
        sales = platform_account("sales")
        if result.principal_fen:
            about = self.about(entry, "principal")
            yield Transfer(**about, fen=result.principal_fen, source=sales, to=to, unit="principal")
        if result.bonus_fen:
            yield Transfer(
                **self.about(entry, "bonus"), fen=result.bonus_fen, source=sales, to=to, unit="bonus"
            )

    def campaign_of(self, entry: Entry) -> UUID:
        """The account that stands for what the shop gave of its own accord."""
        return named_id("campaign", self.source, entry.campaign_id or entry.kind)

    def open_accounts(self, entries: list[Entry]) -> None:
        """Accounts of the shop's campaigns; the shop has given already, so they have no floor."""
        wanted = {self.campaign_of(entry): entry.campaign_id or entry.kind for entry in entries}
        with self.store.transaction() as connection:
            for account in wanted.keys() - self.accounts:
                books.open_account(connection, account, "campaign", wanted[account], floor_fen=NO_FLOOR)
        self.accounts |= wanted.keys()

    def compared(self) -> MirrorRun:
        """Every user's balance beside the shop's last, and the days on which they part."""
        differences: list[Difference] = []
        with self.store.transaction() as connection:
            wallets = {user: named_id("user", self.source, user) for user in self.by_user}
            booked = balances_of(connection, list(wallets.values()))
        for user, entries in self.by_user.items():
            differences += explained(entries, self.refusals[user], booked.get(wallets[user], 0))
        entries_on = Counter(entry.at.date() for entries in self.by_user.values() for entry in entries)
        off: dict[date, list[Difference]] = defaultdict(list)
        for one in differences:
            off[one.on].append(one)
        days = tuple(
            MirrorDay(
                on=day,
                entries=entries_on[day],
                refused=sum(one.cause == "refused" for one in off[day]),
                off_fen=sum(abs(one.fen) for one in off[day]),
                unexplained=sum(not one.is_explained for one in off[day]),
            )
            for day in sorted(entries_on)
        )
        differences.sort(key=lambda one: (one.is_explained, -abs(one.fen), one.user_id))
        return MirrorRun(len(self.by_user), sum(entries_on.values()), self.new, days, tuple(differences))
