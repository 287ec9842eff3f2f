"""A platform to measure: accounts, users with wallets, and batches of commands made beforehand."""

import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from uuid import UUID

from huoshui.base.clock import new_id, now_utc
from huoshui.core.ledger import AccountKind, platform_account
from huoshui.flow.commands import Capture, Command, Grant, PlaceHold, Spend, Transfer
from huoshui.flow.handlers import execute
from huoshui.store import books
from huoshui.store.postgres import Store

USERS = 100_000
CAMPAIGNS = 1_000
BATCH = 1_000
LOT_FEN, SPEND_FEN = 100, 150
BUDGET_FEN = 10**12


class Shop:
    """One pot, 1000 campaigns, and users who all have a wallet."""

    def __init__(
        self, store: Store, *, users: int = USERS, campaigns: int = CAMPAIGNS, seed: int = 1
    ) -> None:
        self.store = store
        self.chance = random.Random(seed)
        self.users = [fresh() for _ in range(users)]
        pot = self._account("pot")
        self.campaigns = [self._account("campaign") for _ in range(campaigns)]
        fill = BUDGET_FEN * campaigns
        self._must([Transfer(id=fresh(), fen=fill, source=platform_account("source"), to=pot)])
        self._must(
            [Transfer(id=fresh(), fen=BUDGET_FEN, source=pot, to=campaign) for campaign in self.campaigns]
        )
        with store.transaction() as connection:
            books.make_wallets(connection, [user.bytes for user in self.users])

    def grants(
        self, count: int, *, campaigns: int = 1, users: Sequence[UUID] | None = None, seed: int | None = None
    ) -> list[Grant]:
        """Grants from the first `campaigns` campaigns; unless told, to users drawn by chance who never spend."""
        now = now_utc()
        ends = now + timedelta(days=30)
        keepers = self.users[: len(self.users) // 2]
        chance = self.chance if seed is None else random.Random(seed)
        chosen = users or chance.choices(keepers, k=count)
        return [
            Grant(
                id=new_id(now), fen=LOT_FEN, user=chosen[at], campaign=self.campaigns[at % campaigns], expires_at=ends
            )
            for at in range(count)
        ]  # fmt: skip

    def spends(self, count: int) -> list[Spend]:
        """Spends of one lot and a half each, by users who are given three lots for two of them."""
        return [Spend(id=fresh(), fen=SPEND_FEN, user=user) for user in self._stocked(count)]

    def holds(self, count: int) -> list[PlaceHold]:
        """Holds of one lot and a half each, at checkout."""
        ends = now_utc() + timedelta(hours=1)
        return [
            PlaceHold(id=fresh(), fen=SPEND_FEN, user=user, ends_at=ends) for user in self._stocked(count)
        ]

    def captures(self, holds: Sequence[PlaceHold]) -> list[Capture]:
        """The whole of each hold."""
        return [Capture(id=fresh(), hold=hold.id, fen=hold.fen) for hold in holds]

    def _stocked(self, count: int) -> list[UUID]:
        """Twice each of half as many users, far apart; each given three lots."""
        spenders = self.users[len(self.users) // 2 :]
        users = self.chance.sample(spenders, min((count + 1) // 2, len(spenders)))
        for batch in batches(self.grants(3 * len(users), users=users * 3)):
            self._must(batch)
        return (users * 2)[:count]

    def book(self, commands: Sequence[Command]) -> None:
        """Book commands in batches of a thousand; every one must be accepted."""
        for batch in batches(commands):
            self._must(batch)

    def _must(self, batch: Sequence[Command]) -> None:
        refused = [result for result in execute(self.store, batch) if result.status != "accepted"]
        if refused:
            raise RuntimeError(f"{len(refused)} of {len(batch)} refused: {refused[0]}")

    def _account(self, kind: AccountKind) -> UUID:
        account = fresh()
        with self.store.transaction() as connection:
            books.open_account(connection, account, kind, kind)
        return account


def batches(commands: Sequence[Command], size: int = BATCH) -> Iterator[Sequence[Command]]:
    """A thousand at a time."""
    return (commands[begin : begin + size] for begin in range(0, len(commands), size))


def fresh() -> UUID:
    """A new id."""
    return new_id(now_utc())
