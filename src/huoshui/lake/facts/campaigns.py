"""What each arm of a campaign did in its window: moments that merge, so that any cut is a sum of cells."""

import ibis
from ibis.expr.types import Table as IbisTable

from huoshui.core.costs.facts import CampaignTerms
from huoshui.lake.engines import Lake
from huoshui.lake.facts.arithmetic import days, month_text
from huoshui.lake.facts.balance import WINDOW_DAYS
from huoshui.lake.facts.decisions import values_around
from huoshui.lake.facts.prepared import Prepared, end_of

VALUE_FEN_MAX = 3_000_000_000
"""A user's value in a window counts up to 30 million yuan: its square still fits 64 bits."""
DIGITS = 9
"""After the point, of 38: enough for sums of weights and of weighted fen squared."""
MATURITY_STEPS = 1_000_000_000_000


def campaign_terms(lake: Lake) -> list[CampaignTerms]:
    """The shop's campaigns, and those only its grants or assignments name."""
    rows = lake.table("campaigns").order_by("campaign_id").to_pyarrow().to_pylist()
    terms = {
        row["campaign_id"]: CampaignTerms(
            campaign_id=row["campaign_id"],
            name=row["name"] or row["campaign_id"],
            purpose=row["purpose"],
            first_day=None if row["start"] is None else row["start"].date().isoformat(),
            last_day=None if row["end"] is None else row["end"].date().isoformat(),
            budget_fen=row["budget"],
            bar=1.0 if row["bar"] is None else float(row["bar"]),
            window_days=row["window_days"] or WINDOW_DAYS,
            value_cap_fen=row["value_cap"],
        )
        for row in rows
    }
    for table in ("assignments", "balance_entries"):
        named = lake.table(table).select("campaign_id").distinct().drop_null().to_pyarrow()["campaign_id"]
        for campaign_id in sorted(named.to_pylist()):
            terms.setdefault(
                campaign_id,
                CampaignTerms(campaign_id, campaign_id, None, None, None, None, 1.0, WINDOW_DAYS, None),
            )
    return list(terms.values())


def arm_moments(
    prepared: Prepared, assigned: IbisTable | None, results: IbisTable, states: IbisTable
) -> IbisTable | None:
    """core.costs.facts.ArmMoments by campaign, month, segment, arm and amount; None without assignments.

    A control is the arm so named, or an amount of 0 among the explored ones. Only users whose window has passed enter
    the moments; the value in the window is capped at the campaign's value cap.
    """
    return None if assigned is None else moments_of(_outcomes(prepared, assigned, results, states))


def outcomes(prepared: Prepared, assigned: IbisTable, results: IbisTable, states: IbisTable) -> IbisTable:
    """One row an assignment, what it brought and cost; materialised, for more than the moments."""
    rows = _outcomes(prepared, assigned, results, states)
    return prepared.lake.materialise("assignment_outcomes", rows)


def moments_of(rows: IbisTable) -> IbisTable:
    """arm_moments of `outcomes`."""
    cells = _cells(rows)
    weight, square = cells.weight, cells.weight * cells.weight
    whole = ("n_all", "n", "granted_fen", "spent_fen", "open_fen", "buyers", "n_30d", "n_90d")
    sums = cells.group_by("campaign_id", "month", "segment", "control", "amount_fen").aggregate(
        **{name: cells[name].sum().cast("int64") for name in whole},
        maturity_sum=cells.maturity_steps.sum().cast("float64") / MATURITY_STEPS,
        sum_w=_exact(weight * cells.n),
        sum_wy=_exact(weight * cells.y),
        sum_w2=_exact(square * cells.n),
        sum_w2y=_exact(square * cells.y),
        sum_w2y2=_exact(square * cells.yy),
        sum_wx=_exact(weight * cells.x),
        sum_w2x=_exact(square * cells.x),
        sum_w2x2=_exact(square * cells.xx),
        sum_w2xy=_exact(square * cells.xy),
        sum_wb=_exact(weight * cells.buyers),
        sum_w2b=_exact(square * cells.buyers),
        sum_w_30d=_exact(weight * cells.n_30d),
        sum_wm_30d=_exact(weight * cells.m_30d),
        sum_w_90d=_exact(weight * cells.n_90d),
        sum_wm_90d=_exact(weight * cells.m_90d),
    )
    return sums.mutate(month=month_text(sums.month)).order_by(
        "campaign_id", "month", "segment", "control", "amount_fen"
    )


