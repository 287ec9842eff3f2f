"""The ledger once more, as plainly as it can be said: one command at a time, every fen a unit of its own.

Nothing here is shared with the code it checks but the commands and the codes. A lot's free fen are a count, a payment
is the list of single fen it took, a refund pops them from the end.
"""

from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from huoshui.core.ledger import Code, OpStatus, derived_id
from huoshui.flow.commands import (
    Activate,
    Cancel,
    Capture,
    Clawback,
    Command,
    Grant,
    LockTerm,
    Opening,
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

PRINCIPAL = "principal"
Answer = tuple[Code, int, int]
"""Why refused, and the fen of principal and bonus that the command's own op moved."""


@dataclass
class ModelLot:
    """A grant and what became of it."""

    user: UUID
    campaign: UUID
    priority: int
    restriction: int
    effective: datetime
    expires: datetime
    created: int
    free: int
    held: int = 0
    spent: int = 0
    owed: int = 0
    clawed: int = 0
    granted: int = 0


@dataclass
class ModelHold:
    """Single fen held, in the order of drawing: the lot's key, or PRINCIPAL."""

    user: UUID
    fen: list[object]
    ends: datetime
    term: bool
    open: bool = True


@dataclass
class ModelReservation:
    """A grant not yet given."""

    grant: Reserve
    effective: datetime
    open: bool = True


@dataclass
class Model:
    """Everybody's balance."""

    budgets: dict[UUID, int]
    unlimited: set[UUID]
    principal: dict[UUID, int] = field(default_factory=dict)
    debt: dict[UUID, int] = field(default_factory=dict)
    lots: dict[UUID | bytes, ModelLot] = field(default_factory=dict)
    holds: dict[UUID, ModelHold] = field(default_factory=dict)
    reservations: dict[UUID, ModelReservation] = field(default_factory=dict)
    payments: dict[UUID, tuple[UUID, list[object]]] = field(default_factory=dict)
    answers: dict[UUID, tuple[Command, Answer]] = field(default_factory=dict)

    def ask(self, commands: list[Command], now: datetime) -> list[Answer]:
        """The answer to each command, in order; groups whole or not at all."""
        answers: list[Answer] = []
        at = 0
        while at < len(commands):
            end = at + 1
            while commands[at].group and end < len(commands) and commands[end].group == commands[at].group:
                end += 1
            answers += self._together(commands[at:end], now)
            at = end
        return answers

    def _together(self, commands: list[Command], now: datetime) -> list[Answer]:
        first = {command.id: command for command in reversed(commands)}
        fresh = [one for one in commands if one.id not in self.answers and first[one.id] is one]
        known = [command for command in commands if command.id in self.answers]
        two_things = any(one != first[one.id] for one in commands)
        before = deepcopy(self.__dict__)
        if two_things or (len(commands) > 1 and any(self.status(command) != "exists" for command in known)):
            answers = {command.id: (Code.GROUP_FAILED, 0, 0) for command in fresh}
        else:
            answers = {command.id: self.one(command, now) for command in fresh}
        if len(commands) > 1 and any(answer[0] != Code.OK for answer in answers.values()):
            self.__dict__ = before
            answers = {
                identity: answer if answer[0] != Code.OK else (Code.GROUP_FAILED, 0, 0)
                for identity, answer in answers.items()
            }
        for command in fresh:
            self.answers[command.id] = (command, answers[command.id])
        return [self.answers[command.id][1] for command in commands]

    def status(self, command: Command) -> OpStatus:
        """How an id that was answered before is answered again."""
        first, answer = self.answers[command.id]
        if type(first) is not type(command):
            return "exists_with_different_kind"
        if getattr(first, "fen", 0) != getattr(command, "fen", 0):
            return "exists_with_different_fen"
        if replace(first, group=0) != replace(command, group=0):
            return "exists_with_different_terms"
        return "exists" if answer[0] == Code.OK else "failed_before"

    def one(self, command: Command, now: datetime) -> Answer:
        """Book one command."""
        refusal, principal, bonus = self._book(command, now)
        return (refusal, 0, 0) if refusal != Code.OK else (refusal, principal, bonus)

    def _book(self, command: Command, now: datetime) -> Answer:
        match command:
            case Transfer():
                return self._transfer(command)
            case Reserve() | Grant():
                return self._give(command, now)
            case Withdraw():
                return self._withdraw(command)
            case Opening() | TopUp():
                self._known(command.user)
                if command.fen <= 0:
                    return Code.BAD_AMOUNT, 0, 0
                self.principal[command.user] += command.fen
                return Code.OK, command.fen, 0
            case LockTerm() | PlaceHold() | Spend():
                return self._pay(command, now)
            case Capture():
                return self._capture(command, now)
            case Unlock() | Release():
                return self._release(command)
            case Activate() | Cancel():
                return self._end_reservation(command, now)
            case Refund():
                return self._refund(command, now)
            case Clawback():
                return self._clawback(command)
        raise AssertionError(command)

    def _known(self, user: UUID) -> None:
        self.principal.setdefault(user, 0)
        self.debt.setdefault(user, 0)

    def _transfer(self, command: Transfer) -> Answer:
        if command.fen <= 0:
            return Code.BAD_AMOUNT, 0, 0
        if command.source not in self.unlimited and self.budgets[command.source] < command.fen:
            return Code.INSUFFICIENT, 0, 0
        self.budgets[command.source] -= command.fen
        self.budgets[command.to] += command.fen
        return Code.OK, 0, command.fen

    def _give(self, command: Grant, now: datetime) -> Answer:
        self._known(command.user)
        effective = command.effective_at or now
        if command.fen <= 0:
            return Code.BAD_AMOUNT, 0, 0
        if command.expires_at <= effective:
            return Code.BAD_TERMS, 0, 0
        if command.expires_at <= now or (isinstance(command, Reserve) and command.ends_at <= now):
            return Code.EXPIRED, 0, 0
        if self.budgets[command.campaign] < command.fen:
            return Code.INSUFFICIENT, 0, 0
        self.budgets[command.campaign] -= command.fen
        if isinstance(command, Reserve):
            self.reservations[command.id] = ModelReservation(command, effective)
        else:
            self._lot(command, command.id, command.fen, effective, now)
        return Code.OK, 0, command.fen

    def _lot(self, terms: Grant, key: UUID, fen: int, effective: datetime, now: datetime) -> None:
        paid = min(self.debt[terms.user], fen)
        self.debt[terms.user] -= paid
        self.lots[key] = ModelLot(
            terms.user,
            terms.campaign,
            terms.priority,
            terms.restriction,
            effective,
            terms.expires_at,
            len(self.lots),
            fen - paid,
            granted=fen,
        )

    def _withdraw(self, command: TopUp) -> Answer:
        if command.fen <= 0:
            return Code.BAD_AMOUNT, 0, 0
        if self._free_principal(command.user) < command.fen:
            return Code.INSUFFICIENT, 0, 0
        self.principal[command.user] -= command.fen
        return Code.OK, command.fen, 0

    def _free_principal(self, user: UUID) -> int:
        held = sum(h.fen.count(PRINCIPAL) for h in self.holds.values() if h.open and h.user == user)
        return self.principal.get(user, 0) - held

    def _pay(self, command: Spend, now: datetime) -> Answer:
        user = command.user
        if command.fen <= 0:
            return Code.BAD_AMOUNT, 0, 0
        if isinstance(command, PlaceHold) and command.ends_at <= now:
            return Code.EXPIRED, 0, 0
        usable = sorted(
            (lot.priority, lot.expires, lot.created, key)
            for key, lot in self.lots.items()
            if lot.user == user
            and lot.effective <= now < lot.expires
            and lot.restriction in (0, command.restriction)
        )
        fen: list[object] = [key for *_, key in usable for _ in range(self.lots[key].free)]
        most = command.fen if command.bonus_fen_max is None else min(command.bonus_fen_max, command.fen)
        fen = fen[:most]
        bonus = len(fen)
        if self._free_principal(user) < command.fen - bonus:
            return Code.INSUFFICIENT, 0, 0
        for key in fen:
            self.lots[key].free -= 1
            if isinstance(command, PlaceHold):
                self.lots[key].held += 1
            else:
                self.lots[key].spent += 1
        fen += [PRINCIPAL] * (command.fen - bonus)
        if isinstance(command, PlaceHold):
            self.holds[command.id] = ModelHold(user, fen, command.ends_at, isinstance(command, LockTerm))
        else:
            self.principal[user] -= command.fen - bonus
            self.payments[command.id] = (user, fen)
        return Code.OK, command.fen - bonus, bonus

    def _capture(self, command: Capture, now: datetime) -> Answer:
        hold = self.holds.get(command.hold)
        if hold is None:
            return Code.UNKNOWN, 0, 0
        if command.fen <= 0:
            return Code.BAD_AMOUNT, 0, 0
        if hold.term:
            return Code.UNKNOWN, 0, 0
        if not hold.open:
            return Code.ENDED, 0, 0
        if hold.ends <= now:
            return Code.EXPIRED, 0, 0
        if command.fen > len(hold.fen):
            return Code.INSUFFICIENT, 0, 0
        taken, rest = hold.fen[: command.fen], hold.fen[command.fen :]
        for key in taken:
            if key == PRINCIPAL:
                self.principal[hold.user] -= 1
            else:
                self.lots[key].held -= 1
                self.lots[key].spent += 1
        self._free(rest)
        hold.open = False
        self.payments[command.id] = (hold.user, taken)
        return Code.OK, taken.count(PRINCIPAL), len(taken) - taken.count(PRINCIPAL)

    def _free(self, fen: list[object]) -> None:
        for key in fen:
            if key != PRINCIPAL:
                self.lots[key].held -= 1
                self.lots[key].free += 1

    def _release(self, command: Release) -> Answer:
        hold = self.holds.get(command.hold)
        if hold is None or hold.term != isinstance(command, Unlock):
            return Code.UNKNOWN, 0, 0
        if not hold.open:
            return Code.ENDED, 0, 0
        hold.open = False
        self._free(hold.fen)
        return Code.OK, hold.fen.count(PRINCIPAL), len(hold.fen) - hold.fen.count(PRINCIPAL)

    def _end_reservation(self, command: Activate | Cancel, now: datetime) -> Answer:
        reservation = self.reservations.get(command.reservation)
        if reservation is None:
            return Code.UNKNOWN, 0, 0
        whole, campaign = reservation.grant.fen, reservation.grant.campaign
        given = command.fen if isinstance(command, Activate) else 0
        if isinstance(command, Activate) and given <= 0:
            return Code.BAD_AMOUNT, 0, 0
        if not reservation.open:
            return Code.ENDED, 0, 0
        if isinstance(command, Activate):
            if min(reservation.grant.ends_at, reservation.grant.expires_at) <= now:
                return Code.EXPIRED, 0, 0
            if given > whole:
                return Code.INSUFFICIENT, 0, 0
        reservation.open = False
        self.budgets[campaign] += whole - given
        if given:
            self._lot(reservation.grant, command.id, given, reservation.effective, now)
        return Code.OK, 0, given or whole

    def _refund(self, command: Refund, now: datetime) -> Answer:
        payment = self.payments.get(command.op)
        if payment is None:
            return Code.UNKNOWN, 0, 0
        if command.fen <= 0:
            return Code.BAD_AMOUNT, 0, 0
        user, fen = payment
        if command.fen > len(fen):
            return Code.INSUFFICIENT, 0, 0
        back = [fen.pop() for _ in range(command.fen)]
        self.principal[user] += back.count(PRINCIPAL)
        step = 1
        for key in dict.fromkeys(key for key in back if key != PRINCIPAL):
            count, old = back.count(key), self.lots[key]
            paid = min(self.debt[user], count)
            self.debt[user] -= paid
            old.spent -= count
            if old.expires > now:
                old.free += count - paid
                step += 1
                continue
            born = derived_id(command.id.bytes, step)
            self.lots[born] = replace(
                old,
                effective=now,
                expires=now + timedelta(days=7),
                created=len(self.lots),
                free=count - paid,
                granted=count,
                held=0,
                spent=0,
                owed=0,
                clawed=0,
            )
            step += 2
        return Code.OK, back.count(PRINCIPAL), len(back) - back.count(PRINCIPAL)

    def _clawback(self, command: Clawback) -> Answer:
        lot = self.lots.get(command.lot)
        if lot is None:
            return Code.UNKNOWN, 0, 0
        if command.fen <= 0:
            return Code.BAD_AMOUNT, 0, 0
        taken = min(lot.free, command.fen)
        owed = max(min(command.fen - taken, lot.spent - lot.owed), 0)
        if command.fen > lot.granted - lot.clawed or taken + owed == 0:
            return Code.INSUFFICIENT, 0, 0
        lot.clawed += taken + owed
        lot.free -= taken
        lot.owed += owed
        self.debt[lot.user] += owed
        self.budgets[lot.campaign] += taken
        return Code.OK, 0, taken

    def sweep(self, now: datetime) -> None:
        """What time ends."""
        for hold in self.holds.values():
            if hold.open and hold.ends <= now:
                hold.open = False
                self._free(hold.fen)
        for reservation in self.reservations.values():
            if reservation.open and reservation.grant.ends_at <= now:
                reservation.open = False
                self.budgets[reservation.grant.campaign] += reservation.grant.fen
        for lot in self.lots.values():
            if lot.expires <= now:
                self.budgets[lot.campaign] += lot.free
                lot.free = 0

    def lots_of(self, users: list[UUID]) -> dict[bytes, tuple[int, ...]]:
        """What remains of each lot, is held, was spent and was granted."""
        return {
            key.bytes if isinstance(key, UUID) else key: (
                lot.free + lot.held,
                lot.held,
                lot.spent,
                lot.granted,
            )
            for key, lot in self.lots.items()
            if lot.user in users
        }

    def open_ends(self) -> set[UUID]:
        """Holds and reservations that have not ended."""
        both = [*self.holds.items(), *self.reservations.items()]
        return {identity for identity, either in both if either.open}

    def wallet(self, user: UUID, now: datetime) -> tuple[int, ...]:
        """Principal, bonus, both held, debt, and the bonus that can be used now."""
        lots = [lot for lot in self.lots.values() if lot.user == user]
        held = sum(lot.held for lot in lots)
        return (
            self.principal[user],
            sum(lot.free for lot in lots) + held,
            self.principal[user] - self._free_principal(user),
            held,
            self.debt[user],
            sum(lot.free for lot in lots if lot.effective <= now < lot.expires),
        )
