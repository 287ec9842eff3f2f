"""What each user of a campaign brought and cost after the day they were drawn or given to: rows that become cohorts.

One row an assignment; of a campaign that nobody was drawn for, one row a grant. Rows leave the engine campaign by
campaign, in order of their day, a batch at a time: sums are made of them outside, exactly, in bounded memory.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import ibis
import pyarrow as pa
from ibis.expr.types import Table as IbisTable

from huoshui.lake.engines import Lake
from huoshui.lake.facts.arithmetic import DAY_US, micros, person_key
from huoshui.lake.facts.campaigns import VALUE_FEN_MAX, granted_to
from huoshui.lake.facts.decisions import COVARIATE_DAYS
from huoshui.lake.facts.prepared import Prepared, end_of

BATCH_ROWS = 250_000
HORIZONS = (30, 90)


class Pricing(NamedTuple):
    """How a campaign's values and costs are counted: the most that a user's value counts, and what a fen becomes.

    Cost of a row = spent + open x `use` + granted x `riding`.
    """

    campaign_id: str
    cap_fen: int
    use: float
    riding: float


def cohort_rows(prepared: Prepared, assigned: IbisTable | None, results: IbisTable) -> IbisTable:
    """One row an assignment, or a grant of a campaign without assignments; materialised.

    Columns: row, campaign_id, person, day, at_us, control, amount_fen, probability, granted, spent, open, before (value
    of the days before), value, margin and orders (of the window), margin_30, margin_90, mature, old_30, old_90.
    `assigned` is decisions.assigned_users, `results` balance.grant_results. An order after several grants
    of a campaign counts for the last of them.
    """
    lake = prepared.lake
    parts = [_of_grants(assigned, results)]
    if assigned is not None:
        parts.append(_of_assignments(prepared, assigned, results))
    rows = parts[0] if len(parts) == 1 else parts[0].union(parts[1])
    rows = lake.materialise("cohort_starts", rows.mutate(row=ibis.row_number().over()))
    around = _around(prepared, rows)
    joined = rows.left_join(around, rows.row == around.around_row)
    end = micros(end_of(prepared))
    sums = ("before", "value", "margin", "orders", "margin_30", "margin_90")
    found = lake.materialise(
        "cohort_rows",
        joined.select(
            *rows.columns,
            **{name: joined[f"sum_{name}"].fill_null(0) for name in sums},
            mature=joined.at_us + joined.window_days * DAY_US <= end,
            old_30=joined.at_us + 30 * DAY_US <= end,
            old_90=joined.at_us + 90 * DAY_US <= end,
        ),
    )
    lake.drop(rows)
    return found


def _of_assignments(prepared: Prepared, assigned: IbisTable, results: IbisTable) -> IbisTable:
    costs = granted_to(assigned, results)
    rows = assigned.left_join(costs, assigned.assignment == costs.granted_to)
    control = (rows.arm == "control") | ((rows.arm == "explore") & (rows.amount.fill_null(0) == 0))
    control = control.fill_null(False)
    # Without balance entries an assigned amount is the only sign of what was given.
    told = prepared.lake.has("balance_entries")
    given = rows.granted if told else control.ifelse(0, rows.amount)
    at = micros(rows.at)
    return rows.select(
        "campaign_id",
        "person",
        "window_days",
        day=rows.at.date(),
        at_us=at,
        until_us=at + rows.window_days * DAY_US,
        control=control,
        amount_fen=control.ifelse(0, rows.amount.fill_null(0)).cast("int64"),
        probability=rows.probability.cast("float64"),
        granted=given.fill_null(0).cast("int64"),
        spent=(rows.spent if told else given).fill_null(0).cast("int64"),
        open=rows.open.fill_null(0).cast("int64"),
    )


def _of_grants(assigned: IbisTable | None, results: IbisTable) -> IbisTable:
    lots = results.filter(results.campaign_id.notnull())
    if assigned is not None:
        drawn = assigned.select(drawn_campaign="campaign_id").distinct()
        lots = lots.anti_join(drawn, lots.campaign_id == drawn.drawn_campaign)
    in_order = ibis.window(group_by=[lots.person, lots.campaign_id], order_by=[lots.at, lots.grant])
    at = micros(lots.at)
    over = at + lots.window_days * DAY_US
    return lots.select(
        "campaign_id",
        "person",
        "window_days",
        day=lots.at.date(),
        at_us=at,
        until_us=ibis.least(over, at.lead().over(in_order).fill_null(over)),
        control=ibis.literal(False),
        amount_fen=lots.fen.cast("int64"),
        probability=ibis.null("float64"),
        granted=lots.fen.cast("int64"),
        spent=lots.spent.cast("int64"),
        open=lots.open.cast("int64"),
    )


def _around(prepared: Prepared, rows: IbisTable) -> IbisTable:
    """Sums of the orders around each row that has any: before it, in its window, and 30 and 90 days after it."""
    sold = _sold(prepared)
    reach = max(HORIZONS) * DAY_US
    timed = rows.select(
        "row", "person", "at_us", "until_us", since=rows.at_us - COVARIATE_DAYS * DAY_US,
        end=ibis.greatest(rows.until_us, rows.at_us + reach),
    )  # fmt: skip
    near = [timed.person == sold.ordering, timed.since <= sold.ordered, sold.ordered < timed.end]
    pairs = timed.join(sold, near)
    after = pairs.ordered >= pairs.at_us
    inside = after & (pairs.ordered < pairs.until_us)

    def total(values: Any, where: Any) -> Any:
        return where.ifelse(values, 0).sum().cast("int64").clip(-VALUE_FEN_MAX, VALUE_FEN_MAX)

    return pairs.group_by(around_row=pairs.row).aggregate(
        sum_before=total(pairs.value, ~after),
        sum_value=total(pairs.value, inside),
        sum_margin=total(pairs.margin, inside),
        sum_orders=inside.sum().cast("int64"),
        **{
            f"sum_margin_{span}": total(pairs.margin, after & (pairs.ordered < pairs.at_us + span * DAY_US))
            for span in HORIZONS
        },
    )


def _sold(prepared: Prepared) -> IbisTable:
    orders = prepared.orders.filter(prepared.orders.by_user)
    return orders.select(
        ordering="person", ordered=micros(orders.at), value="value", margin=orders.value - orders.bonus
    )


def arm_counts(rows: IbisTable) -> IbisTable:
    """By campaign, control and amount: how many were drawn at which chances, of which days, and what was given."""
    drawn = drawn_by_chance(rows)
    return rows.group_by("campaign_id", "control", "amount_fen").aggregate(
        rows=rows.count(),
        drawn=drawn.sum().fill_null(0),
        untold=rows.probability.isnull().sum(),
        chance_sum=rows.probability.sum(where=drawn),
        chance_least=rows.probability.min(where=drawn),
        chance_most=rows.probability.max(where=drawn),
        granted_users=(rows.granted > 0).sum(),
        granted_fen=rows.granted.sum(),
        mature=rows.mature.sum(),
        first_day=rows.day.min(),
        last_day=rows.day.max(),
    ).order_by("campaign_id", "control", "amount_fen")  # fmt: skip


def priced(prepared: Prepared, rows: IbisTable, pricing: Sequence[Pricing]) -> IbisTable:
    """`rows`, which go, materialised with value_fen (at most the campaign's cap), cost_fen, cap_fen, drawn."""
    rates = ibis.memtable(
        [tuple(one) for one in pricing],
        schema={"priced": "string", "cap_fen": "int64", "use": "float64", "riding": "float64"},
    )
    joined = rows.join(rates, rows.campaign_id == rates.priced).drop("priced")
    more = (joined.open * joined.use + joined.granted * joined.riding).round().cast("int64")
    found = joined.mutate(
        value_fen=ibis.least(joined.value, joined.cap_fen),
        cost_fen=joined.spent + more,
        drawn=drawn_by_chance(joined),
    ).drop("use", "riding", "value", "spent", "open")
    told = prepared.lake.materialise("cohort_priced", found)
    prepared.lake.drop(rows)
    return told


def unit_rows(prepared: Prepared, told: IbisTable, linked: pa.Table) -> IbisTable:
    """A row a unit and arm of those drawn whose window has passed, with its size, day and sums; materialised.

    A unit is a user, or all users of a group that was linked by then; whoever was drawn several times counts as one
    unit of that size, of their last day. `told` is `priced`; `linked` holds user_id, unit and known_us of the users of
    groups.
    """
    own = told.filter(told.drawn & told.mature)
    named = ibis.memtable(linked)
    named = named.select("unit", "known_us", linked_person=person_key(named.user_id))
    own = own.left_join(named, [own.person == named.linked_person, named.known_us <= own.at_us])
    by_unit = own.mutate(
        unit_key=ibis.coalesce(own.unit, own.person),
        grouped=own.unit.notnull(),
    )
    sums = by_unit.group_by("campaign_id", "control", "amount_fen", "grouped", "unit_key").aggregate(
        size=by_unit.count(),
        day=by_unit.day.max(),
        value_fen=by_unit.value_fen.sum().cast("int64"),
        cost_fen=by_unit.cost_fen.sum().cast("int64"),
        before_fen=by_unit.before.sum().cast("int64"),
        orders=by_unit.orders.sum().cast("int64"),
    )
    return prepared.lake.materialise("cohort_units", sums)


def cohort_ages(prepared: Prepared, told: IbisTable) -> IbisTable:
    """By campaign, day and age (1: the first 24 hours): value added then, and its square's growth, of who got it.

    Value as `priced` counts it: between 0 and the cap, so that sums over ages are sums of clipped values so far.
    """
    got = told.filter(~told.control).select(
        "row", "campaign_id", "day", "person", "at_us", "until_us", "cap_fen"
    )
    sold = _sold(prepared).drop("margin")
    near = [got.person == sold.ordering, got.at_us <= sold.ordered, sold.ordered < got.until_us]
    pairs = got.join(sold, near)
    so_far = pairs.value.sum().over(
        ibis.window(group_by=pairs.row, order_by=[pairs.ordered, pairs.value], rows=(None, 0))
    )
    pairs = pairs.mutate(so_far=so_far.cast("int64"))
    now = pairs.so_far.clip(0, None)
    before = (pairs.so_far - pairs.value).clip(0, None)
    pairs = pairs.mutate(
        age=((pairs.ordered - pairs.at_us) / DAY_US).floor().cast("int64") + 1,
        now=ibis.least(now, pairs.cap_fen),
        was=ibis.least(before, pairs.cap_fen),
    )
    return (
        pairs.group_by("campaign_id", "day", "age")
        .aggregate(
            value_fen=(pairs.now - pairs.was).sum().cast("int64"),
            squares=(_square(pairs.now) - _square(pairs.was)).sum(),
        )
        .order_by("campaign_id", "day", "age")
    )


def assigned_days(rows: IbisTable) -> IbisTable:
    """As `issued_days`, by the day on which the users were drawn or given to."""
    days_of = rows.group_by("campaign_id", "day").aggregate(issued_fen=rows.granted.sum().cast("int64"))
    return days_of.order_by("campaign_id", "day")


def issued_days(results: IbisTable) -> IbisTable:
    """campaign_id, day, issued_fen of every day on which a campaign gave anything."""
    given = results.filter(results.campaign_id.notnull())
    given = given.mutate(day=given.at.date())
    return (
        given.group_by("campaign_id", "day")
        .aggregate(issued_fen=given.fen.sum().cast("int64"))
        .order_by("campaign_id", "day")
    )


def units_in_order(units: IbisTable) -> IbisTable:
    """`unit_rows` by campaign, day and arm."""
    return units.order_by("campaign_id", "day", "control", "amount_fen")


def in_order(told: IbisTable) -> IbisTable:
    """`priced` by campaign, day and user, so that the same files give the same bits."""
    return told.order_by("campaign_id", "day", "person", "at_us", "amount_fen")


def persons_of(lake: Lake, user_ids: Any) -> Any:
    """Keys of users as rows have them."""
    named = ibis.memtable(pa.table({"user_id": user_ids.cast(pa.string())}))
    keys = lake.materialise("named_persons", named.select(person=person_key(named.user_id)))
    found = keys.to_pyarrow()["person"].to_numpy()
    lake.drop(keys)
    return found


def batches(lake: Lake, expression: IbisTable) -> Iterator[pa.RecordBatch]:
    """The rows of `expression` a batch at a time; nothing else may be asked of the engine before the last."""
    yield from lake.batches(expression, BATCH_ROWS)


def _square(values: Any) -> Any:
    return values.cast("float64") * values.cast("float64")


def drawn_by_chance(rows: IbisTable) -> Any:
    """By chance, as far as was logged; who was certain of their arm was not drawn."""
    return ((rows.probability > 0) & (rows.probability < 1)).fill_null(True)
