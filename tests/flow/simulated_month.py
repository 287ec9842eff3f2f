"""Months of a small simulated platform, booked by the same commands as everything else, from a seed."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from huoshui.base.clock import new_id, now_utc
from huoshui.core.ledger import platform_account
from huoshui.flow import commands as ask
from huoshui.flow.closing import Month, month_of
from huoshui.flow.commands import Command, Result
from huoshui.flow.handlers.money import execute
from huoshui.store import books
from huoshui.store.postgres import Store

USERS = 12


def months_back(count: int) -> list[Month]:
    """The last `count` months that are over, the oldest first."""
    found: list[Month] = []
    day = now_utc().date().replace(day=1)
    for _ in range(count):
        day = (day - timedelta(days=1)).replace(day=1)
        found.append(month_of(day.strftime("%Y-%m")))
    return found[::-1]


@dataclass
class Platform:
    """Accounts and users of a platform, and what its commands became."""

    store: Store
    seed: int
    campaigns: list[UUID] = field(default_factory=list)
    users: list[UUID] = field(default_factory=list)
    spends: list[UUID] = field(default_factory=list)
    lots: list[UUID] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.users = [UUID(int=self.chance.getrandbits(128)) for _ in range(USERS)]
        self.campaigns = [self.account("campaign", name) for name in ("welcome", "come back", '吃喝玩乐 "7"')]
        self.agent = self.account("agent", "agent 7")

    def account(self, kind: str, name: str) -> UUID:
        account = new_id(now_utc())
        with self.store.transaction() as connection:
            books.open_account(connection, account, kind, name)  # type: ignore[arg-type]
        return account

    def book(self, *commands: Command) -> list[Result]:
        results = execute(self.store, commands)
        for command, result in zip(commands, results, strict=True):
            if result.ok and isinstance(command, ask.Spend) and not isinstance(command, ask.PlaceHold):
                self.spends.append(result.id)
            if result.ok and isinstance(command, ask.Grant) and not isinstance(command, ask.Reserve):
                self.lots.append(result.id)
        return results

    def fund(self, at: datetime, fen: int) -> None:
        """Budgets for every campaign, from the source of pots."""
        source = platform_account("source")
        results = self.book(
            *(
                ask.Transfer(id=new_id(now_utc()), happened_at=at, fen=fen, source=source, to=campaign)
                for campaign in self.campaigns
            )
        )
        assert all(result.ok for result in results), results

    def live(self, month: Month, *, steps: int, key: str = "r") -> None:
        """Random commands that happened within a month; some are refused, as in life."""
        for step in range(steps):
            at = self.moment(month)
            command = self.command(at, request=(key, f"{month.period}-{step}"))
            self.book(command)
            if isinstance(command, ask.PlaceHold) and self.chance.random() < 0.8:
                self.end(command, at)

    def moment(self, month: Month) -> datetime:
        span = (month.ends_at - month.starts_at).total_seconds()
        return month.starts_at + timedelta(seconds=self.chance.random() * span)

    def command(self, at: datetime, *, request: tuple[str, str]) -> Command:
        kind = self.chance.choice(
            ["top_up"] * 3 + ["grant"] * 4 + ["spend"] * 6 + ["hold", "refund", "withdraw", "pay"]
        )
        user, campaign = self.chance.choice(self.users), self.chance.choice(self.campaigns)
        fen = self.chance.randint(1, 5_000)
        now = now_utc()
        if kind == "top_up":
            return ask.TopUp(id=new_id(now), happened_at=at, fen=fen, user=user, request=request)
        if kind == "grant":
            expires = now + timedelta(days=self.chance.randint(1, 120))
            return ask.Grant(
                id=new_id(now), happened_at=at, fen=fen, user=user, campaign=campaign, expires_at=expires
            )
        if kind == "hold":
            ends = now + timedelta(hours=1)
            return ask.PlaceHold(id=new_id(now), happened_at=at, fen=fen, user=user, ends_at=ends)
        if kind == "refund" and self.spends:
            return ask.Refund(
                id=new_id(now), happened_at=at, fen=fen // 4 + 1, op=self.chance.choice(self.spends)
            )
        if kind == "withdraw":
            return ask.Withdraw(id=new_id(now), happened_at=at, fen=fen, user=user)
        if kind == "pay":
            return ask.Transfer(id=new_id(now), happened_at=at, fen=fen, source=campaign, to=self.agent)
        return ask.Spend(id=new_id(now), happened_at=at, fen=fen, user=user)

    def end(self, hold: ask.PlaceHold, at: datetime) -> None:
        """Capture a part of a hold, or let it go."""
        now = now_utc()
        if self.chance.random() < 0.7:
            fen = self.chance.randint(1, hold.fen)
            self.book(ask.Capture(id=new_id(now), happened_at=at, hold=hold.id, fen=fen))
        else:
            self.book(ask.Release(id=new_id(now), happened_at=at, hold=hold.id))
