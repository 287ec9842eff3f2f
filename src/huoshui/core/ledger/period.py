"""The close of a period: sums of ops in, what was there, came, went and is left out; and what does not add up.

docs/spec/close.md is the contract. `close_period` is pure: the same facts give the same close.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, NamedTuple

from huoshui.core.ledger.values import Kind

Slot = Literal["opening", "period", "late", "after"]
"""Where an op counts: before the period, in it, in it as an adjustment of an earlier one, or in a later one."""


class Amounts(NamedTuple):
    """Whole fen in each unit; they never mix."""

    principal_fen: int = 0
    bonus_fen: int = 0
    debt_fen: int = 0

    def plus(self, other: "Amounts", sign: int = 1) -> "Amounts":
        """Added, or taken away with sign -1, unit by unit."""
        return Amounts(*(mine + sign * theirs for mine, theirs in zip(self, other, strict=True)))


ZERO = Amounts()


@dataclass(frozen=True, slots=True)
class Flow:
    """Ops of one kind between two parties, summed; a party is an account's id, or empty for all users' wallets."""

    slot: Slot
    kind: int
    debit: str
    credit: str
    ops: int
    moved: Amounts


@dataclass(frozen=True, slots=True)
class LotFlow:
    """What ops of one kind changed in users' lots of one campaign: fen above 0 came to them."""

    slot: Slot
    kind: int
    campaign_id: str
    ops: int
    fen: int


@dataclass(frozen=True, slots=True)
class AccountNow:
    """An account as its row stands now."""

    account_id: str
    kind: str
    name: str
    balance: Amounts


@dataclass(frozen=True, slots=True)
class Due:
    """What is open of a campaign's lots at the end of the period, by their last day; `strays` broke their bounds."""

    campaign_id: str
    expires_on: date
    lots: int
    fen: int
    strays: int
    strays_fen: int


@dataclass(frozen=True, slots=True)
class Approval:
    """Who asked for what, who agreed. `self_approved`: one operator alone, after a delay."""

    subject: str
    subject_id: str
    fen_max: int
    old_fen: int
    new_fen: int
    reason: str
    asked_by: str
    asked_at: datetime
    agreed_by: str | None
    agreed_at: datetime | None

    @property
    def self_approved(self) -> bool:
        """Whether asker and agreer are one."""
        return self.agreed_by == self.asked_by


@dataclass(frozen=True, slots=True)
class PeriodFacts:
    """What a close is computed from. `signed_before`: closing balances of the period before, by party, once signed."""

    period: str
    first_day: date
    next_day: date
    flows: Sequence[Flow]
    lot_flows: Sequence[LotFlow]
    dues: Sequence[Due]
    accounts: Sequence[AccountNow]
    wallets: Amounts
    approvals: Sequence[Approval]
    signed_before: Mapping[str, Amounts] | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a roll-forward, with its sign: what went is below 0."""

    code: str
    ops: int
    moved: Amounts


@dataclass(frozen=True, slots=True)
class AccountRoll:
    """One account's roll-forward: opening + came - went + late = closing."""

    account_id: str
    kind: str
    name: str
    opening: Amounts
    came: Amounts
    went: Amounts
    late: Amounts
    closing: Amounts


@dataclass(frozen=True, slots=True)
class CampaignRoll:
    """What a campaign's grants are worth in users' hands; `moved` by line code, with sign."""

    campaign_id: str
    name: str
    opening_fen: int
    moved: Mapping[str, int]
    closing_fen: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """Liability that runs out within some days after the period."""

    code: str
    lots: int
    fen: int


@dataclass(frozen=True, slots=True)
class Off:
    """Something that does not add up: where, and by how many fen."""

    code: str
    place: str
    fen: int


@dataclass(frozen=True, slots=True)
class PeriodClose:
    """A period, closed: figures alone, no words. `late` says which kinds of op the late facts were."""

    period: str
    users: tuple[Line, ...]
    campaigns: tuple[CampaignRoll, ...]
    accounts: tuple[AccountRoll, ...]
    late: tuple[Line, ...]
    liability: tuple[Bucket, ...]
    approvals: tuple[Approval, ...]
    off: tuple[Off, ...]

    def line(self, code: str) -> Amounts:
        """The users' line of a code; nothing moved where it is not there."""
        return next((line.moved for line in self.users if line.code == code), ZERO)

    def closing(self) -> dict[str, Amounts]:
        """Closing balances by party, as the next period opens with them."""
        return {USERS: self.line("closing")} | {roll.account_id: roll.closing for roll in self.accounts}


USERS = ""
"""The party that all wallets together are."""

