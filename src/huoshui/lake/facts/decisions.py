"""The state of a user at each grant and assignment, and what they did after.

A decision is a grant or an assignment. A user's orders cut time into stretches: in each, the last order, the next one
and the running totals stay the same. So what stood at an instant is one row, found by its stretch, and what happened
between two instants is the difference of two: no decision is held against all orders of its user. Segments follow as
of the decision (definitions: first match wins).
"""

from datetime import date, timedelta

import ibis
from ibis.expr.types import BooleanValue, IntegerValue, StringValue
from ibis.expr.types import Table as IbisTable

from huoshui.lake.engines import Lake
from huoshui.lake.facts.arithmetic import DAY_US, micros, month_of, person_key
from huoshui.lake.facts.balance import WINDOW_DAYS
from huoshui.lake.facts.orders import ROUNDING_FEN
from huoshui.lake.facts.prepared import Prepared

LOST_DAYS = 180
"""Without an order for so long a user is lost."""
DORMANT_DAYS = 60
"""Without an order for so long a user is dormant."""
RECENT_DAYS = 90
"""What a user brought in so many days decides between high value, regular and low frequency."""
COVARIATE_DAYS = 60
"""Value in the days before an assignment sharpens the comparison after it (CUPED)."""
HIGH_VALUE_SHARE = 0.8
"""So many of those who ordered lie below the bar of high value."""
NEVER_US = 9_000_000_000_000_000_000
"""After every instant, in microseconds; its negative lies before every one."""


def decision_states(
    prepared: Prepared, results: IbisTable, assigned: IbisTable | None, people: IbisTable
) -> IbisTable:
    """One row a decision, materialised: who its user was by then, and when they ordered next.

    Columns: decision (a grant's number, or -1 less an assignment's), month, segment, source (of the first order), old
    (had bought before the files), last_order, next_after (the next order, in microseconds), ordered_before,
    ordered_week_before, ordered_within (the window), ordered_within_30 (days).
    """
    history = _stretches(prepared)
    states = _orders_around(history, _decisions(results, assigned))
    known = people.select(
        buyer="person", first_at="first_at", last_order="last_at", source="source", old="old"
    )
    states = states.left_join(known, states.person == known.buyer).drop("buyer")
    states = _with_old(prepared.lake, states).mutate(month=month_of(states.at))
    at, first_at = micros(states.at), micros(states.first_at)
    segment = segment_of(
        at=at,
        history=micros(ibis.timestamp(prepared.first_day.isoformat())),
        first_at=first_at,
        last_before=states.last_before,
        orders_90=states.orders_90,
        margin_90=states.margin_90,
        bar=_bar_of(states.month, high_value_bars(prepared)),
        old=states.old,
    )
    found = prepared.lake.materialise(
        "decision_states",
        states.select(
            "decision", "month", "source", "old", "last_order", "next_after",
            segment=segment,
            ordered_within=(states.next_after < at + states.window_days * DAY_US).fill_null(False),
            ordered_within_30=(states.next_after < at + 30 * DAY_US).fill_null(False),
            ordered_week_before=(states.last_before >= at - 7 * DAY_US).fill_null(False),
            ordered_before=states.last_before.notnull() | (first_at < at).fill_null(False),
        ),
    )  # fmt: skip
    prepared.lake.drop(history)
    return found


def _with_old(lake: Lake, states: IbisTable) -> IbisTable:
    """`old` also of those without an order in the files: what they spent in all, they spent before.

    Without it who orders after an offer would stand in another segment than who does not, and no comparison would hold.
    """
    if not lake.has("users", "cum_spend"):
        return states.mutate(old=states.old.fill_null(False))
    users = lake.table("users")
    spent = users.select(spender=person_key(users.user_id), before=users.cum_spend > ROUNDING_FEN)
    joined = states.left_join(spent, states.person == spent.spender).drop("spender")
    idle = joined.last_before.isnull() & joined.next_after.isnull()
    old = ibis.coalesce(joined.old, (joined.before & idle).fill_null(False))
    return joined.mutate(old=old).drop("before")


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

    Columns: assignment (a number), tie (key of its id), person, campaign_id, at, arm, amount, probability, window_days,
    cap.
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
            tie=person_key(rows.assignment_id),
            person=person_key(rows.user_id),
            window_days=rows.window.fill_null(WINDOW_DAYS),
        ),
    )


def _orders_around(history: IbisTable, decisions: IbisTable) -> IbisTable:
    """`decisions` with last_before and next_after (microseconds), orders_90 and margin_90 of the days before.

    The last two are 0 for the dormant and the lost: no segment asks for them, and they need no second look-up.
    """
    now, then = history, history.view()
    # Left joins, though each decision of a buyer lies in one stretch: the engine may not pair the stretches first.
    at = micros(decisions.at)
    rows = decisions.left_join(
        now, [decisions.person == now.stretching, at > now.since, at <= now.until]
    ).select(
        *decisions.columns,
        last_before=(now.orders > 0).ifelse(now.since, None),
        next_after=(now.until < NEVER_US).ifelse(now.until, None),
        orders="orders",
        margin="margin",
    )
    at = micros(rows.at)
    rows = rows.mutate(
        start=at - RECENT_DAYS * DAY_US,
        active=(rows.last_before >= at - DORMANT_DAYS * DAY_US).ifelse(rows.person, None),
    )
    joined = rows.left_join(
        then, [rows.active == then.stretching, rows.start > then.since, rows.start <= then.until]
    )
    return joined.select(
        *decisions.columns,
        "last_before",
        "next_after",
        orders_90=(rows.orders - then.orders).fill_null(0),
        margin_90=(rows.margin - then.margin).fill_null(0),
    )


