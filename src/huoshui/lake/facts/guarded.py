"""What the guard of a campaign reads, for the report: users drawn on a day, those who are alike counted together.

One table, made of rows that campaigns.outcomes has already computed for the diagnosis: most users of a day brought the
same (nothing), so it is far smaller than they are.
"""

from ibis.expr.types import Table as IbisTable

from huoshui.lake.facts.cohorts import drawn_by_chance
from huoshui.lake.facts.prepared import Prepared

BATCH_ROWS = 250_000
ALIKE = (
    "campaign_id", "day", "control", "amount_fen", "probability", "mature", "value", "granted", "spent", "open",
)  # fmt: skip


def guard_cells(prepared: Prepared, outcomes: IbisTable) -> IbisTable:
    """campaign_id, day, control, amount_fen, probability, drawn, mature, value, granted, spent, open and how many
    `users` have all of these; materialised. The value of a window that has not passed is left at 0: it is not read.
    """
    rows = outcomes.mutate(value=outcomes.mature.ifelse(outcomes.value, 0))
    cells = rows.group_by(*ALIKE).aggregate(users=rows.count())
    return prepared.lake.materialise("guard_cells", cells.mutate(drawn=drawn_by_chance(cells)))


def arm_counts(cells: IbisTable) -> IbisTable:
    """As cohorts.arm_counts."""
    users, drawn = cells.users, cells.drawn.ifelse(cells.users, 0)
    return cells.group_by("campaign_id", "control", "amount_fen").aggregate(
        rows=users.sum().cast("int64"),
        drawn=drawn.sum().cast("int64"),
        untold=users.sum(where=cells.probability.isnull()).fill_null(0).cast("int64"),
        chance_sum=(cells.probability * users).sum(where=cells.drawn),
        chance_least=cells.probability.min(where=cells.drawn),
        chance_most=cells.probability.max(where=cells.drawn),
        granted_users=users.sum(where=cells.granted > 0).fill_null(0).cast("int64"),
        granted_fen=(cells.granted * users).sum().cast("int64"),
        mature=users.sum(where=cells.mature).fill_null(0).cast("int64"),
        first_day=cells.day.min(),
        last_day=cells.day.max(),
    ).order_by("campaign_id", "control", "amount_fen")  # fmt: skip


def in_order(cells: IbisTable) -> IbisTable:
    """By campaign and day, then by all else, so that the same files give the same bits."""
    return cells.order_by(*ALIKE)
