"""The close's tables as values: the page draws them, the workbook writes them."""

from collections.abc import Iterable
from dataclasses import replace

from huoshui.core.ledger.period import AccountRoll, Amounts, Approval, Off
from huoshui.core.ledger.three_way import SIDES, ThreeWay
from huoshui.core.ledger.values import PLATFORM_KINDS
from huoshui.flow.closing import Figures
from huoshui.serve.report.speech import Speech
from huoshui.serve.report.table import Cell, DataTable, Heading, heading, table

UNITS = ("bonus", "principal", "debt")
"""In the order in which they are shown."""
CAMPAIGN_LINES = ("issued", "refunded", "spent", "expired", "clawed_back", "paid_off", "late", "other")


def of_unit(amounts: Amounts, unit: str) -> int:
    """One unit of three."""
    return {"principal": amounts.principal_fen, "bonus": amounts.bonus_fen, "debt": amounts.debt_fen}[unit]


def users_table(figures: Figures, speech: Speech) -> DataTable:
    """The users' roll-forward, unit by unit."""
    headings = (
        heading(speech, "close_line"),
        heading(speech, "close_ops", "count"),
        *(Heading(speech.say(f"col.close_{unit}"), "fen") for unit in UNITS),
    )
    rows: list[tuple[Cell, ...]] = []
    for line in figures.close.users:
        ends = line.code in ("opening", "closing")
        amounts = (of_unit(line.moved, unit) for unit in UNITS)
        shown = (fen if fen or ends else None for fen in amounts)
        rows.append((speech.say(f"close_line.{line.code}"), None if ends else line.ops, *shown))
    return table(speech, "close_users", headings, rows)


def off_table(figures: Figures, speech: Speech) -> DataTable:
    """What does not add up, and by how much."""
    headings = (
        heading(speech, "close_what"),
        heading(speech, "close_where"),
        heading(speech, "close_fen", "fen"),
    )
    rows = [(speech.say(f"close_off.{off.code}"), place_of(off, speech), off.fen) for off in figures.off]
    return table(speech, "close_off", headings, rows)


def place_of(off: Off, speech: Speech) -> str:
    """Where something is off: an account's name, or the likely cause of a payment's difference."""
    if off.code == "payments":
        return speech.say(f"close_cause.{off.place}")
    return speech.optional(f"close_line.{off.place}") or off.place


def liability_table(figures: Figures, speech: Speech) -> DataTable:
    """What is open, by its last day."""
    headings = (
        heading(speech, "close_due"),
        heading(speech, "close_lots", "count"),
        heading(speech, "close_bonus", "fen"),
    )
    rows = [(speech.say(f"close_due.{b.code}"), b.lots, b.fen) for b in figures.close.liability]
    return table(speech, "close_liability", headings, rows)


def campaigns_table(figures: Figures, speech: Speech) -> DataTable:
    """What each campaign's grants are worth in users' hands."""
    used = [code for code in CAMPAIGN_LINES if any(code in roll.moved for roll in figures.close.campaigns)]
    headings = (
        heading(speech, "campaign"),
        heading(speech, "close_opening", "fen"),
        *(Heading(speech.say(f"close_line.{code}"), "fen") for code in used),
        heading(speech, "close_closing", "fen"),
    )
    rows = [
        (roll.name, roll.opening_fen, *(roll.moved.get(code) for code in used), roll.closing_fen)
        for roll in figures.close.campaigns
    ]
    return table(speech, "close_campaigns", headings, rows)


def agents_table(figures: Figures, speech: Speech) -> DataTable:
    """Agents' accounts."""
    rolls = [roll for roll in figures.close.accounts if roll.kind == "agent"]
    return table(speech, "close_agents", _roll_headings(speech), _roll_rows(rolls, speech))


def accounts_table(figures: Figures, speech: Speech) -> DataTable:
    """The platform's other accounts."""
    rolls = [roll for roll in figures.close.accounts if roll.kind != "agent"]
    return table(speech, "close_accounts", _roll_headings(speech), _roll_rows(rolls, speech))


def _roll_headings(speech: Speech) -> tuple[Heading, ...]:
    return (
        heading(speech, "close_account"),
        heading(speech, "close_kind"),
        heading(speech, "close_unit"),
        *(
            Heading(speech.say(f"col.close_{code}"), "fen")
            for code in ("opening", "came", "went", "late", "closing")
        ),
    )


