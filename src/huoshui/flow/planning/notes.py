"""What was assumed in a plan and what to mind, one sentence each."""

from datetime import date

from huoshui.base.errors import Text
from huoshui.base.money import yuan_text
from huoshui.core.allocate.reserve import MONTHS_BACK, SetAside
from huoshui.flow.planning.facts import PlanFacts
from huoshui.flow.planning.matrix import Cells
from huoshui.flow.planning.texts import (
    NOTE_CHANGED,
    NOTE_ENDED,
    NOTE_GAP,
    NOTE_GROSS,
    NOTE_LEARNED,
    NOTE_NEWCOMERS,
    NOTE_NO_USERS,
    NOTE_NOT_LEARNED,
    NOTE_RISK,
    NOTE_RISK_NONE,
    NOTE_SHORT,
)
from huoshui.flow.risk import RiskTold

GAP_DAYS_MAX = 7
"""More days than these between the files and the period are told of."""


def notes_of(
    told: PlanFacts, cells: Cells, aside: SetAside, first_day: date, budget_fen: int, newcomers: int
) -> tuple[Text, ...]:
    """Every sentence that applies."""
    scope = told.facts.scope
    notes = []
    gap = (first_day - date.fromisoformat(scope.last_day)).days - 1
    if gap > GAP_DAYS_MAX:
        notes.append(NOTE_GAP.filled(last=scope.last_day, first=first_day.isoformat(), days=gap))
    planned = dict.fromkeys(option.campaign for option in cells.options)
    ended = [
        cells.terms[campaign].name
        for campaign in planned
        if (cells.terms[campaign].last_day or "9999") < first_day.isoformat()
    ]
    if ended:
        notes.append(NOTE_ENDED.filled(names="、".join(ended)))
    if "users" in scope.missing_tables:
        notes.append(NOTE_NO_USERS)
    if aside.short_fen:
        notes.append(
            NOTE_SHORT.filled(
                amount=yuan_text(budget_fen + aside.short_fen), short=yuan_text(aside.short_fen)
            )
        )
    learned = told.learned
    if learned is not None and learned.rows:
        figures = {"users": f"{learned.users:,}"}
        if cells.learned is not None:
            slope = learned.slope
            figures |= {
                "slope": f"{slope.value_est:.2f}",
                "low": f"{slope.low_est:.2f}",
                "high": f"{slope.high_est:.2f}",
            }
            notes.append(NOTE_LEARNED.filled(**figures))
        elif not learned.used:
            notes.append(NOTE_NOT_LEARNED.filled(**figures))
    if told.risk is not None and told.risk.groups:
        notes.append(risk_note(told.risk))
    if scope.gross:
        notes.append(NOTE_GROSS)
    if newcomers:
        notes.append(NOTE_NEWCOMERS.filled(months=min(MONTHS_BACK, len(told.months)), users=f"{newcomers:,}"))
    for campaign in planned:
        change = next((c.change for c in cells.curves if c.campaign_id == campaign and c.change), None)
        if change is not None:
            notes.append(
                NOTE_CHANGED.filled(
                    name=cells.terms[campaign].name,
                    month=change.month,
                    before=yuan_text(round(change.before_est)),
                    since=yuan_text(round(change.since_est)),
                )
            )
    return tuple(notes)


def risk_note(risk: RiskTold) -> Text:
    """How many accounts are suspected, and what they were given."""
    groups, users, given = dict(risk.groups), dict(risk.users), dict(risk.given_fen)
    if "high" not in groups:
        return NOTE_RISK_NONE.filled(groups=f"{sum(groups.values()):,}")
    return NOTE_RISK.filled(
        groups=f"{groups['high']:,}", users=f"{users['high']:,}", yuan=yuan_text(given["high"])
    )