def _cells(rows: IbisTable) -> IbisTable:
    """Sums of the assignments that share a weight, in whole numbers; y is the value after, x the one before."""
    mature, y, x = rows.mature, rows.value, rows.before
    return rows.group_by("campaign_id", "month", "segment", "control", "amount_fen", "weight").aggregate(
        n_all=rows.count(),
        maturity_steps=rows.maturity_steps.sum(),
        n=mature.sum(),
        granted_fen=_sum(rows.granted, mature),
        spent_fen=_sum(rows.spent, mature),
        open_fen=_sum(rows.open, mature),
        buyers=(mature & rows.bought).sum(),
        y=_float(y, mature),
        yy=_float(y * y, mature),
        x=_float(x, mature),
        xx=_float(x * x, mature),
        xy=_float(x * y, mature),
        n_30d=rows.old_30.sum(),
        m_30d=_float(rows.margin_30, rows.old_30),
        n_90d=rows.old_90.sum(),
        m_90d=_float(rows.margin_90, rows.old_90),
    )


def _outcomes(prepared: Prepared, assigned: IbisTable, results: IbisTable, states: IbisTable) -> IbisTable:
    """One row an assignment: its arm, its window's value, the value before, and what its grants cost."""
    costs = granted_to(assigned, results)
    rows = assigned.left_join(costs, assigned.assignment == costs.granted_to)
    known = states.filter(states.decision < 0).select("decision", "month", "segment", "ordered_within")
    rows = rows.join(known, -1 - rows.assignment == known.decision)
    around = values_around(prepared, assigned)
    rows = rows.left_join(around, rows.assignment == around.decided)
    value = rows.value_window.fill_null(0)
    end = end_of(prepared)
    age_days = (end.epoch_seconds() - rows.at.epoch_seconds()).cast("float64") / 86_400.0
    control = (rows.arm == "control") | ((rows.arm == "explore") & (rows.amount.fill_null(0) == 0))
    granted = rows.granted if prepared.lake.has("balance_entries") else rows.amount
    return rows.select(
        "campaign_id",
        "month",
        "segment",
        day=rows.at.date(),
        control=control,
        amount_fen=control.ifelse(0, rows.amount.fill_null(0)),
        probability=rows.probability.cast("float64"),
        weight=1.0 / rows.probability.cast("float64").nullif(0.0).fill_null(1.0),
        maturity_steps=(ibis.greatest(ibis.least(age_days / rows.window_days, 1.0), 0.0) * MATURITY_STEPS)
        .round()
        .cast("int64"),
        mature=rows.at + rows.window_days * days(1) <= end,
        value=ibis.least(value, rows.cap.fill_null(value)).clip(-VALUE_FEN_MAX, VALUE_FEN_MAX),
        before=rows.value_before.fill_null(0).clip(-VALUE_FEN_MAX, VALUE_FEN_MAX),
        bought=rows.ordered_within,
        granted=granted.fill_null(0),
        spent=rows.spent.fill_null(0),
        open=rows.open.fill_null(0),
        old_30=rows.at + days(30) <= end,
        old_90=rows.at + days(90) <= end,
        margin_30=rows.margin_30.fill_null(0),
        margin_90=rows.margin_90.fill_null(0),
    )


def granted_to(assigned: IbisTable, results: IbisTable) -> IbisTable:
    """What an assignment's grants cost, as granted_to, granted, spent, open.

    A grant of its campaign goes to the user's last assignment before it; of assignments at one instant to the one whose
    key is the highest.
    """
    in_order = ibis.window(
        group_by=[assigned.person, assigned.campaign_id], order_by=[assigned.at, assigned.tie]
    )
    spans = assigned.select(
        granted_to="assignment",
        named="campaign_id",
        assigned_person="person",
        since="at",
        until=assigned.at.lead().over(in_order),
    )
    lots = results.filter(results.campaign_id.notnull()).select(
        "campaign_id", "person", "fen", "spent", "open", given_at="at"
    )
    owned = lots.join(
        spans,
        [
            lots.person == spans.assigned_person,
            lots.campaign_id == spans.named,
            lots.given_at >= spans.since,
            (lots.given_at < spans.until) | spans.until.isnull(),
        ],
    )
    return owned.group_by("granted_to").aggregate(
        granted=owned.fen.sum().cast("int64"),
        spent=owned.spent.sum().cast("int64"),
        open=owned.open.sum().cast("int64"),
    )


def _sum(
    values: ibis.expr.types.IntegerValue, where: ibis.expr.types.BooleanValue
) -> ibis.expr.types.IntegerValue:
    return values.sum(where=where).fill_null(0).cast("int64")


def _float(
    values: ibis.expr.types.IntegerValue, where: ibis.expr.types.BooleanValue
) -> ibis.expr.types.FloatingValue:
    """A sum of whole numbers, added up exactly in 128 bits before it becomes a float."""
    return values.sum(where=where).fill_null(0).cast("float64")


def _exact(values: ibis.expr.types.NumericValue) -> ibis.expr.types.FloatingValue:
    """A sum that does not hang on the order of the rows, which threads change: a plan is promised to the byte."""
    return values.cast(f"decimal(38, {DIGITS})").sum().cast("float64").fill_null(0.0)