LINES: dict[int, str] = {
    Kind.OPENING: "taken_over",
    Kind.TOP_UP: "topped_up",
    Kind.GRANT: "issued",
    Kind.ACTIVATE: "issued",
    Kind.REFUND: "refunded",
    Kind.OWE: "owed",
    Kind.SPEND: "spent",
    Kind.CAPTURE: "spent",
    Kind.EXPIRE: "expired",
    Kind.CLAWBACK: "clawed_back",
    Kind.NET: "paid_off",
    Kind.WITHDRAW: "withdrawn",
}
"""The line of a user's balance that a kind of op moves; the other kinds leave it as it was."""

LINE_ORDER = (
    "taken_over", "topped_up", "issued", "refunded", "owed", "spent", "expired", "clawed_back", "paid_off", "withdrawn",
    "late",
)  # fmt: skip
OTHER = "other"
"""A line for what has no line of its own: shown, so that nothing moves unseen."""

BUCKETS: tuple[tuple[str, int], ...] = (("overdue", 0), ("days_7", 7), ("days_30", 30), ("days_90", 90))
LATER = "later"


def close_period(facts: PeriodFacts) -> PeriodClose:
    """The roll-forward of a period, its liability, and what does not add up."""
    balances = _balances(facts.flows)
    turnover = _turnover(facts.flows)
    close = PeriodClose(
        period=facts.period,
        users=_user_lines(facts.flows),
        campaigns=_campaign_rolls(facts),
        accounts=tuple(
            _account_roll(account, turnover, balances)
            for account in sorted(facts.accounts, key=lambda a: (a.kind, a.name, a.account_id))
        ),
        late=_late_lines(facts.flows),
        liability=_buckets(facts.dues, facts.next_day),
        approvals=tuple(sorted(facts.approvals, key=lambda a: a.asked_at)),
        off=(),
    )
    return replace(close, off=tuple(_off(facts, close, balances)))


Balances = dict[tuple[Slot, str], Amounts]


def _balances(flows: Iterable[Flow]) -> Balances:
    """What each slot changes in each party's balance."""
    changed: Balances = defaultdict(Amounts)
    for flow in flows:
        changed[flow.slot, flow.debit] = changed[flow.slot, flow.debit].plus(flow.moved, -1)
        changed[flow.slot, flow.credit] = changed[flow.slot, flow.credit].plus(flow.moved)
    return changed


def _user_lines(flows: Iterable[Flow]) -> tuple[Line, ...]:
    """The users' roll-forward: opening, what came and went, closing."""
    ops: dict[str, int] = defaultdict(int)
    moved: dict[str, Amounts] = defaultdict(Amounts)
    for flow in flows:
        sign = (flow.credit == USERS) - (flow.debit == USERS)
        if sign == 0 or flow.slot == "after":
            continue
        code = LINES.get(flow.kind, OTHER) if flow.slot == "period" else flow.slot
        ops[code] += flow.ops
        moved[code] = moved[code].plus(flow.moved, sign)
    closing = ZERO
    for amounts in moved.values():
        closing = closing.plus(amounts)
    told = [code for code in (*LINE_ORDER, OTHER) if code in moved]
    return (
        Line("opening", ops["opening"], moved["opening"]),
        *(Line(code, ops[code], moved[code]) for code in told),
        Line("closing", 0, closing),
    )


def _late_lines(flows: Iterable[Flow]) -> tuple[Line, ...]:
    """Late facts by what they were, as they changed users' balances."""
    ops: dict[str, int] = defaultdict(int)
    moved: dict[str, Amounts] = defaultdict(Amounts)
    for flow in flows:
        if flow.slot == "late":
            sign = (flow.credit == USERS) - (flow.debit == USERS)
            code = LINES.get(flow.kind, OTHER)
            ops[code] += flow.ops
            moved[code] = moved[code].plus(flow.moved, sign) if sign else moved[code]
    return tuple(Line(code, ops[code], moved[code]) for code in (*LINE_ORDER, OTHER) if code in ops)


def _turnover(flows: Iterable[Flow]) -> dict[str, tuple[Amounts, Amounts]]:
    """What came to and went from each party within the period."""
    sums: dict[str, tuple[Amounts, Amounts]] = defaultdict(lambda: (ZERO, ZERO))
    for flow in flows:
        if flow.slot == "period" and flow.debit != flow.credit:
            came, went = sums[flow.debit]
            sums[flow.debit] = came, went.plus(flow.moved)
            came, went = sums[flow.credit]
            sums[flow.credit] = came.plus(flow.moved), went
    return sums


