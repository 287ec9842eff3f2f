"""`huoshui close` and `huoshui ledger` at the command line: drafts, signatures, files, exit codes, refusals."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

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
    assert all(day["unexplained"] == 0 for day in run["days"])

    status, drafted = asked(capsys, "close", "2026-08", "--shop", str(shop))
    assert (status, drafted["signed"]) == (0, None)
    assert drafted["figures"]["close"]["off"] == []
    assert drafted["figures"]["payments"]["unequal"] == []

    status, signed = asked(capsys, "close", "2026-08", "--sign", "财务甲")
    assert (status, signed["signed"]["name"]) == (0, "财务甲")
    page = (tmp_path / "huoshui-close-2026-08" / "close.html").read_text("utf-8")
    assert "财务甲" in page
    assert signed["signed"]["root"] in page
    assert (tmp_path / "huoshui-close-2026-08" / "close.xlsx").stat().st_size > 5_000
    assert asked(capsys, "close", "2026-08", "--check") == (0, {"ok": True, "exit_code": 0, "off": []})
    assert main(["receipt", signed["signed"]["id"], "--out", "receipt.txt"]) == 0

    for file, period in (("all.beancount", []), ("month.beancount", ["--period", "2026-08"])):
        assert main(["ledger", "export", "--beancount", file, *period]) == 0
        command = [str(Path(sys.executable).with_name("bean-check")), "--no-cache", file]
        checked = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (checked.returncode, checked.stderr) == (0, "")


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
