"""`huoshui close` and `huoshui ledger` at the command line: drafts, signatures, files, exit codes, refusals."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

import verify_receipt
from huoshui.base.clock import now_utc
from huoshui.serve.cli import main
from huoshui.sim.files import write_canonical
from huoshui.sim.world import make_world

LAST_MONTH = (now_utc().date().replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop") / "files"
    write_canonical(make_world(3, users=200), folder)
    return folder


@pytest.fixture(autouse=True)
def _installation(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUOSHUI_DSN", database)
    monkeypatch.setenv("HUOSHUI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HUOSHUI_LANG", "en")
    monkeypatch.chdir(tmp_path)


def asked(capsys: Capture, *line: str) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    status = main([*line, "--json"])
    return status, json.loads(capsys.readouterr().out)


def test_from_a_shops_files_to_a_signed_month(shop: Path, tmp_path: Path, capsys: Capture) -> None:
    status, run = asked(capsys, "ledger", "mirror", str(shop), "--out", str(tmp_path / "mirror"))
    assert (status, run["differences"]) == (0, [])
    assert run["new"] == run["entries"] > 500
    assert run["simulated"] is True
    assert all(day["unexplained"] == 0 for day in run["days"])

    status, drafted = asked(capsys, "close", "2026-08", "--shop", str(shop))
    assert (status, drafted["signed"], drafted["simulated"]) == (0, None, True)
    assert drafted["figures"]["close"]["off"] == []
    assert drafted["figures"]["payments"]["unequal"] == []

    status, signed = asked(capsys, "close", "2026-08", "--sign", "财务甲")
    assert (status, signed["signed"]["name"]) == (0, "财务甲")
    page = (tmp_path / "huoshui-close-2026-08" / "close.html").read_text("utf-8")
    assert "财务甲" in page
    assert signed["signed"]["root"] in page
    assert (tmp_path / "huoshui-close-2026-08" / "close.xlsx").stat().st_size > 5_000
    checked = {"ok": True, "exit_code": 0, "simulated": True, "off": []}
    assert asked(capsys, "close", "2026-08", "--check") == (0, checked)
    status, receipt = asked(capsys, "receipt", signed["signed"]["id"], "--out", "receipt.txt")
    assert (status, receipt["simulated"]) == (0, True)
    told = verify_receipt.check(Path("receipt.txt").read_text("utf-8"), [receipt["key"]], [])
    assert told.startswith("!! simulated data 模拟数据\nperiod closed")

    for file, period in (("all.beancount", []), ("month.beancount", ["--period", "2026-08"])):
        assert main(["ledger", "export", "--beancount", file, *period]) == 0
        command = [str(Path(sys.executable).with_name("bean-check")), "--no-cache", file]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (found.returncode, found.stderr) == (0, "")
        lines = Path(file).read_text("utf-8").splitlines()
        assert lines[0].startswith('option "title" "模拟数据 SIMULATED DATA · huoshui')
        booked = [line for line in lines if line[10:13] == " * "]
        assert len(booked) > 100
        assert all("#simulated" in line for line in booked)


@pytest.mark.parametrize(
    "line",
    [
        ["close", "2026-08"],
        ["close", "2026-08", "--check"],
        ["ledger", "export", "--beancount", "a"],
        ["verify"],
        ["head"],
        ["doctor"],
    ],
)
def test_every_command_says_that_the_books_are_simulated(
    shop: Path, capsys: Capture, line: list[str]
) -> None:
    main(["ledger", "mirror", str(shop), "--out", "mirror"])
    assert "SIMULATED DATA" in capsys.readouterr().out
    main(["close", "2026-08", "--sign", "财务甲"])
    for language, words in (("zh", "模拟数据"), ("en", "SIMULATED DATA")):
        capsys.readouterr()
        main([*line, "--lang", language])
        assert words.lower() in capsys.readouterr().out.lower()


def test_a_simulated_shop_is_refused_by_real_books(shop: Path, database: str, capsys: Capture) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("insert into books_mark (data, marked_at) values ('real', now())")
    for asks in (
        ["ledger", "mirror", str(shop), "--out", "mirror"],
        ["close", "2026-08", "--shop", str(shop)],
    ):
        status, answer = asked(capsys, *asks)
        assert (status, answer["error"]["code"]) == (2, "simulated_and_real")
        assert "HUOSHUI_HOME" in answer["error"]["text"]
    with psycopg.connect(database) as connection:
        assert connection.execute("select count(*) from ops").fetchone() == (0,)
    assert not Path("mirror/differences.csv").exists()


def test_books_that_do_not_hold_end_with_6(shop: Path, database: str, capsys: Capture) -> None:
    main(["ledger", "mirror", str(shop), "--out", "mirror"])
    main(["close", "2026-08", "--sign", "财务甲"])
    with psycopg.connect(database) as connection:
        connection.execute("update wallets set principal_fen = principal_fen + 1")
        connection.execute("update ops set principal_fen = principal_fen + 1 where kind = 3 and code = 0")
    status, drafted = asked(capsys, "close", "2026-09")
    assert (status, drafted["ok"]) == (6, False)
    assert {off["code"] for off in drafted["figures"]["close"]["off"]} >= {"wallets", "accounts", "opening"}
    status, checked = asked(capsys, "close", "2026-08", "--check")
    assert (status, checked["ok"]) == (6, False)
    status, run = asked(capsys, "ledger", "mirror", str(shop), "--out", "mirror")
    assert (status, run["ok"]) == (6, False)
    assert {one["cause"] for one in run["differences"]} == {"unknown"}
    rows = Path("mirror/differences.csv").read_text("utf-8-sig").splitlines()
    assert len(rows) == len(run["differences"]) + 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["close", "2026-13"], "year and a month"),
        (["close", "2026-08", "--sign", " "], "name of who signs"),
        (["close", "2026-08", "--sign", "x"], "books are empty"),
        (["close", "2026-08", "--check"], "not signed"),
        (["close", "2026-08", "--shop", "nowhere"], "no such folder"),
        (["close", "2026-08", "--bill", "nowhere.csv"], "nowhere.csv"),
        (["ledger", "export"], "--beancount"),
        (["ledger", "export", "--beancount", "a", "--period", LAST_MONTH], "not signed"),
        (["ledger", "mirror"], "name the folder"),
        (["ledger", "mirror", "nowhere"], "no such folder"),
        (["ledger", "burn"], "export mirror"),
    ],
)
def test_refusals_say_why(line: list[str], said: str, capsys: Capture) -> None:
    status, answer = asked(capsys, *line)
    assert status == 2
    assert said in answer["error"]["text"]
    assert not Path("a").exists()
