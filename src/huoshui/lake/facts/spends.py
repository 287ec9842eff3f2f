"""Which part of a spend was bonus, where the shop keeps one mixed balance: bonus first, oldest first, inferred.

With B(t) the bonus given and S(t) the balance spent up to t, the part of S not covered by bonus is the running
maximum of S - B (and at least 0): the reflection of a queue at zero. So one window pass tells it, on every engine.
"""

import ibis
from ibis.expr.types import Table as IbisTable

from huoshui.lake.engines import Lake
from huoshui.lake.tables import BONUS_KINDS

OUT_OF_BONUS = ("expire", "clawback", "adjust")


def inferred_bonus(lake: Lake) -> IbisTable:
    """order_id, bonus_drawn (fen): how much of each order's balance payment was bonus."""
    entries = lake.table("balance_entries")
    given = (entries.direction == "in") & entries.kind.isin(BONUS_KINDS)
    spent = (entries.direction == "out") & entries.kind.isin(("spend", *OUT_OF_BONUS))
    moves = entries.filter(given | spent).mutate(
        given=given.ifelse(entries.amount, 0), spent=spent.ifelse(entries.amount, 0)
    )
    in_order = ibis.window(
        group_by=moves.user_id,
        order_by=[moves.at, moves.direction, moves.entry_id],
        preceding=None,
        following=0,
    )
    running = moves.mutate(owed=(moves.spent - moves.given).sum().over(in_order))
    covered = running.mutate(
        uncovered=ibis.greatest(
            running.owed.max().over(
                ibis.window(
                    group_by=running.user_id,
                    order_by=[running.at, running.direction, running.entry_id],
                    preceding=None,
                    following=0,
                )
            ),
            0,
        )
    )
    before = ibis.window(group_by=covered.user_id, order_by=[covered.at, covered.direction, covered.entry_id])
    drawn = covered.mutate(
        principal_drawn=covered.uncovered - covered.uncovered.lag().over(before).fill_null(0)
    )
    orders = drawn.filter((drawn.kind == "spend") & drawn.order_id.notnull())
    return orders.group_by("order_id").aggregate(
        bonus_drawn=(orders.amount - orders.principal_drawn).sum().cast("int64")
    )
