"""Tampering of every kind is found, named, and placed; an honest log is found honest."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from huoshui.base.clock import new_id, now_utc
from huoshui.base.errors import NotThisLog
from huoshui.core.audit.notes import Checkpoint, Note
from huoshui.core.audit.tree import Frontier, extend, leaf_hash, leaf_hashes
from huoshui.store.log_check import check_log
from huoshui.store.postgres import Store, open_store
from huoshui.store.seals import Log
from huoshui.store.signing import make_key
from huoshui.store.statements import statement

COUNTS = (3, 40, 1, 70)
LEAVES = sum(COUNTS)


@pytest.fixture
def store(database: str, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(database, tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def log(store: Store, tmp_path: Path) -> Log:
    """A log of four seals."""
    log = Log(store, tmp_path / "keys")
    for count in COUNTS:
        write(store, count)
        log.seal()
    return log


def write(store: Store, count: int) -> None:
    subjects = [new_id(now_utc()) for _ in range(count)]
    given = {"subjects": subjects, "kinds": [9] * count, "bodies": [s.bytes for s in subjects]}
    with store.transaction() as connection:
        connection.execute(statement("append_leaves"), given)


def tamper(store: Store, *statements: str) -> None:
    with store.transaction() as connection:
        for text in statements:
            connection.execute(text)


def found(log: Log, *heads: Note) -> list[tuple[str, int | None]]:
    return [(fault.kind, fault.leaf) for fault in check_log(log, heads).faults]


# Leaf 20 lies in the second seal, 21 behind it, 43 is the third alone, 50 lies in the last.
LEAF = "(select seq from audit_leaves order by place, seq offset {} limit 1)"


def leaf(number: int) -> str:
    return LEAF.format(number)


def test_an_honest_log_is_found_honest(store: Store, log: Log) -> None:
    write(store, 2)
    report = check_log(log)
    assert report.faults == []
    assert (report.leaves, report.seals, report.unsealed, report.witnessed) == (LEAVES, 4, 2, 1)


def test_an_empty_log_is_fine(store: Store, tmp_path: Path) -> None:
    report = check_log(Log(store, tmp_path / "other"))
    assert (report.faults, report.leaves, report.witnessed) == ([], 0, 0)


def test_an_edited_row_is_found(store: Store, log: Log) -> None:
    tamper(store, f"update audit_leaves set body = 'forged' where seq = {leaf(20)}")
    assert found(log) == [("edited", 20)]


def test_a_deleted_row_is_found(store: Store, log: Log) -> None:
    tamper(store, f"delete from audit_leaves where seq = {leaf(20)}")
    assert found(log) == [("deleted", 20)]


def test_every_deleted_row_of_a_seal_is_found(store: Store, log: Log) -> None:
    tamper(store, f"delete from audit_leaves where seq = {leaf(43)}")
    assert found(log) == [("deleted", 43)]


def test_an_inserted_row_is_found(store: Store, log: Log) -> None:
    tamper(
        store,
        "insert into audit_leaves (place, subject, kind, body) "
        f"select place, gen_random_uuid(), 9, 'slipped in' from audit_leaves where seq = {leaf(20)}",
    )
    assert found(log) == [("inserted", 43)]  # it stands last in its transaction


@pytest.mark.parametrize(("one", "other"), [(20, 21), (20, 41), (1, 60), (43, 44)])
def test_two_rows_that_changed_places_are_found(store: Store, log: Log, one: int, other: int) -> None:
    tamper(
        store,
        f"create temporary table swap as select {leaf(one)} as a, {leaf(other)} as b",
        "create temporary table bodies as select seq, body from audit_leaves, swap where seq in (a, b)",
        "update audit_leaves as leaf set body = bodies.body from bodies, swap "
        "where leaf.seq = a and bodies.seq = b or leaf.seq = b and bodies.seq = a",
    )
    faults = found(log)
    assert {kind for kind, _ in faults} == {"moved"}
    assert {number for _, number in faults} & {one, other}


def test_a_row_moved_to_another_seal_is_found(store: Store, log: Log) -> None:
    tamper(
        store,
        f"update audit_leaves set place = (select max(place) from audit_leaves) where seq = {leaf(20)}",
    )
    assert found(log) == [("moved", LEAVES - COUNTS[-1])]


def test_a_changed_hash_of_the_tree_is_found(store: Store, log: Log) -> None:
    tamper(
        store,
        "update audit_tiles set hashes = set_byte(hashes, 5, get_byte(hashes, 5) # 1) where (level, tile) = (0, 1)",
    )
    assert found(log) == [("tree", 3)]


def test_a_changed_hash_higher_up_is_found(store: Store, log: Log) -> None:
    tamper(
        store, "update audit_tiles set hashes = set_byte(hashes, 5, get_byte(hashes, 5) # 1) where level = 1"
    )
    assert found(log)[0] == ("tree", 0)


def test_a_missing_tile_is_found(store: Store, log: Log) -> None:
    tamper(store, "delete from audit_tiles where (level, tile) = (0, 1)")
    assert ("tree", 3) in found(log)


def test_a_row_changed_with_its_hash_is_found(store: Store, log: Log) -> None:
    """Whoever can write to the whole database still cannot sign."""
    tamper(
        store,
        f"update audit_leaves set body = 'forged' where seq = {leaf(0)}",
        "update audit_tiles set hashes = sha256('\\x00'::bytea || 'forged') || substr(hashes, 33) "
        "where (level, tile) = (0, 0)",
    )
    assert ("root", 0) in found(log)


def test_a_forged_head_is_found(store: Store, log: Log) -> None:
    tamper(store, "update audit_seals set root = sha256('forged') where size = 44")
    assert found(log) == [("root", 43), ("signature", 43)]


def test_a_head_signed_with_another_key_is_found(store: Store, log: Log, tmp_path: Path) -> None:
    forger = make_key(tmp_path / "forger.pem", log.identity.origin)
    note = log.head()
    assert note is not None
    with store.transaction() as connection:
        forged = {"key": forger.verifier.public_key, "signature": forger.sign(note.text).raw}
        connection.execute(
            "update audit_seals set public_key = %(key)s, signature = %(signature)s where size = 114", forged
        )
        connection.execute("insert into audit_keys values (%(key)s, now(), null)", forged)
    assert found(log) == [("key", LEAVES - 1)]


def test_a_row_of_the_head_that_lies_is_found(store: Store, log: Log) -> None:
    tamper(store, "update audit_head set sealed_below = sealed_below + 5")
    assert found(log) == [("head", LEAVES)]


CUT = (
    "delete from audit_leaves where place >= (select sealed_below from audit_seals where size = 44)",
    "delete from audit_seals where size > 44",
    "delete from audit_tiles where level = 0 and tile > 1",
    "update audit_tiles set hashes = substr(hashes, 1, 12 * 32) where (level, tile) = (0, 1)",
    "update audit_tiles set hashes = substr(hashes, 1, 1 * 32) where level = 1",
)


def cut_tail(store: Store, log: Log) -> None:
    """As thoroughly as one can who has the whole database: back to the head of 44 leaves."""
    with store.transaction() as connection:
        bodies = connection.execute("select body from audit_leaves order by place, seq limit 44").fetchall()
        frontier, _ = extend(Frontier(), leaf_hashes(bytes(body) for (body,) in bodies))
        for text in CUT:
            connection.execute(text)
        connection.execute(
            "update audit_head set size = 44, peaks = %(peaks)s, "
            "sealed_below = (select sealed_below from audit_seals where size = 44)",
            {"peaks": b"".join(frontier.peaks)},
        )


def test_a_tail_cut_is_found_against_a_head_kept_elsewhere(store: Store, log: Log) -> None:
    witnessed = log.head()
    assert witnessed is not None
    cut_tail(store, log)
    assert found(log) == [("cut", 44)]  # against the head that was kept here
    log.remembered_file.unlink()
    assert found(log) == []  # nothing in the database can show it: this is why heads are given away
    assert found(log, witnessed) == [("cut", 44)]


def test_a_log_written_anew_is_found_against_a_witnessed_head(store: Store, log: Log) -> None:
    witnessed = log.head()
    assert witnessed is not None
    log.remembered_file.unlink()
    tamper(store, "truncate audit_leaves, audit_tiles, audit_cosignatures, audit_seals")
    tamper(store, "update audit_head set size = 0, sealed_below = 0, peaks = ''")
    write(store, 200)
    log.seal()
    assert found(log) == []
    assert found(log, witnessed) == [("rewritten", None)]


def test_a_head_of_another_log_is_refused(store: Store, log: Log, tmp_path: Path) -> None:
    stranger = make_key(tmp_path / "stranger.pem", log.identity.origin)
    text = Checkpoint(log.identity.origin, 3, leaf_hash(b"no such tree")).text()
    with pytest.raises(NotThisLog):
        check_log(log, [Note(text, (stranger.sign(text),))])
    other = text.replace(log.identity.origin, "huoshui/other")
    with pytest.raises(NotThisLog):
        check_log(log, [Note(other, (log.key.sign(other),))])


def test_heads_of_before_a_change_of_keys_still_count(store: Store, log: Log) -> None:
    witnessed = log.head()
    assert witnessed is not None
    log.new_key()
    log.seal_all()
    again = Log(store, log.folder)
    assert found(again, witnessed) == []
