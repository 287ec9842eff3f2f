"""The set-up: what it takes for done, how it mends what was cut off, and the words it stops with.

Installing for real is what `.ci/run` does from a bare checkout; here no package is fetched.
"""

import hashlib
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "setup.py"
SITE = Path("lib") / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in a folder with a space and Chinese in its name: a .venv without pip, and one-line sets."""
    root = tmp_path / "活 水 'test'"
    (root / "tools").mkdir(parents=True)
    (root / "tools" / "setup.py").write_bytes(SCRIPT.read_bytes())
    (root / "requirements").mkdir()
    for name in ("run", "assets", "data", "dev"):
        (root / "requirements" / f"{name}.txt").write_text(f"{name}-package==1.0\n")
    (root / "src" / "huoshui" / "serve").mkdir(parents=True)
    (root / "src" / "huoshui" / "__init__.py").touch()
    (root / "src" / "huoshui" / "serve" / "__init__.py").touch()
    (root / "src" / "huoshui" / "serve" / "cli.py").write_text(
        "import sys\ndef main():\n    print(sys.argv[1:])\n    return 4\n"
    )
    base = [getattr(sys, "_base_executable", sys.executable), "-m", "venv", "--without-pip"]
    subprocess.run([*base, str(root / ".venv")], check=True)
    return root


@pytest.fixture
def setup(checkout: Path) -> ModuleType:
    """tools/setup.py of that checkout, as a module."""
    spec = importlib.util.spec_from_file_location("setup_under_test", checkout / "tools" / "setup.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (checkout / ".venv" / ".huoshui").mkdir()
    return module


def finish(setup: ModuleType, *sets: str) -> None:
    setup.write(setup.stamp("base"), setup.base_text())
    for name in sets:
        setup.write(setup.stamp(name), setup.fingerprint(name))


def test_nothing_is_missing_when_stamps_fit(setup: ModuleType) -> None:
    finish(setup, "run", "assets")
    assert setup.missing(["run", "assets"]) == []
    assert setup.missing(["run", "dev"]) == ["dev"]


def test_changed_requirements_are_missing(setup: ModuleType, checkout: Path) -> None:
    finish(setup, "run", "dev")
    (checkout / "requirements" / "run.txt").write_text("run-package==2.0\n")
    assert setup.missing(["run", "dev"]) == ["run"]


def test_cut_off_set_up_puts_everything_in_doubt(setup: ModuleType) -> None:
    finish(setup, "run", "dev")
    setup.write(setup.stamp("unfinished"), "")
    assert setup.missing(["run", "dev"]) == ["base", "run", "dev"]


def test_moved_checkout_needs_a_new_venv(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    finish(setup, "run")
    monkeypatch.setattr(setup, "ROOT", setup.ROOT + " moved")
    assert not setup.base_is_sound()


def test_venv_of_another_interpreter_needs_a_new_one(setup: ModuleType) -> None:
    finish(setup, "run")
    Path(setup.VENV_PYTHON).unlink()
    assert setup.missing(["run"]) == ["base", "run"]


def installed(checkout: Path, name: str, files: dict[str, str]) -> Path:
    """A package as pip leaves it: its files, and a RECORD with the size of each."""
    site = checkout / ".venv" / SITE
    info = site / f"{name}-1.0.dist-info"
    info.mkdir()
    rows = []
    for path, text in files.items():
        (site / path).parent.mkdir(exist_ok=True)
        (site / path).write_text(text)
        rows.append(f"{path},sha256={hashlib.sha256(text.encode()).hexdigest()},{len(text)}")
    (info / "RECORD").write_text("\n".join([*rows, f"{info.name}/RECORD,,"]) + "\n")
    return info


def test_half_installed_packages_are_forgotten(setup: ModuleType, checkout: Path) -> None:
    finish(setup, "run", "dev")
    whole = installed(checkout, "whole", {"whole/a.py": "x = 1\n"})
    short = installed(checkout, "short", {"short/a.py": "x = 1\n"})
    (checkout / ".venv" / SITE / "short" / "a.py").write_text("x")
    gone = installed(checkout, "gone", {"gone/a.py": "x = 1\n"})
    (checkout / ".venv" / SITE / "gone" / "a.py").unlink()
    unrecorded = installed(checkout, "unrecorded", {})
    (unrecorded / "RECORD").unlink()
    cut = installed(checkout, "cut", {"cut/a.py": "x = 1\n"})
    (cut / "RECORD").write_text("cut/a.py,sha2")
    replaced = checkout / ".venv" / SITE / "~eplaced"
    replaced.mkdir()

    setup.remove_half_installed()

    assert whole.exists()
    assert not any(path.exists() for path in (short, gone, unrecorded, cut, replaced))
    assert setup.missing(["run", "dev"]) == ["run", "dev"]


def test_command_runs_from_a_folder_with_spaces_and_through_a_link(
    setup: ModuleType, checkout: Path, tmp_path: Path
) -> None:
    setup.install_ourselves()
    (tmp_path / "linked").symlink_to(checkout / ".venv" / "bin" / "huoshui")
    for command in (checkout / ".venv" / "bin" / "huoshui", tmp_path / "linked"):
        done = subprocess.run(
            [str(command), "a b", "$c"], cwd="/", capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (4, "['a b', '$c']\n", "")


@pytest.mark.parametrize(
    ("said", "zh", "line"),
    [
        ("OSError: [Errno 28] No space left on device", "磁盘满了", "du "),
        (
            "NewConnectionError(...)\nERROR: No matching distribution found for duckdb",
            "连不上",
            "PIP_INDEX_URL",
        ),
        ("ERROR: No matching distribution found for duckdb==2.0", "没有锁定的版本", "PIP_INDEX_URL"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "锁定的不一样", "cache purge"),
        ("SSLError(SSLCertVerificationError(CERTIFICATE_VERIFY_FAILED))", "证书", "PIP_CERT"),
        ("something never seen", "原话如下", "something never seen"),
    ],
)
def test_what_pip_ran_into_is_said_with_the_line_that_mends_it(
    setup: ModuleType, said: str, zh: str, line: str
) -> None:
    trouble = setup.explain(said)
    assert zh in trouble.zh
    assert line in trouble.line
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in trouble.en)


def stub_interpreters(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, versions: dict[str, tuple[int, int]], *, venv: bool
) -> None:
    def version(path: str, also: str = "pass") -> tuple[int, int] | None:
        return versions.get(path) if venv or also == "pass" else None

    monkeypatch.setattr(setup, "interpreter_version", version)
    monkeypatch.setattr(setup.shutil, "which", lambda name: name if name in versions else None)
    monkeypatch.setattr(setup.sys, "_base_executable", "python3", raising=False)


def test_old_python_passes_to_a_newer_one_beside_it(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub_interpreters(setup, monkeypatch, {"python3": (3, 9), "python3.12": (3, 12)}, venv=True)
    assert setup.find_python() == "python3.12"


def test_old_python_alone_is_named(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    stub_interpreters(setup, monkeypatch, {"python3": (3, 9), "apt-get": (0, 0)}, venv=True)
    with pytest.raises(setup.Trouble) as caught:
        setup.find_python()
    assert "3.11" in caught.value.zh
    assert "apt-get install -y python3.11 python3.11-venv" in caught.value.line


def test_missing_venv_module_is_named_for_its_version(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub_interpreters(setup, monkeypatch, {"python3": (3, 12), "apt-get": (0, 0)}, venv=False)
    with pytest.raises(setup.Trouble) as caught:
        setup.find_python()
    assert "apt-get install -y python3.12-venv" in caught.value.line


def test_full_disk_is_told_before_anything_is_written(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("Usage", (), {"free": 100 * 2**20})
    monkeypatch.setattr(setup.shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(setup.Trouble) as caught:
        setup.check_disk(["base", "run"])
    assert "100 MB" in caught.value.zh
    assert "100 MB" in caught.value.en


def test_unknown_set_is_refused(checkout: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(checkout / "tools" / "setup.py"), "everything"], capture_output=True, check=False
    )
    assert done.returncode == 2


def test_text_is_replaced_whole(setup: ModuleType, tmp_path: Path) -> None:
    target = tmp_path / "file"
    setup.write(str(target), "活水")
    setup.write(str(target), "new")
    assert target.read_text() == "new"
    assert setup.read(str(tmp_path / "absent")) == ""
