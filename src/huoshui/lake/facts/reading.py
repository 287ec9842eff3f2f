"""From an Ibis expression to core's fact rows: column names are field names, and nothing is converted silently."""

from dataclasses import fields
from typing import TypeVar

from ibis.expr.types import Table as IbisTable

Row = TypeVar("Row")


def read(expression: IbisTable, row: type[Row]) -> list[Row]:
    """The rows of `expression` as `row` dataclasses; raises KeyError when a field has no column."""
    columns = expression.to_pyarrow().to_pydict()
    names = [f.name for f in fields(row)]  # type: ignore[arg-type]
    return [row(*values) for values in zip(*(columns[name] for name in names), strict=True)]
