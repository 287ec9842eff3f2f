"""A fitted model as one JSON file of numbers and back; what does not fit is refused, nothing in it is run."""

import json
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from huoshui.base.errors import BadModel
from huoshui.learn.potential.judged import Decile, Figure, Floats, Judged
from huoshui.learn.potential.model import KNOTS, Fitted, Potential
from huoshui.learn.potential.state import FEATURES

FORMAT, VERSION = "huoshui-potential", 1
BYTES_MAX = 1_000_000
ARRAYS = ("mean", "scale", "knots", "coefficients")


def save(fitted: Fitted, path: Path) -> None:
    """Write model and judgement; ValueError without a model."""
    if fitted.model is None or fitted.judged is None:
        raise ValueError(f"nothing to save: {fitted.verdict}")
    model = fitted.model
    told: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "verdict": fitted.verdict,
        "rows": list(fitted.rows),
        "features": list(model.features),
        "horizon_us": model.horizon_us,
        "base_rate": model.base_rate,
        "data_hash": model.data_hash,
        **{name: getattr(model, name).tolist() for name in ARRAYS},
        "judged": asdict(fitted.judged),
    }
    path.write_text(json.dumps(told, allow_nan=False, indent=1) + "\n", encoding="utf-8")


def load(path: Path) -> Fitted:
    """Read what `save` wrote. Raises BadModel for anything else, a model of other features too."""
    try:
        if path.stat().st_size > BYTES_MAX:
            raise ValueError("larger than any model")
        return _fitted(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise BadModel(
            file=path,
            reason_zh=f"不是这个版本的流失评分模型 ({error})",
            reason_en=f"no potential model of this version ({error})",
        ) from error


def _fitted(told: dict[str, Any]) -> Fitted:
    if told["format"] != FORMAT or told["version"] != VERSION:
        raise ValueError("another format")
    if tuple(told["features"]) != FEATURES:
        raise ValueError("other features")
    if told["verdict"] not in ("useful", "no_better_than_silence", "no_better_than_base"):
        raise ValueError("no such verdict")
    count = len(FEATURES)
    mean, scale, knots, coefficients = (
        _array(told[name], shape)
        for name, shape in zip(
            ARRAYS, ((count,), (count,), (len(KNOTS), count), (1 + count * (1 + len(KNOTS)),)), strict=True
        )
    )
    model = Potential(
        features=FEATURES,
        horizon_us=_whole(told["horizon_us"]),
        mean=mean,
        scale=scale,
        knots=knots,
        coefficients=coefficients,
        base_rate=_number(told["base_rate"]),
        data_hash=str(told["data_hash"]),
    )
    rows = [_whole(each) for each in told["rows"]]
    return Fitted(told["verdict"], (rows[0], rows[1], rows[2]), model, _judged(told["judged"]))


def _judged(told: dict[str, Any]) -> Judged:
    return Judged(
        rows=_whole(told["rows"]),
        users=_whole(told["users"]),
        rate=_number(told["rate"]),
        auc=_figure(told["auc"]),
        auc_silence=_number(told["auc_silence"]),
        auc_gain=_figure(told["auc_gain"]),
        brier=_number(told["brier"]),
        brier_base=_number(told["brier_base"]),
        brier_gain=_figure(told["brier_gain"]),
        slope=_figure(told["slope"]),
        intercept=_figure(told["intercept"]),
        deciles=tuple(
            Decile(_whole(each["rows"]), _number(each["said"]), _number(each["found"]))
            for each in told["deciles"]
        ),
    )


def _figure(told: dict[str, Any]) -> Figure:
    return Figure(_number(told["value"]), _number(told["low"]), _number(told["high"]))


def _array(told: object, shape: tuple[int, ...]) -> Floats:
    found = np.array(told, np.float64)
    if found.shape != shape or not np.isfinite(found).all():
        raise ValueError(f"{shape} numbers wanted")
    return found


def _number(told: object) -> float:
    if isinstance(told, bool) or not isinstance(told, int | float) or not isfinite(told):
        raise ValueError(f"a number wanted: {told!r}")
    return float(told)


def _whole(told: object) -> int:
    if isinstance(told, bool) or not isinstance(told, int):
        raise ValueError(f"a whole number wanted: {told!r}")
    return told
