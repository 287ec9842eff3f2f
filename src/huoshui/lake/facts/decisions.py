"""The state of a user at each grant and assignment, and what they did after: one pass over their orders.

A decision is a grant or an assignment. Its user's orders are joined once, without a limit in time, and everything
that depends on them (was it a newcomer, how much in the 90 days before, how much in the window after) is one
aggregate each. Segments follow as of the decision (definitions: first match wins).
"""

import ibis
from ibis.expr.types import BooleanValue, IntegerValue, StringValue
from ibis.expr.types import Table as IbisTable

from huoshui.lake.facts.arithmetic import DAY_US, micros, month_of, person_key
from huoshui.lake.facts.balance import WINDOW_DAYS
from huoshui.lake.facts.prepared import Prepared

LOST_DAYS = 180
"""Without an order for so long a user is lost."""
COVARIATE_DAYS = 60
"""Value in the days before an assignment sharpens the comparison after it (CUPED)."""


def decision_states(
    prepared: Prepared, results: IbisTable, assigned: IbisTable | None, months: IbisTable, people: IbisTable
) -> IbisTable:
    """One row a decision, materialised: who its user was by then, and what they did after.

    Columns: decision (a grant's number, or -1 less an assignment's), month, segment, source (of the first order), old
    (had bought before the files), last_order, next_after (the next order, in microseconds), ordered_before,
    ordered_week_before, ordered_within (the window), ordered_within_30 (days), value_before (60 days), value_window,
    value_30, value_90 (fen).
    """
    decisions = _decisions(results, assigned)
    around = _orders_around(prepared, decisions)
    states = decisions.left_join(around, decisions.decision == around.decided).drop("decided")
    if assigned is not None:
        after = _value_around(prepared, _decisions_of(assigned))
        states = states.left_join(after, states.decision == after.decided).drop("decided")
    else:
        states = states.mutate({name: ibis.literal(0, "int64") for name in ASSIGNED_ONLY})
    states = states.mutate(
        {name: states[name].fill_null(0) for name in states.columns if name.startswith(("orders_", "value_"))}
    )
    known = people.select(
        buyer="person", first_at="first_at", last_order="last_at", source="source", old="old"
    )
    states = states.left_join(known, states.person == known.buyer).drop("buyer")
    bars = high_value_bars(months)
    states = states.mutate(month=month_of(states.at), old=states.old.fill_null(False))
    states = states.left_join(bars, states.month == bars.bar_month).drop("bar_month")
    at = micros(states.at)
    segment = segment_of(
        at=at,
        history=micros(ibis.timestamp(prepared.first_day.isoformat())),
        first_at=micros(states.first_at),
        last_before=states.last_before,
        orders_90=states.orders_90,
        value_90=states.value_90_before,
        bar=states.bar,
        old=states.old,
    )
    return prepared.lake.materialise(
        "decision_states",
        states.select(
            "decision", "month", "source", "old", "last_order", "next_after", "value_before", "value_window",
            "value_30", "value_90",
            segment=segment,
            ordered_within=(states.next_after < at + states.window_days * DAY_US).fill_null(False),
            ordered_within_30=(states.next_after < at + 30 * DAY_US).fill_null(False),
            ordered_week_before=(states.last_before >= at - 7 * DAY_US).fill_null(False),
            ordered_before=states.last_before.notnull() | (micros(states.first_at) < at).fill_null(False),
        ),
    )  # fmt: skip


def _decisions(results: IbisTable, assigned: IbisTable | None) -> IbisTable:
    grants = results.select("person", "at", "window_days", decision=results.grant)
    if assigned is None:
        return grants
    return grants.union(_decisions_of(assigned))


def _decisions_of(assigned: IbisTable) -> IbisTable:
    """Assignments as decisions: their numbers lie below zero, so that grants and they share one column."""
    return assigned.select("person", "at", "window_days", decision=-1 - assigned.assignment)


def assigned_users(prepared: Prepared) -> IbisTable | None:
    """One row an assignment, materialised; None without assignments.

    Columns: assignment (a number), person, campaign_id, at, arm, amount, probability, window_days, cap.
    """
    lake = prepared.lake
    if not lake.has("assignments"):
        return None
    rows = lake.table("assignments")
    campaigns = lake.table("campaigns")
    terms = campaigns.group_by(known_campaign=campaigns.campaign_id).aggregate(
        window=campaigns.window_days.max(), cap=campaigns.value_cap.max()
    )
    rows = rows.left_join(terms, rows.campaign_id == terms.known_campaign)
    return lake.materialise(
        "assigned_users",
        rows.select(
            "campaign_id",
            "at",
            "arm",
            "amount",
            "probability",
            "cap",
            assignment=ibis.row_number().over(),
            person=person_key(rows.user_id),
            window_days=rows.window.fill_null(WINDOW_DAYS),
        ),
    )


