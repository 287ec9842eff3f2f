"""`huoshui plan` and `what-if` as people run them, on a small simulated platform, and what they refuse."""

import json
import shutil
from pathlib import Path

import pytest

from huoshui.flow.planning import PlanRules
from huoshui.flow.rows_file import read_rows
from huoshui.serve.cli import main
from huoshui.serve.cli.planning import budget_asked, edge_asked
from huoshui.serve.cli.wrapping import wrapped
from huoshui.sim.files import write_canonical
from huoshui.sim.world import make_world

Capture = pytest.CaptureFixture[str]
WANTED = {
    "plan.csv",
    "plan.xlsx",
    "plan.json",
    "plan.html",
    "explored.csv",
    "suspected.csv",
    "record.json",
    "candidates.parquet",
}


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated shop with a plan in its folder."""
    folder = tmp_path_factory.mktemp("plan") / "shop"
    write_canonical(make_world(5, users=1500, months=4), folder)
    assert main(["plan", str(folder), "--period", "2027-01", "--budget", "3万", "--lang", "zh"]) in (0, 4)
    return folder


def test_a_plan_leaves_its_files_and_its_page(planned: Path) -> None:
    out = planned / "huoshui-plan"
    assert {path.name for path in out.iterdir() if path.is_file()} == WANTED
    page = (out / "plan.html").read_text("utf-8")
    assert "模拟数据" in page
    assert "2027 年 1 月" in page
    assert '<html lang="zh-CN">' in page


def test_a_second_plan_is_the_same_and_its_json_says_what_the_lines_say(
    planned: Path, tmp_path: Path, capsys: Capture
) -> None:
    asked = ["plan", str(planned), "--period", "2027-01", "--budget", "30000", "--out", str(tmp_path / "new")]
    status = main([*asked, "--json", "--lang", "zh"])
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is True
    assert answer["exit_code"] == status
    assert answer["simulated"] is True
    assert answer["plan"]["budget_fen"] == 3_000_000
    assert 3 <= len(answer["summary"]) <= 10
    assert "模拟数据" in answer["summary"][0]
    first, second = planned / "huoshui-plan" / "plan.csv", tmp_path / "new" / "plan.csv"
    assert first.read_bytes() == second.read_bytes()


def test_what_if_stands_beside_the_plan(planned: Path, capsys: Capture) -> None:
    assert main(["what-if", str(planned), "--budget", "1 wan", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["before"]["budget_fen"] == 3_000_000
    assert answer["after"]["budget_fen"] == 1_000_000
    assert answer["after"]["spent_fen"] <= answer["before"]["spent_fen"]
    assert main(["what-if", str(planned / "huoshui-plan"), "--edge", "3", "--lang", "zh"]) == 0
    said = capsys.readouterr().out
    assert "换了以后" in said
    assert "留着不发" in said


def test_what_if_asks_what_to_change_and_needs_a_plan(planned: Path, tmp_path: Path, capsys: Capture) -> None:
    assert main(["what-if", str(planned), "--lang", "zh"]) == 2
    assert "--edge" in capsys.readouterr().err
    assert main(["what-if", str(tmp_path), "--budget", "1", "--lang", "zh"]) == 2
    assert "huoshui plan" in capsys.readouterr().err
    assert main(["what-if", str(tmp_path / "none"), "--budget", "1", "--lang", "zh"]) == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--period", "2027-13", "--budget", "1"], "2027-13"),
        (["--period", "下个月", "--budget", "1"], "下个月"),
        (["--period", "2027-01", "--budget", "很多"], "很多"),
        (["--period", "2027-01", "--budget", "-3"], "-3"),
        (["--period", "2027-01", "--budget", "1", "--edge", "高"], "高"),
        (["--period", "2027-01", "--budget", "1", "--edge", "nan"], "nan"),
        (["--period", "2027-01"], "--budget"),
        (["--budget", "1"], "--period"),
        (["--period", "2027-01", "--budget", "1", "--rows", "no.toml"], "no.toml"),
    ],
)
def test_what_cannot_be_planned_is_refused_in_words_and_leaves_nothing(
    planned: Path, tmp_path: Path, capsys: Capture, options: list[str], said: str
) -> None:
    folder = tmp_path / "shop"
    shutil.copytree(planned, folder, ignore=shutil.ignore_patterns("huoshui-plan"))
    assert main(["plan", str(folder), *options, "--lang", "zh"]) == 2
    assert said in capsys.readouterr().err
    assert not (folder / "huoshui-plan" / "plan.csv").exists()


def test_a_small_test_comes_with_its_list(planned: Path, tmp_path: Path, capsys: Capture) -> None:
    asked = ["plan", str(planned), "--period", "2027-01", "--budget", "3万", "--out", str(tmp_path)]
    assert main([*asked, "--test", "SIM-C07", "--lang", "zh"]) in (0, 4)
    said = capsys.readouterr().out
    assert "test.csv" in said
    assert f"what-if {tmp_path} " in said
    rows = (tmp_path / "test.csv").read_text("utf-8-sig").splitlines()
    assert sum("SIM-C07" in row for row in rows) == len(rows) - 1 > 50
    assert main([*asked, "--test", "C99", "--lang", "zh"]) == 2
    assert "C99" in capsys.readouterr().err


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_example_of_the_rules_can_be_saved_and_read(
    tmp_path: Path, capsys: Capture, language: str
) -> None:
    assert main(["plan", "--rows-example", "--lang", language]) == 0
    said = capsys.readouterr().out
    (tmp_path / "rows.toml").write_text(said, encoding="utf-8")
    assert read_rows(tmp_path / "rows.toml") == PlanRules()
    assert "# cap_yuan = " in said
    assert main(["plan", "--rows-example", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["text"] == said


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("200000", 20_000_000),
        ("20万", 20_000_000),
        ("20 wan", 20_000_000),
        ("20w", 20_000_000),
        ("20 万元", 20_000_000),
        ("200,000.50", 20_000_050),
        ("0", 0),
    ],
)
def test_a_budget_may_be_written_as_people_write_it(typed: str, fen: int) -> None:
    assert budget_asked(typed) == fen


def test_an_edge_is_a_number() -> None:
    assert edge_asked(" 1.2 ") == 1.2


def test_an_amount_is_not_broken_from_its_sign() -> None:
    assert wrapped("plan earns ¥26,800 more", 13) == ["plan earns", "¥26,800 more"]
