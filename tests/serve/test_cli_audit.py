"""receipt, head and verify as one types them, on a real database."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import verify_receipt
from huoshui.base.clock import new_id, now_utc
from huoshui.flow.database import DatabaseSettings
from huoshui.flow.handlers.sealing import SealLoop, log_of, open_log
from huoshui.serve.cli import main
from huoshui.store.postgres import Store, open_store
from huoshui.store.statements import statement

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def home(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HUOSHUI_DSN", database)
    monkeypatch.setenv("HUOSHUI_HOME", str(tmp_path / "家 目录"))
    monkeypatch.setenv("HUOSHUI_LANG", "zh")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "家 目录"


@pytest.fixture
def store(database: str, home: Path) -> Iterator[Store]:
    opened = open_store(database, home)
    yield opened
    opened.close()


def book(store: Store, count: int = 1) -> list[str]:
    ids = [new_id(now_utc()) for _ in range(count)]
    with store.transaction() as connection:
        given = {"subjects": ids, "kinds": [2] * count, "bodies": [b"record " + one.bytes for one in ids]}
        connection.execute(statement("append_leaves"), given)
    return [str(one) for one in ids]


def said(capsys: Capture, *arguments: str) -> tuple[int, dict]:
    status = main([*arguments, "--json"])
    return status, json.loads(capsys.readouterr().out)


def test_a_receipt_is_written_and_checked(store: Store, capsys: Capture) -> None:
    record = book(store, 3)[1]
    assert main(["receipt", record]) == 0
    shown = capsys.readouterr().out
    assert "第 2 条" in shown
    key = next(line.split()[1] for line in shown.splitlines() if line.startswith("公钥"))
    text = Path(f"receipt-{record}.txt").read_text("utf-8")
    assert verify_receipt.check(text, [key], [])


def test_a_receipt_for_programs(store: Store, capsys: Capture, tmp_path: Path) -> None:
    record = book(store)[0]
    status, answer = said(capsys, "receipt", record, "--out", str(tmp_path / "a.txt"))
    assert (status, answer["ok"], answer["leaf"], answer["size"]) == (0, True, 0, 1)
    assert verify_receipt.check((tmp_path / "a.txt").read_text("utf-8"), [answer["key"]], [])


@pytest.mark.parametrize(
    ("record", "code"), [("x1", "bad_option"), ("01890a5d-ac96-774b-bcce-b302099a8057", "no_such_record")]
)
def test_no_receipt_of_what_there_is_not(store: Store, capsys: Capture, record: str, code: str) -> None:
    status, answer = said(capsys, "receipt", record)
    assert (status, answer["error"]["code"]) == (2, code)


def test_the_head_is_shown_kept_and_compared(store: Store, capsys: Capture, tmp_path: Path) -> None:
    status, answer = said(capsys, "head")
    assert (status, answer["head"]) == (0, None)
    book(store, 5)
    kept = tmp_path / "head.txt"
    assert said(capsys, "head", "--out", str(kept))[0] == 0
    book(store, 4)
    status, answer = said(capsys, "head", "--since", "5")
    assert status == 0
    assert answer["head"].split("\n")[1] == "9"
    assert len(answer["growth"]) > 1
    status, answer = said(capsys, "verify", "--head", str(kept))
    assert (status, answer["faults"], answer["leaves"], answer["witnessed"]) == (0, [], 9, 2)
    assert main(["verify"]) == 0
    assert "没有人在别处留着签名头" in capsys.readouterr().out


def test_tampering_ends_with_its_own_exit_code(store: Store, capsys: Capture) -> None:
    book(store, 5)
    said(capsys, "head")
    with store.transaction() as connection:
        connection.execute(
            "update audit_leaves set body = 'x' where seq = (select min(seq) from audit_leaves)"
        )
    status, answer = said(capsys, "verify")
    assert (status, answer["ok"], [fault["code"] for fault in answer["faults"]]) == (6, False, ["edited"])
    assert main(["verify"]) == 6
    assert "第 1 条被改过" in capsys.readouterr().out


def test_a_new_key_is_told_with_the_note_of_its_change(store: Store, home: Path, capsys: Capture) -> None:
    book(store, 2)
    before = said(capsys, "head")[1]["key"]
    after = said(capsys, "head", "--new-key")[1]
    assert after["key"] != before
    assert before in after["key_change"]
    assert after["key"] in after["key_change"]
    (home / "keys" / "log-key.pem").unlink()
    status, answer = said(capsys, "head")
    assert (status, answer["error"]["code"]) == (2, "log_key_missing")


def test_a_database_put_back_is_told_until_one_says_so(store: Store, capsys: Capture) -> None:
    book(store, 3)
    said(capsys, "head")
    with store.transaction() as connection:
        connection.execute("truncate audit_leaves, audit_tiles, audit_cosignatures, audit_seals")
        connection.execute("update audit_head set size = 0, sealed_below = 0, peaks = ''")
    book(store, 1)
    status, answer = said(capsys, "head")
    assert (status, answer["error"]["code"]) == (2, "log_went_back")
    assert said(capsys, "head", "--after-restore")[0] == 0
    assert said(capsys, "verify")[0] == 0


def test_a_bent_head_is_refused(store: Store, capsys: Capture, tmp_path: Path) -> None:
    bent = tmp_path / "bent.txt"
    bent.write_text("no head", "utf-8")
    status, answer = said(capsys, "verify", "--head", str(bent))
    assert (status, answer["error"]["code"]) == (2, "bad_note")


def test_the_loop_seals_what_is_booked_meanwhile(store: Store, home: Path, database: str) -> None:
    log = log_of(store, DatabaseSettings(database, home))
    loop = SealLoop(log, every_seconds=0.01)
    loop.start()
    for _ in range(20):
        book(store, 7)
    assert loop.stop() == 140
    with open_log(DatabaseSettings(database, home)) as again:
        assert again.seal() == 0


def test_the_loop_tells_why_it_ended(
    store: Store, home: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = log_of(store, DatabaseSettings(database, home))
    monkeypatch.setattr(log, "seal_all", lambda: 1 // 0)
    monkeypatch.setattr("threading.excepthook", lambda _: None)
    loop = SealLoop(log, every_seconds=0.01)
    loop.start()
    loop.join()
    with pytest.raises(ZeroDivisionError):
        loop.stop()
