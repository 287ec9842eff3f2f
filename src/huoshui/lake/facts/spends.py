"""Which part of a spend was bonus, where the shop keeps one mixed balance: bonus first, oldest first, inferred.

With B(t) the bonus given and S(t) the balance spent up to t, the part of S not covered by bonus is the running
maximum of S - B (and at least 0): the reflection of a queue at zero. So two window passes tell it, on every engine.
"""

import ibis
from ibis.expr.types import IntegerValue, TimestampValue
from ibis.expr.types import Table as IbisTable

from huoshui.lake.engines import Lake
from huoshui.lake.facts.arithmetic import micros, person_key, row_key
from huoshui.lake.tables import BONUS_KINDS

OUT_OF_BONUS = ("expire", "clawback", "adjust")


def inferred_bonus(lake: Lake) -> IbisTable:
    """drawing_order (row_key of its id), bonus_drawn (fen): how much of each order's balance payment was bonus."""
    entries = lake.table("balance_entries")
    given = (entries.direction == "in") & entries.kind.isin(BONUS_KINDS)
    spent = (entries.direction == "out") & entries.kind.isin(("spend", *OUT_OF_BONUS))
    moves = entries.filter(given | spent)
    out = moves.direction == "out"
    spends = (moves.kind == "spend") & moves.order_id.notnull()
    moves = moves.select(
        person=person_key(moves.user_id),
        line=moment(moves.at, drawn=False) + out.cast("int64"),
        number=row_key(moves.entry_id),
        fen=out.ifelse(moves.amount, -moves.amount),
        drawing_order=spends.ifelse(row_key(moves.order_id), None),
    )
    drawn = uncovered(running(moves))
    orders = drawn.filter(drawn.drawing_order.notnull())
    principal = orders.uncovered - orders.uncovered_before
    return orders.group_by("drawing_order").aggregate(
        bonus_drawn=(orders.fen - principal).sum().cast("int64")
    )


def moment(at: TimestampValue, *, drawn: bool) -> IntegerValue:
    """A place on a user's line of moves as one whole number: by time, and of one moment what was given first."""
    return micros(at) * 2 + int(drawn)


def running(moves: IbisTable) -> IbisTable:
    """`moves` (person, line, number, fen: above zero drawn, below zero given) with what was drawn and owed up to each.

    Moves of one kind and moment stand by `number`.
    """
    in_order = ibis.window(group_by=moves.person, order_by=[moves.line, moves.number], rows=(None, 0))
    # A sum of int64 is 128 bits wide in the engine; what follows need not carry that.
    return moves.mutate(
        drawn=ibis.greatest(moves.fen, 0).sum().over(in_order).cast("int64"),
        owed=moves.fen.sum().over(in_order).cast("int64"),
    )


def uncovered(line: IbisTable) -> IbisTable:
    """The draws of `running` with `uncovered` and `uncovered_before`: fen no bonus covers, up to and before each.

    What is given only lowers `owed`, so the running maximum needs the draws alone.
    """
    drawn = line.filter(line.fen > 0)
    keys = {"group_by": drawn.person, "order_by": [drawn.line, drawn.number]}
    until = drawn.owed.max().over(ibis.window(**keys, rows=(None, 0)))
    before = drawn.owed.max().over(ibis.window(**keys, rows=(None, -1)))
    return drawn.mutate(
        uncovered=ibis.greatest(until, 0), uncovered_before=ibis.greatest(before.fill_null(0), 0)
    )
