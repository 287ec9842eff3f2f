"""The model's folder: card.json with every figure, model.npz with the response factor as numbers, and no program."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from huoshui.core.uplift.response_factors import Learned
from huoshui.flow.learning.running import LearningRun
from huoshui.flow.learning.values import LearnedCard

CARD_JSON, MODEL_NPZ = "card.json", "model.npz"
SCHEMA = "huoshui.learned/1"
"""Goes up when a field changes its meaning or goes away; new fields may come at any time."""


@dataclass(frozen=True, slots=True)
class LearningFiles:
    """Where the files lie; `model` is None where there was nothing to learn from."""

    card: Path
    model: Path | None


def write_learning(run: LearningRun, out: Path) -> LearningFiles:
    """Write the card and the model into `out`. Raises OSError."""
    out.mkdir(parents=True, exist_ok=True)
    card = out / CARD_JSON
    card.write_bytes(card_json(run.card))
    if run.factor.model is None:
        return LearningFiles(card, None)
    model = out / MODEL_NPZ
    write_model(run.factor, run.card.data_hash, model)
    return LearningFiles(card, model)


def card_json(card: LearnedCard) -> bytes:
    """UTF-8 JSON, indented; `simulated` stands where nobody misses it, what is not known is null."""
    document = {"schema": SCHEMA, "simulated": card.simulated, "card": card}
    return msgspec.json.format(msgspec.json.encode(document, enc_hook=_plain), indent=1) + b"\n"


def _plain(value: Any) -> Any:
    """A number of numpy's as our own; any other object is a fault."""
    if isinstance(value, np.generic):
        return value.item()
    raise NotImplementedError(type(value))


def write_model(learned: Learned, data_hash: str, path: Path) -> None:
    """The weights by feature, with what features were centred and spread by: arrays of numbers and texts alone."""
    model = learned.model
    assert model is not None
    with path.open("wb") as file:
        np.savez(
            file,
            schema=np.array(SCHEMA),
            data_hash=np.array(data_hash),
            names=np.array(model.names),
            centre=model.centre,
            spread=model.spread,
            weights=model.weights,
            believed=np.array(learned.believed_est),
            used=np.array(learned.used),
        )
