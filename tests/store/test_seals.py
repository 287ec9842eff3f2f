"""Sealing on the real server: what goes in, in which order, what proofs it gives, and what it never does."""

import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from huoshui.base.clock import new_id, now_utc
from huoshui.base.errors import LogKeyMissing, LogWentBack, NoSuchRecord, NotThisLog, StoreRefused
from huoshui.core.audit.notes import Checkpoint, Note, Receipt, Signature
from huoshui.core.audit.tree import is_consistent, leaf_hash, root_from_inclusion
from huoshui.store.postgres import Store, open_store
from huoshui.store.seals import KEY_FILE, Log
from huoshui.store.signing import is_signed, key_change, make_key
from huoshui.store.statements import statement


@pytest.fixture
def store(database: str, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(database, tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def log(store: Store, tmp_path: Path) -> Log:
    return Log(store, tmp_path / "keys")


def append(connection: psycopg.Connection, count: int, word: str = "leaf") -> list[UUID]:
    subjects = [new_id(now_utc()) for _ in range(count)]
    bodies = [f"{word} {subject}".encode() for subject in subjects]
    given = {"subjects": subjects, "kinds": [1] * count, "bodies": bodies}
    connection.execute(statement("append_leaves"), given)
    return subjects


def written(store: Store, count: int, word: str = "leaf") -> list[UUID]:
    with store.transaction() as connection:
        return append(connection, count, word)


def proven(receipt: Receipt | None) -> bool:
    assert receipt is not None
    checkpoint = Checkpoint.read(receipt.note.text)
    leaf = leaf_hash(receipt.body)
    return root_from_inclusion(leaf, receipt.index, checkpoint.size, receipt.proof) == checkpoint.root


def test_what_is_written_is_sealed_in_order_and_proven(store: Store, log: Log) -> None:
    assert log.head() is None
    assert log.seal() == 0
    subjects = [subject for count in (1, 40, 3, 1_100) for subject in written(store, count)]
    assert log.seal() == 1_144
    assert log.seal() == 0
    for index in (0, 1, 40, 41, 43, 44, 1_143):
        receipt = log.receipt(subjects[index])
        assert receipt is not None
        assert receipt.index == index
        assert receipt.body == f"leaf {subjects[index]}".encode()
        assert proven(receipt)
        assert is_signed(receipt.note, log.key.verifier)
        assert Receipt.read(receipt.text()) == receipt


def test_receipts_of_earlier_seals_lead_to_the_last_head(store: Store, log: Log) -> None:
    rounds = []
    for count in (3, 1, 33, 64):
        rounds.append(written(store, count))
        assert log.seal() == count
    flat = [subject for part in rounds for subject in part]
    for index, subject in enumerate(flat):
        receipt = log.receipt(subject)
        assert receipt is not None
        assert receipt.index == index
        assert Checkpoint.read(receipt.note.text).size == 101
        assert proven(receipt)


def test_heads_grow_from_one_another(store: Store, log: Log) -> None:
    heads = []
    for count in (1, 5, 31, 100):
        written(store, count)
        log.seal()
        note = log.head()
        assert note is not None
        heads.append(Checkpoint.read(note.text))
    for old in heads:
        note, proof = log.growth(old.size)
        new = Checkpoint.read(note.text)
        assert is_consistent(old.size, old.root, new.size, new.root, proof)
    with pytest.raises(NotThisLog):
        log.growth(138)


def test_a_late_commit_is_never_skipped(store: Store, log: Log, database: str) -> None:
    with psycopg.connect(database) as late:
        held = append(late, 2, "late")
        early = written(store, 5)
        # The transaction that began first is still open: neither its leaves nor anything above it may be sealed.
        assert log.seal() == 0
        late.commit()
    assert log.seal() == 7
    receipts = [log.receipt(subject) for subject in (*held, *early)]
    assert [receipt.index for receipt in receipts if receipt] == list(range(7))
    assert all(map(proven, receipts))


def test_what_was_rolled_back_is_not_in(store: Store, log: Log, database: str) -> None:
    with psycopg.connect(database) as undone:
        gone = append(undone, 2)
        undone.rollback()
    kept = written(store, 1)
    assert log.seal() == 1
    assert proven(log.receipt(kept[0]))
    with pytest.raises(NoSuchRecord):
        log.receipt(gone[0])


def test_writers_and_two_sealers_at_once_lose_nothing(store: Store, log: Log, database: str) -> None:
    other = Log(store, log.folder)
    stop = threading.Event()
    subjects: list[UUID] = []

    def write(number: int) -> None:
        with psycopg.connect(database) as connection:
            for turn in range(40):
                made = append(connection, 1 + (turn * 7 + number) % 9)
                if (turn + number) % 5:
                    connection.commit()
                    subjects.extend(made)
                else:
                    connection.rollback()

    def seal(sealer: Log) -> None:
        while not stop.is_set():
            sealer.seal()

    with ThreadPoolExecutor(5) as threads:
        sealers = [threads.submit(seal, one) for one in (log, other)]
        writers = [threads.submit(write, number) for number in range(3)]
        try:
            for thread in writers:
                thread.result()
        finally:
            stop.set()
        for thread in sealers:
            thread.result()
    log.seal_all()
    note = log.head()
    assert note is not None
    assert Checkpoint.read(note.text).size == len(subjects)
    receipts = [log.receipt(subject) for subject in subjects]
    assert all(map(proven, receipts))
    assert sorted(receipt.index for receipt in receipts if receipt) == list(range(len(subjects)))


def test_a_seal_takes_whole_transactions_up_to_its_limit(
    store: Store, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huoshui.store.seals.LEAVES_PER_SEAL_MAX", 10)
    for count in (4, 4, 4, 25, 1):
        written(store, count)
    sizes = []
    while sealed := log.seal():
        sizes.append(sealed)
    assert sizes == [8, 4, 25, 1]


def test_what_is_not_sealed_has_no_receipt_yet(store: Store, log: Log) -> None:
    subject = written(store, 1)[0]
    assert log.receipt(subject) is None
    log.seal()
    assert proven(log.receipt(subject))


def test_a_fact_goes_in_once(store: Store, log: Log) -> None:
    subject = written(store, 1)[0]
    given = {"subjects": [subject], "kinds": [1], "bodies": [b"again"]}
    with pytest.raises(StoreRefused), store.transaction() as connection:
        connection.execute(statement("append_leaves"), given)
    assert log.seal() == 1


# --- keys -------------------------------------------------------------------------------------------------


def test_the_key_is_for_our_own_eyes_and_stays(store: Store, log: Log) -> None:
    file = log.folder / KEY_FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.folder.stat().st_mode) == 0o700
    before = file.read_bytes()
    assert Log(store, log.folder).key.verifier == log.key.verifier
    assert file.read_bytes() == before


def test_a_lost_key_is_told_and_not_made_anew(store: Store, log: Log) -> None:
    (log.folder / KEY_FILE).unlink()
    with pytest.raises(LogKeyMissing):
        Log(store, log.folder)
    assert not (log.folder / KEY_FILE).exists()


def test_a_spoilt_key_is_told(store: Store, log: Log) -> None:
    (log.folder / KEY_FILE).write_text("spoilt")
    with pytest.raises(LogKeyMissing):
        Log(store, log.folder)


def test_a_key_of_another_folder_is_not_taken(store: Store, log: Log, tmp_path: Path) -> None:
    make_key(tmp_path / "elsewhere" / KEY_FILE, log.identity.origin)
    with pytest.raises(LogKeyMissing):
        Log(store, tmp_path / "elsewhere")


def test_a_lost_key_is_replaced_when_asked(store: Store, log: Log) -> None:
    written(store, 2)
    log.seal()
    (log.folder / KEY_FILE).unlink()
    again = Log(store, log.folder, lost_key=True)
    written(store, 1)
    assert again.seal() == 1
    assert again.known_keys() == [again.key.verifier]  # nobody vouches for what the lost one signed


def test_cut_off_between_the_commit_and_keeping_the_head_it_goes_on(
    store: Store, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(store, 3)
    log.seal()
    monkeypatch.setattr(Log, "remember", lambda *_: 1 // 0)
    written(store, 2)
    with pytest.raises(ZeroDivisionError):
        log.seal()
    monkeypatch.undo()
    again = Log(store, log.folder)
    late = written(store, 1)
    assert again.seal() == 1
    assert proven(again.receipt(late[0]))


def test_an_error_on_the_way_seals_nothing(store: Store, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    subjects = written(store, 50)
    monkeypatch.setattr("huoshui.store.seals.write_tiles", lambda *_: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        log.seal()
    monkeypatch.undo()
    assert log.head() is None
    assert log.seal() == 50
    assert all(proven(log.receipt(subject)) for subject in subjects)


def test_after_a_restore_it_goes_on_when_told(store: Store, log: Log) -> None:
    written(store, 3)
    log.seal()
    with store.transaction() as connection:
        connection.execute("truncate audit_leaves, audit_tiles, audit_cosignatures, audit_seals")
        connection.execute("update audit_head set size = 0, sealed_below = 0, peaks = ''")
    written(store, 1)
    log.forget_remembered()
    assert log.seal() == 1


def test_a_new_key_signs_on_and_vouches_for_the_old(store: Store, log: Log) -> None:
    written(store, 3)
    log.seal()
    old_head, old = log.head(), log.key.verifier
    change = log.new_key()
    assert is_signed(change, old)
    assert is_signed(change, log.key.verifier)
    assert log.seal() == 1  # the change itself
    new_head = log.head()
    assert old_head is not None
    assert new_head is not None
    assert is_signed(new_head, log.key.verifier)
    assert not is_signed(new_head, old)
    again = Log(store, log.folder)
    assert again.known_keys() == [log.key.verifier, old]
    assert is_signed(old_head, again.known_keys()[1])
    assert stat.S_IMODE((log.folder / KEY_FILE).stat().st_mode) == 0o600


def test_a_key_slipped_into_the_database_vouches_for_nothing(store: Store, log: Log, tmp_path: Path) -> None:
    forger = make_key(tmp_path / "forger.pem", log.identity.origin)
    whole = key_change(forger, log.key)
    half = Note(whole.text, whole.signatures[:1])
    assert log.known_keys() == [log.key.verifier]
    with log.rows() as rows:
        slip = {"public_key": forger.verifier.public_key, "endorsement": half.whole()}
        rows.execute(statement("add_key"), slip)
    assert log.known_keys() == [log.key.verifier]


# --- a second past ----------------------------------------------------------------------------------------


def test_it_never_signs_a_second_past(store: Store, log: Log) -> None:
    written(store, 3)
    log.seal()
    with store.transaction() as connection:
        connection.execute("delete from audit_leaves")
        connection.execute("delete from audit_tiles")
        connection.execute("delete from audit_seals")
        connection.execute("update audit_head set size = 0, sealed_below = 0, peaks = ''")
    written(store, 4, "other")
    with pytest.raises(LogWentBack):
        log.seal()


def test_a_restored_copy_goes_on_above_what_it_holds(store: Store, log: Log) -> None:
    """A dump read into another server: its transactions count from anew, far below the places that are there."""
    written(store, 5)
    log.seal()
    waiting = written(store, 2)
    with store.transaction() as connection:
        connection.execute("update audit_head set server = 1, sealed_below = sealed_below + 1000000")
        connection.execute("update audit_seals set sealed_below = sealed_below + 1000000")
        connection.execute("update audit_leaves set place = place + 1000000")
        # What waits came from transactions far above the last that was sealed.
        connection.execute(
            "update audit_leaves set place = place + 5000 where place >= (select sealed_below from audit_head)"
        )
    with pytest.raises(StoreRefused):
        written(store, 1)
    restored = Log(store, log.folder)
    more = written(store, 3)
    assert restored.seal() == 5
    receipts = [restored.receipt(subject) for subject in (*waiting, *more)]
    assert [receipt.index for receipt in receipts if receipt] == [5, 6, 7, 8, 9]
    assert all(map(proven, receipts))


# --- witnesses --------------------------------------------------------------------------------------------


def test_cosignatures_are_kept_under_their_head(store: Store, log: Log) -> None:
    written(store, 3)
    log.seal()
    note = log.head()
    assert note is not None
    line = Signature("witness.example/w1", b"\1\2\3\4", bytes(72))
    assert log.add_cosignatures(Note(note.text, (*note.signatures, line))) == 1
    assert log.add_cosignatures(Note(note.text, (line,))) == 1
    shown = log.head()
    assert shown is not None
    assert shown.signatures == (*note.signatures, line)
    other = Checkpoint(log.identity.origin, 3, leaf_hash(b"another tree"))
    with pytest.raises(NotThisLog):
        log.add_cosignatures(Note(other.text(), (line,)))
