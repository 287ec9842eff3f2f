"""evaluation.json: every figure of an evaluation, for programs and for keeping."""

from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from huoshui.flow.evaluating.values import Evaluation

EVALUATION_JSON = "evaluation.json"
SCHEMA = "huoshui.evaluation/1"
"""Goes up when a field changes its meaning or goes away; new fields may come at any time."""


@dataclass(frozen=True, slots=True)
class EvaluationFiles:
    """Where the file lies."""

    figures: Path


def write_evaluation(found: Evaluation, out: Path) -> EvaluationFiles:
    """Write every figure into `out`. Raises OSError."""
    out.mkdir(parents=True, exist_ok=True)
    figures = out / EVALUATION_JSON
    figures.write_bytes(evaluation_json(found))
    return EvaluationFiles(figures)


def evaluation_json(found: Evaluation) -> bytes:
    """UTF-8 JSON, indented; `simulated` stands where nobody misses it, what is not known is null."""
    document = {
        "schema": SCHEMA,
        "simulated": found.simulated,
        "evaluation": _plain(msgspec.to_builtins(found, enc_hook=_own)),
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def _own(value: Any) -> Any:
    """A number of numpy's as our own; any other object is a fault."""
    if isinstance(value, np.generic):
        return value.item()
    raise NotImplementedError(type(value))


def _plain(value: Any) -> Any:
    """Infinite and unknown numbers as null: JSON has no word for them."""
    if isinstance(value, float) and not isfinite(value):
        return None
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value
