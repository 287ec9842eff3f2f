"""Commands by chance, from a seed: of every kind, about each other, mostly possible and often not."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from huoshui.base.clock import new_id
from huoshui.flow.commands import (
    Activate,
    Cancel,
    Capture,
    Clawback,
    Command,
    Grant,
    LockTerm,
    PlaceHold,
    Refund,
    Release,
    Reserve,
    Spend,
    TopUp,
    Transfer,
    Unlock,
    Withdraw,
)

RECENT = 20
Batches = list[list[Command]]


@dataclass
class Chance:
    """Makes commands for some users and one campaign at the time that `now` tells."""

    random: Random
    users: list[UUID]
    pot: UUID
    campaign: UUID
    now: Callable[[], datetime]
    made: dict[str, list[UUID]] = field(default_factory=dict)

    def batches(self, count: int) -> Batches:
        """Half of them of one kind and long, some as a group; half mixed and short."""
        return [self.batch(group=number + 1) for number in range(count)]

    def batch(self, *, group: int) -> list[Command]:
        """One batch; `group` is the number of its group, where it becomes one."""
        random = self.random
        if random.random() < 0.5:
            make, group = random.choice(KINDS), random.choice([0, 0, group])
            return [make(self, group) for _ in range(random.randint(1, 25))]
        return [random.choice(KINDS)(self, 0) for _ in range(random.randint(1, 6))]

    def new(self, name: str = "") -> UUID:
        """A fresh id, remembered under a name."""
        identity = new_id(self.now())
        self.made.setdefault(name, []).append(identity)
        return identity

    def known(self, name: str) -> UUID:
        """An id made not long ago, whatever became of it."""
        return self.random.choice(self.made.get(name, [])[-RECENT:] or [self.new()])

    def fen(self) -> int:
        return self.random.randint(1, 60)

    def user(self) -> UUID:
        return self.random.choice(self.users)

    def days(self, *choice: int) -> datetime:
        return self.now() + timedelta(days=self.random.choice(choice))

    def gift(self) -> dict[str, object]:
        """Terms of a grant."""
        return {
            "fen": self.fen(),
            "user": self.user(),
            "campaign": self.campaign,
            "expires_at": self.days(1, 2, 9),
            "priority": self.random.choice([0, 0, -1]),
            "restriction": self.random.choice([0, 0, 0, 5]),
        }

    def payment(self) -> dict[str, object]:
        """Terms of a spend or a hold."""
        return {"fen": self.fen(), "user": self.user(), "restriction": self.random.choice([0, 0, 5])}


Make = Callable[[Chance, int], Command]


def _grant(by: Chance, group: int) -> Command:
    return Grant(id=by.new("lot"), group=group, **by.gift())  # type: ignore[arg-type]


def _reserve(by: Chance, group: int) -> Command:
    return Reserve(id=by.new("reserve"), group=group, ends_at=by.days(1, 2), **by.gift())  # type: ignore[arg-type]


def _top_up(by: Chance, group: int) -> Command:
    key = ("shop", str(by.new()))
    return TopUp(id=by.new(), group=group, request=key, fen=by.fen(), user=by.user())


def _withdraw(by: Chance, group: int) -> Command:
    return Withdraw(id=by.new(), group=group, fen=by.fen(), user=by.user())


def _spend(by: Chance, group: int) -> Command:
    return Spend(id=by.new("pay"), group=group, **by.payment())  # type: ignore[arg-type]


def _hold(by: Chance, group: int) -> Command:
    return PlaceHold(id=by.new("hold"), group=group, ends_at=by.days(1, 2), **by.payment())  # type: ignore[arg-type]


def _lock(by: Chance, group: int) -> Command:
    return LockTerm(id=by.new("hold"), group=group, ends_at=by.days(1, 2), **by.payment())  # type: ignore[arg-type]


def _capture(by: Chance, group: int) -> Command:
    return Capture(id=by.new("pay"), group=group, hold=by.known("hold"), fen=by.fen() // 2 + 1)


def _release(by: Chance, group: int) -> Command:
    return Release(id=by.new(), group=group, hold=by.known("hold"))


def _unlock(by: Chance, group: int) -> Command:
    return Unlock(id=by.new(), group=group, hold=by.known("hold"))


def _activate(by: Chance, group: int) -> Command:
    return Activate(id=by.new("lot"), group=group, reservation=by.known("reserve"), fen=by.fen() // 2 + 1)


def _cancel(by: Chance, group: int) -> Command:
    return Cancel(id=by.new(), group=group, reservation=by.known("reserve"))


def _refund(by: Chance, group: int) -> Command:
    return Refund(id=by.new(), group=group, op=by.known("pay"), fen=by.fen() // 3 + 1)


def _clawback(by: Chance, group: int) -> Command:
    return Clawback(id=by.new(), group=group, lot=by.known("lot"), fen=by.fen())


def _transfer(by: Chance, group: int) -> Command:
    return Transfer(id=by.new(), group=group, fen=by.fen(), source=by.pot, to=by.campaign)


KINDS: tuple[Make, ...] = (
    *(_grant, _grant, _grant, _spend, _spend, _spend, _top_up, _top_up, _hold, _hold, _capture, _capture),
    *(
        _reserve,
        _activate,
        _refund,
        _refund,
        _release,
        _lock,
        _unlock,
        _cancel,
        _withdraw,
        _transfer,
        _clawback,
    ),
)