def _stretches(prepared: Prepared) -> IbisTable:
    """One row a stretch between two orders of a user, materialised; times in microseconds.

    Columns: stretching (the person), since (an order, not part of the stretch) and until (the next, part of it), orders
    and margin (fen) of all orders up to `since`. The first stretch begins before time, the last never ends.
    """
    orders = prepared.orders.filter(prepared.orders.by_user)
    sold = orders.select("person", since=micros(orders.at), gain=orders.value - orders.bonus)
    by_time = ibis.window(group_by=sold.person, order_by=sold.since)
    # By value of time, not by row: orders of one instant share their totals, and only the last of them is kept.
    up_to = ibis.window(group_by=sold.person, order_by=sold.since, range=(None, 0))
    line = sold.select(
        "person",
        "since",
        until=sold.since.lead().over(by_time).fill_null(NEVER_US),
        orders=sold.count().over(up_to),
        margin=sold.gain.sum().over(up_to).cast("int64"),
    )
    line = line.filter(line.until > line.since)
    zero = ibis.literal(0, "int64")
    opening = sold.group_by("person").aggregate(until=sold.since.min())
    opening = opening.select(
        "person", since=ibis.literal(-NEVER_US, "int64"), until=opening.until, orders=zero, margin=zero
    )
    return prepared.lake.materialise("stretches", line.union(opening).rename(stretching="person"))


def values_around(prepared: Prepared, assigned: IbisTable) -> IbisTable:
    """One row an assignment whose user ordered near it, by `decided`: what came before and after it, in fen.

    Columns: value_before (the covariate), value_window, orders_window, margin_30, margin_90 (days after). Orders near
    are few, so each assignment is held against them.
    """
    orders = prepared.orders.filter(prepared.orders.by_user)
    sold = orders.select(
        ordering="person", ordered=micros(orders.at), value="value", margin=orders.value - orders.bonus
    )
    at = micros(assigned.at)
    timed = assigned.select(
        "assignment",
        "person",
        assigned_at=at,
        window="window_days",
        since=at - COVARIATE_DAYS * DAY_US,
        until=at + ibis.greatest(90, assigned.window_days) * DAY_US,
    )
    # Bounds of one side each: the engine holds pairs against them as it finds them, and writes down only what fits.
    near = [timed.person == sold.ordering, timed.since <= sold.ordered, sold.ordered < timed.until]
    rows = timed.join(sold, near)
    rows = rows.select("assignment", "window", "value", "margin", age=rows.ordered - rows.assigned_at)
    after = rows.age >= 0
    return rows.group_by(decided=rows.assignment).aggregate(
        value_before=_sum(rows.value, ~after),
        value_window=_sum(rows.value, after & (rows.age < rows.window * DAY_US)),
        orders_window=(after & (rows.age < rows.window * DAY_US)).sum().cast("int64"),
        margin_30=_sum(rows.margin, after & (rows.age < 30 * DAY_US)),
        margin_90=_sum(rows.margin, after & (rows.age < 90 * DAY_US)),
    )


def _sum(values: IntegerValue, where: BooleanValue) -> IntegerValue:
    return where.ifelse(values, 0).sum().cast("int64")


def high_value_bars(prepared: Prepared) -> dict[int, int]:
    """Fen by month (202608): the top fifth's least margin in the 90 days before it, of those who ordered in them."""
    orders = prepared.orders.filter(~prepared.orders.abuser)
    margin = orders.value - orders.bonus
    starts = {f"m{start:%Y%m}": start for start in _month_starts(prepared.first_day, prepared.last_day)}
    # A column a month and a row a person: a sum over no order at all is NULL, and no quantile counts it.
    sums = orders.group_by("person").aggregate(
        **{
            name: margin.sum(
                where=(orders.day >= ibis.date((start - timedelta(days=RECENT_DAYS)).isoformat()))
                & (orders.day < ibis.date(start.isoformat()))
            ).cast("int64")
            for name, start in starts.items()
        }
    )
    bars = sums.aggregate(**{name: sums[name].quantile(HIGH_VALUE_SHARE).cast("int64") for name in starts})
    row = bars.to_pyarrow().to_pylist()[0]
    return {int(name[1:]): bar for name, bar in row.items() if bar is not None}


def _month_starts(first: date, last: date) -> list[date]:
    """First days of the months that an order of the span lies 90 days before."""
    end = last + timedelta(days=RECENT_DAYS)
    count = (end.year - first.year) * 12 + end.month - first.month
    months = [first.year * 12 + first.month + step for step in range(count)]
    return [date(month // 12, month % 12 + 1, 1) for month in months]


def _bar_of(month: IntegerValue, bars: dict[int, int]) -> IntegerValue:
    cases = [(month == number, ibis.literal(bar, "int64")) for number, bar in bars.items()]
    return ibis.cases(*cases, else_=ibis.null("int64")) if cases else ibis.null("int64")


def segment_of(
    *,
    at: IntegerValue,
    history: IntegerValue,
    first_at: IntegerValue,
    last_before: IntegerValue,
    orders_90: IntegerValue,
    margin_90: IntegerValue,
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
        (last_before < at - DORMANT_DAYS * DAY_US, "dormant"),
        (bar.notnull() & (orders_90 > 0) & (margin_90 >= bar), "high_value"),
        (orders_90 == 1, "low_frequency"),
        else_="regular",
    )