def _account_roll(
    account: AccountNow, turnover: Mapping[str, tuple[Amounts, Amounts]], balances: Balances
) -> AccountRoll:
    came, went = turnover.get(account.account_id, (ZERO, ZERO))
    opening, late = (balances.get((slot, account.account_id), ZERO) for slot in ("opening", "late"))
    return AccountRoll(
        account_id=account.account_id,
        kind=account.kind,
        name=account.name,
        opening=opening,
        came=came,
        went=went,
        late=late,
        closing=opening.plus(came).plus(went, -1).plus(late),
    )


def _campaign_rolls(facts: PeriodFacts) -> tuple[CampaignRoll, ...]:
    """Each campaign's bonus in users' hands, the largest closing first."""
    names = {account.account_id: account.name for account in facts.accounts}
    opening: dict[str, int] = defaultdict(int)
    moved: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for flow in facts.lot_flows:
        if flow.slot == "opening":
            opening[flow.campaign_id] += flow.fen
        elif flow.slot != "after":
            code = LINES.get(flow.kind, OTHER) if flow.slot == "period" else "late"
            moved[flow.campaign_id][code] += flow.fen
    rolls = (
        CampaignRoll(
            campaign_id=one,
            name=names.get(one, one),
            opening_fen=opening[one],
            moved={code: moved[one][code] for code in (*LINE_ORDER, OTHER) if moved[one].get(code)},
            closing_fen=opening[one] + sum(moved[one].values()),
        )
        for one in sorted({flow.campaign_id for flow in facts.lot_flows})
    )
    kept = (roll for roll in rolls if roll.opening_fen or roll.moved or roll.closing_fen)
    return tuple(sorted(kept, key=lambda roll: (-roll.closing_fen, roll.name, roll.campaign_id)))


def _buckets(dues: Iterable[Due], next_day: date) -> tuple[Bucket, ...]:
    """Liability by how many days after the period's end it runs out."""
    lots: dict[str, int] = defaultdict(int)
    fen: dict[str, int] = defaultdict(int)
    for due in dues:
        days = (due.expires_on - next_day).days
        code = next((code for code, bound in BUCKETS if days < bound), LATER)
        lots[code] += due.lots
        fen[code] += due.fen
    order = (*(code for code, _ in BUCKETS), LATER)
    return tuple(Bucket(code, lots[code], fen[code]) for code in order if lots[code] or fen[code])


# --- what does not add up ---------------------------------------------------------------------------------


def _off(facts: PeriodFacts, close: PeriodClose, balances: Balances) -> Iterable[Off]:
    closing = close.closing()
    yield from _apart("legs", "", _total(closing.values()), ZERO)
    now = facts.wallets.plus(balances.get(("after", USERS), ZERO), -1)
    yield from _apart("wallets", "", now, closing[USERS])
    for account in facts.accounts:
        now = account.balance.plus(balances.get(("after", account.account_id), ZERO), -1)
        yield from _apart("accounts", account.name, now, closing[account.account_id])
    strangers = (
        {party for _, party in balances} - {account.account_id for account in facts.accounts} - {USERS}
    )
    for party in sorted(strangers):
        yield Off("accounts", party, sum(map(abs, balances.get(("period", party), ZERO))))
    open_of: dict[str, int] = defaultdict(int)
    for due in facts.dues:
        open_of[due.campaign_id] += due.fen
    open_fen = sum(open_of.values())
    bonus = closing[USERS].bonus_fen
    if open_fen != bonus:
        yield Off("lots", "", open_fen - bonus)
    for roll in close.campaigns:
        if open_of[roll.campaign_id] != roll.closing_fen:
            yield Off("lots", roll.name, open_of[roll.campaign_id] - roll.closing_fen)
    strays = sum(due.strays_fen for due in facts.dues)
    if any(due.strays for due in facts.dues):
        yield Off("lot_bounds", str(sum(due.strays for due in facts.dues)), strays)
    if facts.signed_before is not None:
        names = {account.account_id: account.name for account in facts.accounts}
        opening = {roll.account_id: roll.opening for roll in close.accounts} | {USERS: close.line("opening")}
        for party in sorted(opening.keys() | facts.signed_before.keys()):
            was = facts.signed_before.get(party, ZERO)
            yield from _apart("opening", names.get(party, party), opening.get(party, ZERO), was)


def _apart(code: str, place: str, found: Amounts, expected: Amounts) -> Iterable[Off]:
    """One finding for each unit in which two balances differ."""
    for fen in found.plus(expected, -1):
        if fen:
            yield Off(code, place, fen)


def _total(amounts: Iterable[Amounts]) -> Amounts:
    total = ZERO
    for one in amounts:
        total = total.plus(one)
    return total
