"""A model is a file of numbers: what comes back is what was written, and whatever else it may hold is refused."""

import json
import pickle

import numpy as np
import pytest
from shoppers import DAY, START, shoppers

from huoshui.base.errors import BadModel
from huoshui.learn.potential import Fitted, features_of, fit_potential, labels, load, occasions, save


@pytest.fixture(scope="module")
def fitted():
    events, until = shoppers(1), START + 40 * DAY
    asked = occasions(events, until_us=until)
    features, _ = features_of(events, asked, users=900)
    label = labels(events, asked, until_us=until, horizon_us=DAY // 24)
    return fit_potential(features, label, asked, horizon_us=DAY // 24), features[:500]


def test_what_is_read_is_what_was_written(fitted, tmp_path):
    (one, features), path = fitted, tmp_path / "potential.json"
    save(one, path)
    again = load(path)
    assert (again.verdict, again.rows, again.judged) == (one.verdict, one.rows, one.judged)
    assert again.model.chance(features).tobytes() == one.model.chance(features).tobytes()
    assert again.model.data_hash == one.model.data_hash


CHANGES = {
    "another format": {"format": "other"},
    "another version": {"version": 2},
    "other features": {"features": ["viewed_10min"]},
    "too few numbers": {"mean": [1.0]},
    "a number that is none": {"base_rate": "0.5"},
    "a truth for a number": {"base_rate": True},
    "numbers in words": {"coefficients": ["x"]},
    "no such verdict": {"verdict": "splendid"},
    "no rows": {"rows": [1]},
    "nothing judged": {"judged": {}},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_does_not_fit_is_refused(fitted, tmp_path, change):
    path = tmp_path / "potential.json"
    save(fitted[0], path)
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change), "utf-8")
    with pytest.raises(BadModel):
        load(path)


@pytest.mark.parametrize("text", ["", "[]", "null", '{"format": NaN}', "[" * 200_000])
def test_what_is_no_model_is_refused(tmp_path, text):
    path = tmp_path / "potential.json"
    path.write_text(text, "utf-8")
    with pytest.raises(BadModel):
        load(path)


def test_infinite_numbers_are_refused(fitted, tmp_path):
    path = tmp_path / "potential.json"
    save(fitted[0], path)
    told = json.loads(path.read_text("utf-8"))
    told["scale"][0] = float("inf")
    path.write_text(json.dumps(told), "utf-8")
    with pytest.raises(BadModel):
        load(path)


class Trap:
    """Runs when unpickled."""

    def __reduce__(self):
        return (np.save, ("trap.npy", np.zeros(1)))


def test_nothing_in_a_file_is_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "potential.json"
    path.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(BadModel):
        load(path)
    assert [each.name for each in tmp_path.iterdir()] == ["potential.json"]


def test_no_model_is_not_saved(tmp_path):
    with pytest.raises(ValueError):
        save(Fitted("too_few", (0, 0, 0), None, None), tmp_path / "potential.json")
