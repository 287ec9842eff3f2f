"""kill -9 in the middle of writing: of the writer, of its connection in the server, of the whole server.

After each: what was acknowledged stands, a batch is there whole or not at all, every invariant holds, and asking for
everything again gives the answers of the first time.
"""

import contextlib
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from uuid import UUID

import ledger_writer
import pytest
from ledger_chance import Batches, Chance
from ledger_platform import Platform, fresh
from ledger_writer import answers_in

from huoshui.base.clock import now_utc
from huoshui.base.errors import StoreError
from huoshui.flow.commands import Command, Result
from huoshui.flow.handlers import execute
from huoshui.store.postgres import Store, open_store

WAIT_SECONDS_MAX = 60
WRITERS = 2


@dataclass
class Scene:
    """A server of its own, to be killed, and the program that writes to it."""

    platform: Platform
    program: "subprocess.Popen[str]"
    folder: Path

    @property
    def store(self) -> Store:
        return self.platform.store

    def dsn(self) -> str:
        return f"{self.store.dsn()} application_name=writer"

    def begin(self, name: str, batches: Batches) -> tuple[int, Path]:
        """Have batches written; the writer's process, and where its answers will be."""
        asked, told = self.folder / f"{name}.asked", self.folder / f"{name}.told"
        asked.write_bytes(pickle.dumps(batches))
        assert self.program.stdin is not None
        assert self.program.stdout is not None
        job = {"dsn": self.dsn(), "asked": str(asked), "told": str(told)}
        self.program.stdin.write(json.dumps(job) + "\n")
        self.program.stdin.flush()
        return int(self.program.stdout.readline()), told

    def connections(self) -> list[int]:
        """Processes of the server that work for a writer."""
        words = "select pid from pg_stat_activity where application_name = 'writer'"
        with self.store.transaction() as connection:
            return [row[0] for row in connection.execute(words).fetchall()]


@pytest.fixture(scope="module")
def scene(server_place: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = Path(tempfile.mkdtemp(prefix="huoshui-test-", dir=server_place))
    folder.chmod(0o755)
    store = open_store(None, folder)
    store.migrate()
    program = subprocess.Popen(
        [sys.executable, ledger_writer.__file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    made = Scene(Platform(store), program, tmp_path_factory.mktemp("writers"))
    made.begin("first", chance(made.platform, 0, [fresh()]).batches(60))
    yield made
    program.communicate()
    assert store.close()
    shutil.rmtree(folder)


def chance(platform: Platform, seed: int, users: list[UUID]) -> Chance:
    return Chance(Random(seed), users, platform.pot, platform.campaign, now_utc)


# --- who is killed ---------------------------------------------------------------------------------------


def kill_writer(scene: Scene, writers: list[int]) -> None:
    for pid in writers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def kill_connection(scene: Scene, writers: list[int]) -> None:
    """The server ends every connection and recovers."""
    for pid in scene.connections()[:1]:
        os.kill(pid, signal.SIGKILL)


def kill_server(scene: Scene, writers: list[int]) -> None:
    assert scene.store.embedded is not None
    running = scene.store.embedded.running()
    assert running is not None
    os.kill(running.pid, signal.SIGKILL)


KILLS = (kill_writer, kill_connection, kill_server)


def until(done: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not done():
        assert time.monotonic() < deadline, what
        time.sleep(0.002)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def answering(scene: Scene) -> bool:
    """Whether the server is there (again), with no writer's connection left in it."""
    try:
        return not scene.connections()
    except StoreError:
        return False


# --- what must be true -----------------------------------------------------------------------------------


def booked(store: Store, batch: list[Command]) -> int:
    words = "select count(*) from ops where id = any (%s)"
    with store.transaction() as connection:
        row = connection.execute(words, [[command.id for command in batch]]).fetchone()
    assert row is not None
    return int(row[0])


def answer(result: Result) -> tuple[object, ...]:
    """What an answer says, the first time as later."""
    return result.id, result.ok, result.code, result.principal_fen, result.bonus_fen, result.debt_fen


def killed_and_looked_at(scene: Scene, seed: int) -> None:
    random = Random(seed)
    users = [fresh() for _ in range(4)]
    asked = [chance(scene.platform, WRITERS * seed + n, users).batches(30) for n in range(WRITERS)]
    begun = [scene.begin(f"{seed}-{number}", batches) for number, batches in enumerate(asked)]
    writers = [pid for pid, _ in begun]
    enough = random.randint(1, 25)
    until(lambda: len(answers_in(begun[0][1])) >= enough or gone(writers[0]), "the writer writes")
    time.sleep(random.uniform(0, 0.012))
    KILLS[seed % len(KILLS)](scene, writers)
    until(lambda: all(map(gone, writers)), "the writers end")
    until(lambda: answering(scene), "the server answers")
    for batches, (_, told) in zip(asked, begun, strict=True):
        acknowledged = answers_in(told)
        for at, batch in enumerate(batches):
            found = booked(scene.store, batch)
            if at == len(acknowledged):
                assert found in (0, len(batch)), "a batch is there whole or not at all"
            else:
                assert found == (len(batch) if at < len(acknowledged) else 0)
    assert scene.platform.findings() == []
    first = [[execute(scene.store, batch) for batch in batches] for batches in asked]
    for again, (_, told) in zip(first, begun, strict=True):
        for before, now in zip(answers_in(told), again, strict=False):
            assert list(map(answer, before)) == list(map(answer, now))
            assert {result.status for result in now} <= {"exists", "failed_before"}
    second = [[execute(scene.store, batch) for batch in batches] for batches in asked]
    assert [[list(map(answer, results)) for results in some] for some in first] == [
        [list(map(answer, results)) for results in some] for some in second
    ]
    assert scene.platform.findings() == []


@pytest.mark.parametrize("seed", range(10))
def test_nothing_acknowledged_is_lost(scene: Scene, seed: int) -> None:
    killed_and_looked_at(scene, seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10, 210))
def test_nothing_acknowledged_is_lost_at_length(scene: Scene, seed: int) -> None:
    killed_and_looked_at(scene, seed)
