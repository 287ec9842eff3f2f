"""figures.json: every value of the diagnosis as it is, for machines. Amounts are fen, shares fractions."""

from dataclasses import replace

import msgspec
import numpy as np

from huoshui.core.costs.values import Finding
from huoshui.serve.report.input import ReportInput

SCHEMA = "huoshui.figures/1"
"""Goes up when a field changes its meaning or goes away; new fields may come at any time."""


def figures_json(input: ReportInput) -> bytes:
    """UTF-8 JSON, indented; `simulated` stands first, where nobody misses it."""
    intake = input.intake
    document = {
        "schema": SCHEMA,
        "simulated": input.diagnosis.scope.simulated,
        "made_at": input.made_at,
        "folder": input.folder_name,
        "currency": input.currency,
        "rows": {
            "read": intake.rows_read,
            "kept": intake.rows_kept,
            "merged": intake.rows_merged,
            "set_aside": intake.rows_set_aside,
            "dropped": intake.rows_dropped,
        },
        "seconds": dict(input.seconds),
        "diagnosis": replace(input.diagnosis, findings=tuple(map(_without_rows, input.diagnosis.findings))),
        "intake": intake,
        "differences": input.differences,
        "guarded": input.guarded,
    }
    return msgspec.json.format(msgspec.json.encode(document, enc_hook=_own), indent=1)


def _own(value: object) -> object:
    """A number of numpy's as our own; any other object is a fault."""
    if isinstance(value, np.generic):
        return value.item()
    raise NotImplementedError(type(value))


def _without_rows(finding: Finding) -> Finding:
    """The workbook holds the rows; here stand their columns and how many there are."""
    return finding if finding.rows is None else replace(finding, rows=replace(finding.rows, rows=()))