def _roll_rows(rolls: Iterable[AccountRoll], speech: Speech) -> list[tuple[Cell, ...]]:
    """One row for each unit that an account holds or moved."""
    rows: list[tuple[Cell, ...]] = []
    for roll in rolls:
        for unit in UNITS:
            parts = (roll.opening, roll.came, roll.went, roll.late, roll.closing)
            opening, came, went, late, closing = (of_unit(amounts, unit) for amounts in parts)
            if any((opening, came, went, late, closing)):
                kind = speech.say(f"close_account.{roll.kind}")
                name = kind if roll.kind in PLATFORM_KINDS else roll.name
                moved = (came or None, -went or None, late or None)
                rows.append((name, kind, speech.say(f"close_unit.{unit}"), opening, *moved, closing))
    return rows


def late_table(figures: Figures, speech: Speech) -> DataTable:
    """Adjustments of earlier periods, by what they were."""
    headings = (
        heading(speech, "close_line"),
        heading(speech, "close_ops", "count"),
        *(Heading(speech.say(f"col.close_{unit}"), "fen") for unit in UNITS),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            speech.say(f"close_line.{line.code}"),
            line.ops,
            *(of_unit(line.moved, unit) or None for unit in UNITS),
        )
        for line in figures.close.late
    ]
    return table(speech, "close_late", headings, rows)


def payments_table(payments: ThreeWay, speech: Speech) -> DataTable:
    """What each side has in all."""
    headings = (
        heading(speech, "close_side"),
        heading(speech, "close_count", "count"),
        heading(speech, "close_sum", "fen"),
    )
    rows: list[tuple[Cell, ...]] = [
        (speech.say(f"close_side.{side}"), payments.counts[side], payments.sums[side])
        for side in SIDES
        if payments.sums[side] is not None
    ]
    return table(speech, "close_payments", headings, rows)


def causes_table(payments: ThreeWay, speech: Speech) -> DataTable:
    """Why payments differ."""
    headings = (
        heading(speech, "close_cause"),
        heading(speech, "close_count", "count"),
        heading(speech, "close_fen", "fen"),
    )
    rows = [(speech.say(f"close_cause.{one.cause}"), one.payments, one.fen) for one in payments.causes]
    return table(speech, "close_causes", headings, rows)


def unequal_table(payments: ThreeWay, speech: Speech) -> DataTable:
    """The payments that differ, the largest first."""
    headings = (
        heading(speech, "close_key"),
        *(Heading(speech.say(f"close_side.{side}"), "fen") for side in SIDES),
        heading(speech, "close_cause"),
    )
    rows = [
        (one.key, one.shop_fen, one.ledger_fen, one.bill_fen, speech.say(f"close_cause.{one.cause}"))
        for one in payments.unequal
    ]
    data = table(speech, "close_unequal", headings, rows)
    return replace(data, total_rows=sum(one.payments for one in payments.causes))


def approvals_table(figures: Figures, speech: Speech) -> DataTable:
    """Who asked for what, and who agreed."""
    headings = (
        heading(speech, "close_subject"),
        heading(speech, "close_most", "fen"),
        heading(speech, "close_old", "fen"),
        heading(speech, "close_new", "fen"),
        heading(speech, "close_reason"),
        heading(speech, "close_asked"),
        heading(speech, "close_agreed"),
    )
    rows = [
        (
            speech.say(f"close_subject.{one.subject}"),
            one.fen_max,
            one.old_fen,
            one.new_fen,
            one.reason,
            one.asked_by,
            _agreed(one, speech),
        )
        for one in figures.close.approvals
    ]
    return table(speech, "close_approvals", headings, rows)


def _agreed(approval: Approval, speech: Speech) -> str:
    if approval.agreed_by is None:
        return speech.say("close.waiting")
    alone = f" ({speech.say('close.self_approved')})" if approval.self_approved else ""
    return f"{approval.agreed_by}{alone}"


def all_tables(figures: Figures, speech: Speech) -> list[DataTable]:
    """Every table, in the page's order; those of a check that was not made are left out."""
    tables = [
        users_table(figures, speech),
        off_table(figures, speech),
        liability_table(figures, speech),
        campaigns_table(figures, speech),
        agents_table(figures, speech),
        accounts_table(figures, speech),
        late_table(figures, speech),
    ]
    if figures.payments is not None:
        tables += [build(figures.payments, speech) for build in (payments_table, causes_table, unequal_table)]
    return [*tables, approvals_table(figures, speech)]
