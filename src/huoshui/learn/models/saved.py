"""A model as a file: numbers and a header, never code.

One .npz of plain arrays; the header says in JSON which value of which known class each number belongs to. Nothing is
unpickled, no class but those of the list is made, every field is held against its declared kind, and the file's own
hash tells whether it is whole. A file from elsewhere can be wrong; it cannot run anything.
"""

import io
import json
import zipfile
from dataclasses import fields, is_dataclass
from hashlib import sha256
from pathlib import Path
from types import UnionType
from typing import Any, cast, get_args, get_origin, get_type_hints

import numpy as np
import numpy.typing as npt

from huoshui.base.errors import BadModel
from huoshui.core.uplift.deciles import Correction
from huoshui.core.uplift.row_effects import Estimate
from huoshui.learn.models.arms import ArmsLearner, Lines
from huoshui.learn.models.beside import PropensityLearner, RandomLearner, RuleLearner
from huoshui.learn.models.boosted import BoostedLearner
from huoshui.learn.models.columns import Columns
from huoshui.learn.models.learning import EffectModel
from huoshui.learn.models.trees import Trees

FORMAT = "huoshui-effects-1"
BYTES_MOST = 256 << 20
CLASSES: dict[str, type] = {
    one.__name__: one
    for one in (
        ArmsLearner, BoostedLearner, Columns, Correction, EffectModel, Estimate, Lines, PropensityLearner,
        RandomLearner, RuleLearner, Trees,
    )
}  # fmt: skip


def save(model: EffectModel, path: Path) -> None:
    """Whole or not at all."""
    beside = path.with_name(path.name + ".part")
    beside.write_bytes(packed(model))
    beside.replace(path)


def load(path: Path) -> EffectModel:
    """A model from a file; BadModel where it is none of ours."""
    if path.stat().st_size > BYTES_MOST:
        raise _bad(path.name, "文件太大", "it is too large")
    return unpacked(path.read_bytes(), name=path.name)


def packed(model: EffectModel) -> bytes:
    """The same model gives the same bytes."""
    arrays: list[npt.NDArray[Any]] = []
    header = json.dumps({"format": FORMAT, "model": _written(model, arrays)}, sort_keys=True).encode()
    out = io.BytesIO()
    named: dict[str, Any] = {f"a{at}": array for at, array in enumerate(arrays)}
    check = np.frombuffer(_digest(header, arrays), np.uint8)
    np.savez(out, header=np.frombuffer(header, np.uint8), check=check, **named)
    return out.getvalue()


def unpacked(raw: bytes, *, name: str = "model") -> EffectModel:
    """The model that `packed` made these bytes of."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
                raise _bad(name, "文件是压缩过的", "it is compressed")
        with np.load(io.BytesIO(raw), allow_pickle=False) as table:
            arrays = [table[f"a{at}"] for at in range(len(table.files) - 2)]
            header, check = table["header"].tobytes(), table["check"].tobytes()
        if check != _digest(header, arrays):
            raise _bad(
                name, "内容和校验值不符, 文件可能损坏", "its content does not fit its hash; it may be damaged"
            )
        told = json.loads(header)
        if told["format"] != FORMAT:
            raise _bad(name, f"版本不同 ({told['format']})", f"it is of another version ({told['format']})")
        model = _read(told["model"], arrays)
    # RuntimeError: what zipfile says of an entry that claims to be encrypted; nesting without end is one as well.
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, EOFError, RuntimeError) as error:
        raise _bad(name, "不是我们写的模型文件", "it is no model file of ours") from error
    if not isinstance(model, EffectModel):
        raise _bad(name, "里面不是效果模型", "it holds no model of effects")
    return model


def _bad(name: str, reason_zh: str, reason_en: str) -> BadModel:
    return BadModel(file=name, reason_zh=reason_zh, reason_en=reason_en)


def _digest(header: bytes, arrays: list[npt.NDArray[Any]]) -> bytes:
    digest = sha256(header)
    for array in arrays:
        digest.update(f"|{array.dtype.str}{array.shape}|".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.digest()


def _written(value: object, arrays: list[npt.NDArray[Any]]) -> object:
    """A value as JSON; arrays are put aside and numbered."""
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"array": len(arrays) - 1}
    if is_dataclass(value):
        own = {one.name: _written(getattr(value, one.name), arrays) for one in fields(value)}
        return {"class": type(value).__name__, "fields": own}
    if isinstance(value, tuple):
        return [_written(one, arrays) for one in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"no way to write a {type(value).__name__}")


def _read(told: object, arrays: list[npt.NDArray[Any]]) -> object:
    if isinstance(told, list):
        return tuple(_read(one, arrays) for one in told)
    if isinstance(told, dict) and "array" in told:
        return arrays[_index(told["array"], len(arrays))]
    if isinstance(told, dict):
        made, own = CLASSES[told["class"]], told["fields"]
        hints = get_type_hints(made)
        if set(own) != {one.name for one in fields(made)}:
            raise ValueError(f"{told['class']} with other fields")
        values = {name: _read(one, arrays) for name, one in own.items()}
        for name, one in values.items():
            if not _fits(one, hints[name]):
                raise ValueError(f"{told['class']}.{name} is no {hints[name]}")
        return made(**values)
    return told


def _index(number: object, count: int) -> int:
    if not isinstance(number, int) or not 0 <= number < count:
        raise ValueError(f"array {number} of {count}")
    return number


def _fits(value: object, hint: object) -> bool:
    """Whether a value is of its declared kind, as far as the classes above need it."""
    origin = get_origin(hint)
    if origin is UnionType:
        return any(_fits(value, one) for one in get_args(hint))
    if origin is np.ndarray:
        kind = get_args(get_args(hint)[1])[0]
        return isinstance(value, np.ndarray) and value.dtype == kind
    if origin is tuple:
        return isinstance(value, tuple) and all(_fits(one, get_args(hint)[0]) for one in value)
    if hint is float:
        return isinstance(value, float | int) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, cast(type, hint))
