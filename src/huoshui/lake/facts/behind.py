"""The rows behind each finding, largest first, so that anybody can check it against the shop's own pages."""

from itertools import groupby
from typing import Any

import ibis
import pyarrow as pa
from ibis.expr.types import Table as IbisTable

from huoshui.base.limits import EXPORT_ROWS_MAX
from huoshui.core.costs.values import RowTable
from huoshui.lake.facts.arithmetic import month_text


def row_table(code: str, expression: IbisTable) -> RowTable:
    """The first EXPORT_ROWS_MAX rows of `expression`, and how many there are."""
    found = expression.limit(EXPORT_ROWS_MAX + 1).to_pyarrow()
    total = found.num_rows
    if total > EXPORT_ROWS_MAX:
        total = expression.count().to_pyarrow().as_py()
    return RowTable(code, tuple(found.column_names), _rows(found.slice(length=EXPORT_ROWS_MAX)), total)


def drain_loop_rows(rows: IbisTable) -> IbisTable:
    """Orders that got a level's discount only because bonus counted: user, order, month, discount given and earned."""
    found = rows.filter(rows.fits)
    return found.select(
        "order_id",
        "user_id",
        month=month_text(found.month),
        list_fen="list_fen",
        discount_fen="discount",
        earned_fen="without",
        excess_fen=found.with_bonus - found["without"],
    ).order_by(ibis.desc("excess_fen"), "order_id")


def abuse_rows(classed: IbisTable, named: IbisTable) -> IbisTable:
    """Users the shop marked as abusers and the bonus they took. `named` holds the ids of each grant."""
    marked = _with_ids(classed.filter(classed.abuser), named)
    return (
        marked.group_by("user_id")
        .aggregate(
            grants=marked.count(),
            issued_fen=marked.fen.sum().cast("int64"),
            spent_fen=marked.spent.sum().cast("int64"),
        )
        .order_by(ibis.desc("spent_fen"), "user_id")
    )


def never_back_rows(classed: IbisTable, named: IbisTable) -> IbisTable:
    """Grants spent by users who have not ordered since."""
    gone = _with_ids(classed.filter(classed.spent > 0, classed.last_order <= classed.last_draw), named)
    return gone.select(
        "user_id",
        "grant_id",
        "kind",
        "campaign_id",
        at=gone.at.cast("string"),
        spent_fen="spent",
        last_order=gone.last_order.cast("string"),
    ).order_by(ibis.desc("spent_fen"), "grant_id")


def manual_rows(classed: IbisTable, named: IbisTable) -> IbisTable:
    """Bonus added by hand."""
    manual = _with_ids(classed.filter(classed.kind == "adjust", classed.campaign_id.isnull()), named)
    return manual.select("grant_id", "user_id", at=manual.at.cast("string"), issued_fen="fen").order_by(
        ibis.desc("issued_fen"), "grant_id"
    )


def _with_ids(rows: IbisTable, named: IbisTable) -> IbisTable:
    ids = named.select("grant_id", "user_id", named_grant="grant")
    return rows.join(ids, rows.grant == ids.named_grant)


def campaign_tables(classed: IbisTable) -> dict[str, RowTable]:
    """Each campaign's grants by segment and month, by campaign id: one statement for all of them."""
    own = classed.filter(classed.campaign_id.notnull())
    sums = own.group_by("campaign_id", "month", "segment").aggregate(
        users=own.person.nunique(),
        issued_fen=own.fen.sum().cast("int64"),
        spent_fen=own.spent.sum().cast("int64"),
        expired_fen=own.expired.sum().cast("int64"),
        attributed_value_fen=own.attributed.sum().cast("int64"),
    )
    found = sums.mutate(month=month_text(sums.month)).order_by("campaign_id", "month", "segment").to_pyarrow()
    columns = tuple(found.column_names[1:])
    tables = {}
    for campaign_id, group in groupby(_rows(found), key=lambda row: str(row[0])):
        rows = tuple(row[1:] for row in group)
        tables[campaign_id] = RowTable("campaign", columns, rows, len(rows))
    return tables


def _rows(found: pa.Table) -> tuple[tuple[Any, ...], ...]:
    return tuple(zip(*(column.to_pylist() for column in found.columns), strict=True))
