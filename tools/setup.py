"""Set-up of this checkout: a .venv with the pinned packages that one make target needs, from python3 alone.

    python3 tools/setup.py run assets          sets named as in requirements/; `browser` for the browser tests
    python3 tools/setup.py --compile           write requirements/*.txt again from the *.in beside them

When nothing changed it reads a few stamp files and ends. Else it checks first (Python, venv, disk, network)
and prints the one line that mends what is missing. A set-up that was cut off is mended by the next one.

Stamps lie in .venv/.huoshui/: `base` says which folder and interpreter the .venv was made for, `<set>` the
hash of the requirement file installed, `unfinished` that a set-up began and did not end.

Written for old interpreters too (no f-strings, nothing newer than 3.5): an old one must be told so plainly.
"""

import csv
import hashlib
import io
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from typing import Dict, Iterator, List, Optional, Tuple

try:
    import fcntl
except ImportError:  # not on Windows; two set-ups at once are then the user's to avoid
    fcntl = None  # type: ignore[assignment]

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
STAMPS = os.path.join(VENV, ".huoshui")
BIN = os.path.join(VENV, "Scripts" if os.name == "nt" else "bin")
VENV_PYTHON = os.path.join(BIN, "python.exe" if os.name == "nt" else "python")

PYTHON_MIN = (3, 11)
PYTHON_MAX = (3, 14)  # the newest with wheels of every pinned package
FORMAT = "1"  # raise when the .venv must be made anew for a reason of ours

# Disk in MB, installed plus the downloads that lie beside it while installing; measured, rounded up.
SETS_MB = {"run": 1000, "assets": 120, "data": 100, "dev": 450, "bench": 150}
# Only files are read from these wheels; nothing that needs their dependencies is imported.
WITHOUT_DEPENDENCIES = ("assets", "data")
VENV_MB = 60
TEMPORARY_MB = 300

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSERS_MAC = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
CJK_FONT = re.compile(r"(Noto|Source).*(CJK|SC|Han)|wqy|PingFang|Hiragino Sans GB", re.IGNORECASE)
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts", "~/.local/share/fonts")


class Trouble(Exception):
    """What stops the set-up, in both languages, and the one line that mends it."""

    def __init__(self, zh: str, en: str, line: str = "") -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en
        self.line = line


def main(arguments: List[str]) -> int:
    """Set up what is asked for; 0 when it stands, 1 when something is missing, 130 when interrupted."""
    speak_utf8()
    try:
        if arguments == ["--compile"] or arguments == ["--compile", "--upgrade"]:
            compile_requirements(upgrade="--upgrade" in arguments)
            return 0
        wanted = [name for name in arguments if name != "browser"]
        unknown = [name for name in wanted if name not in SETS_MB]
        if unknown or not arguments:
            print(
                "usage: python3 tools/setup.py [run] [assets] [data] [dev] [browser] | --compile [--upgrade]"
            )
            return 2
        if missing(wanted):
            for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
                signal.signal(number, signal.default_int_handler)
            with Lock() as lock:
                set_up(wanted, lock)
        if "browser" in arguments:
            look_for_browser()
    except Trouble as trouble:
        complain(trouble)
        return 1
    except KeyboardInterrupt:
        print("\n已中断。再运行同一条命令会接着装。")
        print("Interrupted. Run the same line again: it goes on from here.")
        return 130
    return 0


def set_up(wanted: List[str], lock: "Lock") -> None:
    """Make or mend the .venv and install the sets that are not yet in it."""
    names = missing(wanted)
    if not names:  # another set-up did it while this one waited
        return
    check_disk(names)
    if not base_is_sound():
        make_venv(find_python(), lock)
    elif "base" in names:
        remove_half_installed()
    write(stamp("unfinished"), "")
    install_ourselves()
    write(stamp("base"), base_text())
    sets = [name for name in names if name != "base"]
    if sets:
        check_network(lock)
    for name in sets:
        install(name, lock)
        write(stamp(name), fingerprint(name))
    os.remove(stamp("unfinished"))
    print("准备好了。 Ready.", flush=True)


