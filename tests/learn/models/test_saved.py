"""A model's file: the same effects after it, the same bytes for the same model, and nothing that runs."""

import io
import json
import pickle
import zipfile

import numpy as np
import pytest
from drawn_trials import drawn_trial
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huoshui.base.errors import BadModel
from huoshui.core.uplift.deciles import average_alone
from huoshui.learn.models import EffectModel, fit, load, save
from huoshui.learn.models.saved import packed, unpacked

ROWS = drawn_trial(1, 3_000, amounts=(200, 800)).rows
UNSEEN = drawn_trial(2, 500).rows.features
KINDS = ("logistic", "boosted", "rule", "propensity", "random", "average")


def model_of(kind):
    learner = None if kind == "average" else fit(kind, ROWS, seed=1, fold=np.arange(3_000) % 3)
    mean, believed = ROWS.features.mean(axis=0), learner is not None
    right = average_alone(ROWS)
    return EffectModel(ROWS.names, ROWS.amounts_fen, kind, learner, right, mean, ROWS.data_hash, believed)


@pytest.fixture(scope="module")
def models():
    return {kind: model_of(kind) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_what_comes_back_predicts_the_same_and_packs_to_the_same_bytes(models, kind, tmp_path):
    path = tmp_path / "model.npz"
    save(models[kind], path)
    back = load(path)
    one, other = (model.effects(UNSEEN) for model in (models[kind], back))
    for column in ("effect_est", "low_est", "high_est"):
        assert np.array_equal(getattr(one, column), getattr(other, column), equal_nan=True)
    assert back.data_hash == ROWS.data_hash
    assert packed(back) == packed(models[kind]) == path.read_bytes()
    assert list(tmp_path.iterdir()) == [path]


class Shouts:
    def __reduce__(self):
        return (pytest.fail, ("a file from elsewhere was run",))


def repacked(raw, *, header=None, arrays=None, compress=False, check=None):
    """The same file with another part, its own hash left as it was unless told."""
    with np.load(io.BytesIO(raw), allow_pickle=False) as table:
        parts = {name: table[name] for name in table.files}
    parts |= {"header": np.frombuffer(header, np.uint8)} if header is not None else {}
    parts |= arrays or {}
    parts |= {"check": np.frombuffer(check, np.uint8)} if check is not None else {}
    out = io.BytesIO()
    (np.savez_compressed if compress else np.savez)(out, **parts)
    return out.getvalue()


def test_a_file_from_elsewhere_runs_nothing(models):
    raw = packed(models["rule"])
    sly = np.empty(1, object)
    sly[0] = Shouts()
    with pytest.raises(BadModel):
        unpacked(repacked(raw, arrays={"a0": sly}))
    for other in (pickle.dumps(Shouts()), b"", b"PK\x03\x04", raw[: len(raw) // 2]):
        with pytest.raises(BadModel):
            unpacked(other)


def test_a_changed_number_is_found(models):
    raw = packed(models["rule"])
    with np.load(io.BytesIO(raw)) as table:
        other = table["a0"] + 1
    with pytest.raises(BadModel, match="hash"):
        unpacked(repacked(raw, arrays={"a0": other}))


def with_header(raw, change):
    from huoshui.learn.models.saved import _digest

    with np.load(io.BytesIO(raw)) as table:
        told = json.loads(table["header"].tobytes())
        arrays = [table[f"a{at}"] for at in range(len(table.files) - 2)]
    change(told)
    header = json.dumps(told, sort_keys=True).encode()
    return repacked(raw, header=header, check=_digest(header, arrays))


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told.update(format="huoshui-effects-0"),
        lambda told: told.pop("format"),
        lambda told: told["model"].update({"class": "Popen"}),
        lambda told: told["model"].update({"class": "Estimate"}),
        lambda told: told["model"]["fields"].pop("names"),
        lambda told: told["model"]["fields"].update(names=[1, 2]),
        lambda told: told["model"]["fields"].update(data_hash=None),
        lambda told: told["model"]["fields"].update(learner={"array": 0}),
        lambda told: told["model"]["fields"]["learner"]["fields"].update(effect_est={"array": 99}),
        lambda told: told["model"]["fields"]["learner"]["fields"].update(feature=1.5),
        lambda told: told.update(model=[told["model"]]),
    ],
)
def test_a_header_that_says_something_else_is_refused(models, change):
    with pytest.raises(BadModel):
        unpacked(with_header(packed(models["rule"]), change))


def test_a_compressed_file_is_refused_before_it_is_opened_up(models):
    raw = repacked(packed(models["rule"]), compress=True)
    assert zipfile.ZipFile(io.BytesIO(raw)).infolist()[0].compress_type != zipfile.ZIP_STORED
    with pytest.raises(BadModel, match="compressed"):
        unpacked(raw)


@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=4))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_flipped_in_a_file_it_is_the_same_model_or_refused(models, flips):
    raw = bytearray(packed(models["rule"]))
    for place, value in flips:
        raw[int(place * len(raw))] = value
    try:
        back = unpacked(bytes(raw))
    except BadModel:
        return
    assert packed(back) == packed(models["rule"])
