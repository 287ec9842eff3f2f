"""`huoshui evaluate` as people run it: its files, its page in both languages, its lines and JSON, a plan beside it."""

import json
import sys
import zipfile
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from html_pages import read

from huoshui.serve.cli import main
from huoshui.serve.texts import EVALUATE_DEFINITIONS

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "flow"))

from evaluated_shop import shop, write

WANTED = {"evaluate.html", "evaluate.xlsx", "evaluation.json"}
Ran = tuple[Path, int, dict[str, object]]


def run(folder: Path, *more: str) -> Ran:
    with redirect_stdout(StringIO()) as out:
        status = main(["evaluate", str(folder), "--json", *more])
    return folder / "huoshui-evaluate", status, json.loads(out.getvalue())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop whose one campaign brings nothing, and whose other was drawn for nobody."""
    place = tmp_path_factory.mktemp("evaluate") / "shop"
    write(place, shop(1))
    return place


@pytest.fixture(scope="module")
def chinese(folder: Path) -> Ran:
    return run(folder, "--lang", "zh")


def test_it_leaves_its_files_and_nothing_else(chinese: Ran) -> None:
    out, status, answer = chinese
    assert status == 0
    assert {path.name for path in out.iterdir() if path.is_file()} == WANTED
    assert zipfile.ZipFile(out / "evaluate.xlsx").testzip() is None
    figures = json.loads((out / "evaluation.json").read_text("utf-8"))
    told = {one["campaign_id"]: one for one in figures["evaluation"]["campaigns"]}
    assert figures["simulated"] is False
    assert answer["campaigns"]["a"]["advice"] == told["a"]["advice"] == "stop"
    assert answer["campaigns"]["b"]["verdict"] is None


def test_ten_lines_say_what_to_stop_first(chinese: Ran) -> None:
    lines = chinese[2]["summary"]
    assert isinstance(lines, list)
    assert len(lines) <= 10
    assert "1 个可以继续" not in lines[1]
    assert lines[2].startswith("“A <b>”: 该停。")
    assert any(line.startswith("若当时启用") for line in lines)


def test_the_page_explains_itself_and_nothing_of_the_data_acts(
    chinese: Ran, folder: Path, tmp_path: Path
) -> None:
    run(folder, "--lang", "en", "--out", str(tmp_path / "en"))
    pages = [chinese[0] / "evaluate.html", tmp_path / "en" / "evaluate.html"]
    for html in (page.read_text("utf-8") for page in pages):
        found = read(html)
        ids = found.attributes("id")
        assert len(ids) == len(set(ids))
        assert {str(link)[1:] for link in found.attributes("href")} <= set(ids)
        assert {f"word-{code}" for code in EVALUATE_DEFINITIONS} <= set(ids)
        assert "A <b>" in found.text
        assert "<b>”" not in html
    zh, en = (read(page.read_text("utf-8")).text for page in pages)
    assert zh.index("该停") < zh.index("逐个活动")
    assert "缺对照组" in zh
    assert "no control (assignments.arm = control)" in en


def test_a_plan_that_is_none_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    _, status, answer = run(folder, "--plan", str(tmp_path / "empty"), "--lang", "zh")
    assert status == 2
    assert answer["ok"] is False