# --- what stands already ---------------------------------------------------------------------------------


def missing(wanted: List[str]) -> List[str]:
    """The sets whose stamp does not fit; with `base` first all of them, when the .venv itself is in doubt."""
    fits = os.path.exists(VENV_PYTHON) and read(stamp("base")) == base_text()
    if not fits or os.path.exists(stamp("unfinished")):
        return ["base"] + wanted
    return [name for name in wanted if read(stamp(name)) != fingerprint(name)]


def base_text() -> str:
    """What the .venv was made for: a checkout that was moved, or another interpreter, needs a new one."""
    return "\n".join([FORMAT, ROOT, os.path.realpath(VENV_PYTHON)])


def fingerprint(name: str) -> str:
    with open(os.path.join(ROOT, "requirements", name + ".txt"), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def stamp(name: str) -> str:
    return os.path.join(STAMPS, name)


def base_is_sound() -> bool:
    """True when the .venv there is runs, is recent enough, carries pip, and was made for this folder."""
    made_for = read(stamp("base"))
    if made_for and made_for != base_text():
        return False
    if not made_for and os.path.exists(stamp("unfinished")):  # cut off while the .venv itself was made
        return False
    version = interpreter_version(VENV_PYTHON, "import pip._internal.cli.main")
    return version is not None and version >= PYTHON_MIN


def remove_half_installed() -> None:
    """Forget every package whose files are not all there in full, so that pip installs it again.

    pip takes a package as installed once its *.dist-info folder stands; cut off at the wrong moment, that
    folder stands beside files that are missing or short. Any set may have lost one: all are asked for again.
    """
    os.makedirs(STAMPS, exist_ok=True)
    for name in SETS_MB:
        write(stamp(name), "")
    site = site_packages()
    for entry in sorted(os.listdir(site)):
        path = os.path.join(site, entry)
        if entry.startswith("~") or (entry.endswith(".dist-info") and not all_files_there(site, path)):
            shutil.rmtree(path, ignore_errors=True)


def all_files_there(site: str, dist_info: str) -> bool:
    try:
        with open(os.path.join(dist_info, "RECORD"), newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
    except OSError:
        return False
    if not rows:
        return False
    for row in rows:
        if len(row) != 3:
            return False
        path, _, size = row
        full = os.path.join(site, path)
        if size and not (os.path.isfile(full) and os.path.getsize(full) == int(size)):
            return False
    return True


# --- checks, before anything is written ------------------------------------------------------------------


def find_python() -> str:
    """The interpreter to make the .venv from; names what to install where there is none."""
    # Run from inside a .venv (perhaps this very one): the interpreter that it was made from is the one.
    here = getattr(sys, "_base_executable", sys.executable) or sys.executable
    names = [here, "python3", "python3.13", "python3.12", "python3.11", "python3.14"]
    lacks_venv = None  # type: Optional[Tuple[int, int]]
    for name in names:
        path = shutil.which(name)
        if path is None or path.startswith(VENV + os.sep):
            continue
        version = interpreter_version(path)
        if version is None or not PYTHON_MIN <= version <= PYTHON_MAX:
            continue
        if interpreter_version(path, "import venv, ensurepip") is not None:
            return path
        lacks_venv = version
    if lacks_venv is not None:
        package = "python{}.{}-venv".format(*lacks_venv)
        raise Trouble(
            "这台机器的 Python 缺少 venv 模块。装上它, 再运行同一条命令:",
            "The Python of this machine lacks its venv module. Install it, then run the same line again:",
            system_install(apt=package, dnf="python3-pip", brew="python@3.13"),
        )
    found = "{}.{}".format(*sys.version_info[:2])
    raise Trouble(
        "需要 Python 3.11 到 3.14, 这里是 {}。装一个, 再运行同一条命令:".format(found),
        "Python 3.11 to 3.14 is needed, here is {}. Install one, then run the same line again:".format(found),
        system_install(apt="python3.11 python3.11-venv", dnf="python3.12", brew="python@3.13"),
    )


def interpreter_version(path: str, also: str = "pass") -> Optional[Tuple[int, int]]:
    """Major and minor version, or None where it does not start or `also` fails."""
    code = also + "\nimport sys\nprint('%d %d' % sys.version_info[:2])"
    try:
        quiet = subprocess.DEVNULL
        out = subprocess.check_output([path, "-I", "-c", code], stdin=quiet, stderr=quiet)
        major, minor = out.decode("ascii", "replace").split()
        return int(major), int(minor)
    except (OSError, subprocess.CalledProcessError, ValueError):
        return None


def check_disk(names: List[str]) -> None:
    if not os.access(ROOT, os.W_OK):
        raise Trouble(
            "没有写这个文件夹的权限。先运行:",
            "This folder cannot be written to. Run first:",
            "sudo chown -R $(id -un) .",
        )
    needed = VENV_MB + sum(SETS_MB.get(name, 0) for name in names)
    for folder, mb in ((ROOT, needed), (tempfile.gettempdir(), TEMPORARY_MB)):
        free = shutil.disk_usage(folder).free // 2**20
        if free < mb:
            raise Trouble(
                "{} 所在磁盘只剩 {} MB, 需要约 {} MB。".format(folder, free, mb)
                + "腾出空间, 再运行同一条命令; 看哪里占得多:",
                "The disk of {} has {} MB left, about {} MB are needed. ".format(folder, free, mb)
                + "Make room, then run the same line again; what takes most:",
                "du -xh -d1 {} | sort -h | tail".format(shlex.quote(folder)),
            )


def check_network(lock: "Lock") -> None:
    """Ask pip itself for one small pinned package: a mirror or a folder of wheels counts as network."""
    with open(os.path.join(ROOT, "requirements", "run.txt"), encoding="utf-8") as file:
        first = re.match(r"[^\n]*(\n +[^\n]*)*", file.read())
    handle, path = tempfile.mkstemp(suffix=".txt")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(first.group(0) if first else "")
        options = ["--dry-run", "--ignore-installed", "--no-deps", "--timeout", "15", "--retries", "1"]
        code, log = pip(["install", "--require-hashes"] + options + ["-r", path], lock)
    finally:
        os.remove(path)
    if code != 0:
        raise explain(log)


# What pip says, our sentence in both languages, the line to run.
CAUSES = (
    (
        "No space left on device",
        "磁盘满了。腾出空间, 再运行同一条命令; 看哪里占得多:",
        "The disk is full. Make room, then run the same line again; what takes most:",
        "du -xh -d1 ~ | sort -h | tail",
    ),
    (
        "DO NOT MATCH THE HASHES",
        "下载到的软件包和锁定的不一样 (下载损坏, 或镜像被改过), 没有安装。清掉缓存再试, 或换镜像:",
        (
            "A download is not the pinned package (broken, or a changed mirror): not installed. "
            "Clear the cache and try again, or use another mirror:"
        ),
        ".venv/bin/python -m pip cache purge",
    ),
    (
        "CERTIFICATE_VERIFY_FAILED",
        "网络的安全证书不被信任 (常见于公司代理)。把公司的根证书告诉 pip, 再运行:",
        "The network's certificate is not trusted (often a company proxy). Tell pip its root certificate:",
        "export PIP_CERT=/path/to/company-root.pem",
    ),
    (
        (
            "NewConnectionError|ConnectTimeout|Connection (refused|reset|broken|aborted)|Read timed out|"
            "ProxyError|Name or service not known|Temporary failure in name resolution|Max retries|"
            "Network is unreachable"
        ),
        "连不上软件包仓库。检查网络或代理后再运行同一条命令; 国内可指定镜像 (换成你的镜像地址):",
        "The package index cannot be reached. Check network or proxy and run again, or name a mirror:",
        "export PIP_INDEX_URL=https://MIRROR/simple",
    ),
    (
        "No matching distribution found|Could not find a version",
        "仓库或镜像里没有锁定的版本: 镜像还没同步, 或这种系统没有现成的包。换一个镜像再试:",
        "The index or mirror lacks a pinned version: it lags, or has no wheel for this system. Try another:",
        "export PIP_INDEX_URL=https://MIRROR/simple",
    ),
    (
        "Permission denied",
        "没有写文件的权限。先运行:",
        "A file cannot be written. Run first:",
        "sudo chown -R $(id -un) .",
    ),
)


def explain(log: str) -> Trouble:
    """What pip ran into, as a sentence and a line to run."""
    for pattern, zh, en, line in CAUSES:
        if re.search(pattern, log):
            return Trouble(zh, en, line)
    tail = "\n".join(log.strip().splitlines()[-15:])
    return Trouble("安装没有成功, 原话如下:", "The installation failed; in its own words:", tail)


def system_install(apt: str, dnf: str, brew: str) -> str:
    """The line that installs a system package here."""
    sudo = "" if os.name == "nt" or os.geteuid() == 0 else "sudo "
    if shutil.which("apt-get"):
        return "{0}apt-get update && {0}apt-get install -y {1}".format(sudo, apt)
    if shutil.which("dnf"):
        return "{}dnf install -y {}".format(sudo, dnf)
    return "brew install " + brew


# --- doing it --------------------------------------------------------------------------------------------


def make_venv(python: str, lock: "Lock") -> None:
    say("建立 .venv (Python 环境)", "making .venv")
    # The stamps go first: were this cut off, a half-removed .venv must not look whole.
    shutil.rmtree(STAMPS, ignore_errors=True)
    shutil.rmtree(VENV, ignore_errors=True)
    os.makedirs(STAMPS)
    write(stamp("unfinished"), "")
    code, log = run([python, "-I", "-m", "venv", VENV], lock)
    if code != 0:
        raise explain(log)


def install_ourselves() -> None:
    """Put src on the path and a `huoshui` command into the .venv, without a build and without the network.

    The path is relative to site-packages: plain ASCII wherever the checkout lies. The command is a shell line
    and a Python file in one, because a `#!` line can hold neither a space nor a long path.
    """
    site = site_packages()
    write(os.path.join(site, "huoshui.pth"), os.path.relpath(os.path.join(ROOT, "src"), site) + "\n")
    launcher = os.path.join(BIN, "huoshui")
    start = "import sys\nfrom huoshui.serve.cli import main\nsys.exit(main())\n"
    if os.name == "nt":
        write(launcher + "-script.py", start)
        write(launcher + ".cmd", '@"%~dp0python.exe" "%~dp0huoshui-script.py" %*\n')
        return
    write(launcher, "#!/bin/sh\n'''exec' {} \"$0\" \"$@\"\n' '''\n{}".format(shlex.quote(VENV_PYTHON), start))
    os.chmod(launcher, 0o755)


def install(name: str, lock: "Lock") -> None:
    path = os.path.join(ROOT, "requirements", name + ".txt")
    with open(path, encoding="utf-8") as file:
        total = len(re.findall(r"^\S+==", file.read(), re.MULTILINE))
    say("安装 {} ({} 个包)".format(name, total), "installing {} ({} packages)".format(name, total))
    command = ["install", "--require-hashes", "--only-binary", ":all:", "--progress-bar", "off", "-r", path]
    if name in WITHOUT_DEPENDENCIES:
        command.append("--no-deps")
    code, log = pip(command, lock, total=total)
    write(stamp(name + ".log"), log)
    if code != 0:
        raise explain(log)


def pip(arguments: List[str], lock: "Lock", total: int = 0) -> Tuple[int, str]:
    """Run the .venv's pip under the user's own settings (mirror, proxy, certificate); its code and words."""
    settings = {"PIP_USER": "0", "PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    return run([VENV_PYTHON, "-I", "-m", "pip"] + arguments, lock, total=total, settings=settings)


def run(
    command: List[str], lock: "Lock", total: int = 0, settings: Optional[Dict[str, str]] = None
) -> Tuple[int, str]:
    """Run a command, show how far it is on a terminal, end it when we are ended."""
    environment = dict(os.environ, **(settings or {}))
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        # The lock goes with the child: if we are killed it keeps later set-ups waiting until it is done.
        pass_fds=lock.descriptors(),
    )
    lines = []  # type: List[str]
    try:
        with Progress(total) as progress:
            for raw in process.stdout or ():
                lines.append(raw.decode("utf-8", "replace"))
                progress.see(lines[-1])
        return process.wait(), "".join(lines)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


class Progress:
    """One line on a terminal, redrawn: packages fetched of all, and that it still lives while pip unpacks."""

    def __init__(self, total: int) -> None:
        self.total = total if sys.stdout.isatty() else 0
        self.fetched = 0
        self.text = ""
        self.ticks = 0
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.redraw, daemon=True)

    def __enter__(self) -> "Progress":
        if self.total:
            self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        if self.total:
            self.thread.join()
            sys.stdout.write("\r" + " " * 70 + "\r")
            sys.stdout.flush()

    def see(self, line: str) -> None:
        words = line.split()
        if line.startswith(("Collecting", "Requirement already")) and len(words) > 1:
            self.fetched += 1
            package = words[1] if words[0] == "Collecting" else words[3]
            self.text = "{}/{} {}".format(self.fetched, self.total, package)
        elif line.startswith("Installing collected"):
            self.text = "解压 unpacking"

    def redraw(self) -> None:
        while not self.done.wait(0.5):
            self.ticks += 1
            sys.stdout.write("\r  {} {}".format("-\\|/"[self.ticks % 4], self.text[:50]).ljust(70))
            sys.stdout.flush()


def site_packages() -> str:
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    out = subprocess.check_output([VENV_PYTHON, "-X", "utf8", "-I", "-c", code], stdin=subprocess.DEVNULL)
    return out.decode("utf-8").strip()


class Lock:
    """Only one set-up of a checkout at a time, held on this very file, so that nothing is left behind."""

    def __init__(self) -> None:
        self.file = open(os.path.abspath(__file__), "rb")  # noqa: SIM115 - held, not leaked

    def __enter__(self) -> "Lock":
        if fcntl is not None:
            try:
                fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("另一个安装还在进行, 等它结束", "another set-up is at work, waiting for it")
                fcntl.flock(self.file, fcntl.LOCK_EX)
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def descriptors(self) -> Tuple[int, ...]:
        return (self.file.fileno(),) if fcntl is not None else ()


# --- the browser tests -----------------------------------------------------------------------------------


def look_for_browser() -> None:
    """Find Chromium and a Chinese font; install them where no password is asked, else say what is skipped."""
    lacking = lacking_for_browser()
    if not lacking:
        return
    packages = " ".join(lacking)
    apt = shutil.which("apt-get")
    tried = stamp("browser-tried")
    if apt and os.geteuid() == 0 and is_debian() and not os.path.exists(tried):
        say("安装浏览器测试要用的 " + packages, "installing " + packages + " for the browser tests")
        settings = {"DEBIAN_FRONTEND": "noninteractive"}
        with Lock() as lock:
            for command in (["update"], ["install", "-y", "--no-install-recommends"] + lacking):
                code, log = run([apt, "-q"] + command, lock, settings=settings)
                write(tried, log)
                if code != 0:
                    break
        lacking = lacking_for_browser()
    if lacking:
        line = system_install(
            apt=" ".join(lacking), dnf="chromium google-noto-sans-cjk-fonts", brew="--cask chromium"
        )
        names = ", ".join(lacking)
        zh = "没有 {}: 浏览器测试会被跳过, 其余测试照常。要一起跑:".format(names)
        complain(Trouble(zh, "No {}: the browser tests are SKIPPED. To run them too:".format(names), line))


def lacking_for_browser() -> List[str]:
    """Debian's names of what the browser tests need and this machine lacks."""
    lacking = []
    if not any(map(shutil.which, BROWSERS)) and not any(map(os.path.exists, BROWSERS_MAC)):
        lacking.append("chromium")
    if not any(CJK_FONT.search(name) for name in font_files()):
        lacking.append("fonts-noto-cjk")
    return lacking


def font_files() -> Iterator[str]:
    for folder in FONT_FOLDERS:
        for _, _, names in os.walk(os.path.expanduser(folder)):
            for name in names:
                yield name


def is_debian() -> bool:
    """True on Debian itself: Ubuntu's package of Chromium is a snap, which a container cannot start."""
    text = read("/etc/os-release")
    return re.search(r"^ID=\"?debian\"?$", text, re.MULTILINE) is not None


# --- requirements/*.txt ----------------------------------------------------------------------------------


def compile_requirements(upgrade: bool) -> None:
    """Write each requirements/*.txt from its *.in by uv: versions and hashes, no header, no index address."""
    with Lock() as lock:
        set_up(["run"], lock)
        if interpreter_version(VENV_PYTHON, "import uv") is None:
            code, log = pip(["install", "uv"], lock)
            if code != 0:
                raise explain(log)
        settings = pip_settings_for_uv(lock)
        for name in SETS_MB:
            source, target = ("requirements/{}.{}".format(name, kind) for kind in ("in", "txt"))
            command = [VENV_PYTHON, "-I", "-m", "uv", "pip", "compile", "--universal", "--generate-hashes"]
            command += ["--no-header", "--no-annotate", "--python-version", "3.11", source, "-o", target]
            command += ["--no-deps"] if name in WITHOUT_DEPENDENCIES else []
            command += ["--upgrade"] if upgrade else []
            code, log = run(command, lock, settings=settings)
            if code != 0:
                raise explain(log)
            if "://" in read(os.path.join(ROOT, target)):
                raise Trouble(target + " 里出现了网址。", target + " holds an address of an index.")
            print(target)


def pip_settings_for_uv(lock: "Lock") -> Dict[str, str]:
    """Mirror and certificate that pip is set up with, under uv's names; what uv has of its own stands."""
    _, listed = pip(["config", "list"], lock)
    told = {}
    for scope in ("global", "install", ":env:"):  # the later overrides
        told.update(re.findall(r"^" + scope + r"\.([\w-]+)='(.*)'\r?$", listed, re.MULTILINE))
    names = (("index-url", "UV_DEFAULT_INDEX"), ("cert", "SSL_CERT_FILE"))
    return {own: told[name] for name, own in names if name in told and own not in os.environ}


# --- words and files -------------------------------------------------------------------------------------


def complain(trouble: Trouble) -> None:
    print("\n✗ {}\n  {}".format(trouble.zh, trouble.en))
    if trouble.line:
        print("\n    {}\n".format(trouble.line.replace("\n", "\n    ")))
    sys.stdout.flush()


def say(zh: str, en: str) -> None:
    print("· {} / {}".format(zh, en), flush=True)


def speak_utf8() -> None:
    """Chinese must not end a set-up on a terminal or in a log that claims to be ASCII."""
    sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", errors="replace", line_buffering=True)


def read(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def write(path: str, text: str) -> None:
    """Replace a file whole: a set-up that is killed leaves the old text or the new one."""
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".new", path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
