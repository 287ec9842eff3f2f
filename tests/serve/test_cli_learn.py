"""`huoshui learn` as people run it: its folder, its lines, its JSON; a model of numbers alone."""

import json
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import numpy as np
import pytest

from huoshui.serve.cli import main
from huoshui.sim.files import write_canonical
from huoshui.sim.world import make_world

WANTED = {"learn.html", "learn.xlsx", "card.json", "model.npz"}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int, dict[str, object]]:
    """A small simulated shop that was learned from: its folder, the exit code, what programs were told."""
    folder = tmp_path_factory.mktemp("learn") / "shop"
    write_canonical(make_world(5, users=800), folder, format="parquet")
    with redirect_stdout(StringIO()) as out:
        status = main(["learn", str(folder), "--lang", "zh", "--json"])
    return folder, status, json.loads(out.getvalue())


@pytest.fixture(scope="module")
def learned(ran: tuple[Path, int, dict[str, object]]) -> Path:
    """The shop's folder."""
    return ran[0]


def test_learning_leaves_its_files_and_nothing_else(learned: Path) -> None:
    out = learned / "huoshui-learn"
    assert {path.name for path in out.iterdir() if path.is_file()} == WANTED
    assert "模拟数据" in (out / "learn.html").read_text("utf-8")


def test_the_card_says_what_it_was_learned_from(learned: Path) -> None:
    card = json.loads((learned / "huoshui-learn" / "card.json").read_text("utf-8"))
    assert card["simulated"] is True
    told = card["card"]
    assert told["factor"]["state"] in ("users_differ", "no_detectable_difference")
    assert len(told["data_hash"]) == 32
    assert {one["campaign_id"] for one in told["campaigns"]} <= {f"SIM-C0{number}" for number in range(1, 9)}
    assert "[模拟] 下单即返券" in told["untold"], "it keeps no list of whom it gave to"
    assert {"huoshui", "numpy", "scikit-learn"} <= set(told["versions"])


def test_the_model_is_numbers_and_no_program(learned: Path) -> None:
    with np.load(learned / "huoshui-learn" / "model.npz", allow_pickle=False) as model:
        card = json.loads((learned / "huoshui-learn" / "card.json").read_text("utf-8"))["card"]
        assert str(model["data_hash"]) == card["data_hash"]
        assert model["weights"].shape == model["names"].shape == model["spread"].shape
        assert model["centre"].shape[1] == len(model["names"])


def test_json_says_what_the_card_says(ran: tuple[Path, int, dict[str, object]]) -> None:
    folder, status, answer = ran
    first = json.loads((folder / "huoshui-learn" / "card.json").read_text("utf-8"))["card"]
    assert status in (0, 4)
    assert (answer["ok"], answer["exit_code"], answer["simulated"]) == (True, status, True)
    assert answer["data_hash"] == first["data_hash"]
    assert answer["campaigns"] == {one["campaign_id"]: one["state"] for one in first["campaigns"]}
    lines = answer["summary"]
    assert isinstance(lines, list)
    assert 2 <= len(lines) <= 10
    assert "模拟数据" in lines[0]