def _orders_around(prepared: Prepared, decisions: IbisTable) -> IbisTable:
    """What every decision needs: the last order before, the next after, and the 90 days before.

    Orders past LOST_DAYS tell no more than that there were some, which the buyer's first order tells too.
    """
    rows = _pairs(prepared, decisions)
    age = rows.ordered - rows.decided_at
    rows = rows.filter((age >= -LOST_DAYS * DAY_US) & (age < ibis.greatest(30, rows.window) * DAY_US))
    before = rows.ordered < rows.decided_at
    recent = before & (rows.ordered - rows.decided_at >= -90 * DAY_US)
    return rows.group_by(decided=rows.decision).aggregate(
        last_before=rows.ordered.max(where=before),
        next_after=rows.ordered.min(where=~before),
        orders_90=recent.sum(),
        value_90_before=_sum(rows.value, recent),
    )


ASSIGNED_ONLY = ("value_before", "value_window", "value_30", "value_90")


def _value_around(prepared: Prepared, decisions: IbisTable) -> IbisTable:
    """What only an assignment needs: value before it (the covariate), in its window, and in 30 and 90 days."""
    rows = _pairs(prepared, decisions)
    age = rows.ordered - rows.decided_at
    rows = rows.filter((age >= -COVARIATE_DAYS * DAY_US) & (age < ibis.greatest(90, rows.window) * DAY_US))
    age = rows.ordered - rows.decided_at
    return rows.group_by(decided=rows.decision).aggregate(
        value_before=_sum(rows.value, age < 0),
        value_window=_sum(rows.value, (age >= 0) & (age < rows.window * DAY_US)),
        value_30=_sum(rows.value, (age >= 0) & (age < 30 * DAY_US)),
        value_90=_sum(rows.value, (age >= 0) & (age < 90 * DAY_US)),
    )


def _pairs(prepared: Prepared, decisions: IbisTable) -> IbisTable:
    """Each decision with every order of its user; times in microseconds."""
    orders = prepared.orders.filter(prepared.orders.by_user)
    sold = orders.select(ordering=orders.person, ordered=micros(orders.at), value=orders.value)
    timed = decisions.select("decision", "person", decided_at=micros(decisions.at), window="window_days")
    return timed.join(sold, timed.person == sold.ordering)


def _sum(values: IntegerValue, where: BooleanValue) -> IntegerValue:
    return where.ifelse(values, 0).sum().cast("int64")


def high_value_bars(months: IbisTable) -> IbisTable:
    """bar_month, bar (fen): the top fifth's least margin in the three months before, of those who ordered in them."""
    shifted = ibis.union(*(months.mutate(month=_later(months.month, step)) for step in (1, 2, 3)))
    recent = shifted.group_by("month", "person").aggregate(value=shifted.value.sum().cast("int64"))
    return recent.group_by(bar_month=recent.month).aggregate(bar=recent.value.quantile(0.8).cast("int64"))


def _later(month: IntegerValue, step: int) -> IntegerValue:
    count = (month // 100) * 12 + (month % 100) - 1 + step
    return ((count // 12) * 100 + count % 12 + 1).cast("int32")


def segment_of(
    *,
    at: IntegerValue,
    history: IntegerValue,
    first_at: IntegerValue,
    last_before: IntegerValue,
    orders_90: IntegerValue,
    value_90: IntegerValue,
    bar: IntegerValue,
    old: BooleanValue,
) -> StringValue:
    """The segment as of `at`; 'unknown' where it needs more history than the files hold. Times are microseconds."""
    never = last_before.isnull() & (first_at >= at).fill_null(True)
    return ibis.cases(
        (~old & (never | (first_at >= at - 30 * DAY_US)), "newcomer"),
        (never & (history <= at - LOST_DAYS * DAY_US), "lost"),
        (never, "unknown"),
        (last_before.isnull() | (last_before < at - LOST_DAYS * DAY_US), "lost"),
        (last_before < at - 60 * DAY_US, "dormant"),
        (bar.notnull() & (orders_90 > 0) & (value_90 >= bar), "high_value"),
        (orders_90 == 1, "low_frequency"),
        else_="regular",
    )
