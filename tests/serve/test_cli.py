"""The frame of the command line: language, help page, errors as one sentence, exit codes, start-up."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from huoshui import __version__
from huoshui.base.errors import Language
from huoshui.serve.cli import main
from huoshui.serve.cli.commands import app
from huoshui.serve.cli.language import language_of
from huoshui.serve.cli.outputs import staged
from huoshui.serve.cli.terminal import Terminal
from huoshui.serve.cli.wrapping import NOT_FIRST, PIECES, wrapped
from huoshui.serve.cli_texts import EXIT_CODE_MEANINGS, HELP

# fmt: off
COMMANDS = [
    "start", "diagnose", "evaluate", "learn", "pace", "plan", "what-if", "import", "template", "simulate", "demo",
    "receipt", "head", "verify", "backup", "restore", "close", "ledger", "doctor",
]
# fmt: on
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _quiet_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("HUOSHUI_LANG", "LC_ALL", "LC_MESSAGES", "LANG", "HUOSHUI_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    monkeypatch.setenv("COLUMNS", "80")
    hook = sys.excepthook
    yield
    sys.excepthook = hook


def program(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The program as a user starts it."""
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from huoshui.serve.cli import main; sys.exit(main())",
            *arguments,
        ],
        capture_output=True,
        env={**os.environ, "LANG": "zh_CN.UTF-8", **environment},
        check=False,
        stdin=subprocess.DEVNULL,
    )


# --- start-up ---------------------------------------------------------------------------------------------


def test_starting_imports_nothing_heavy() -> None:
    code = (
        "import sys; from huoshui.serve.cli import main; main(['--help']); "
        "heavy = {'ibis', 'duckdb', 'pyarrow', 'pandas', 'numpy', 'xlsxwriter', 'python_calamine'}; "
        "sys.stderr.write(' '.join(sorted(heavy & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert "diagnose" in done.stdout


def test_version_is_the_package_version(capsys: Capture) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"huoshui {__version__}\n"


# --- language ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "environment", "encoding", "language"),
    [
        (["--lang", "en"], {"LANG": "zh_CN.UTF-8"}, "utf-8", "en"),
        (["demo", "--lang=zh"], {"HUOSHUI_LANG": "en"}, "ascii", "zh"),
        ([], {"HUOSHUI_LANG": "en", "LC_ALL": "zh_CN.UTF-8"}, "utf-8", "en"),
        ([], {"LC_ALL": "zh_TW.UTF-8", "LANG": "en_US.UTF-8"}, "utf-8", "zh"),
        ([], {"LANG": "de_DE.UTF-8"}, "utf-8", "en"),
        ([], {"LANG": "C"}, "utf-8", "zh"),
        ([], {"LANG": "C.UTF-8"}, "utf-8", "zh"),
        ([], {"LANG": "C"}, "cp1252", "en"),
        (["--lang", "fr"], {"LANG": "en_US"}, "utf-8", "en"),
        (["--lang"], {"LANG": "zh_CN"}, "utf-8", "zh"),
        ([], {}, "utf-8", "zh"),
    ],
)
def test_the_language_is_what_was_asked_for_else_what_the_machine_says(
    arguments: list[str], environment: dict[str, str], encoding: str, language: Language
) -> None:
    assert language_of(arguments, environment, encoding=encoding) == language


def test_a_code_page_without_chinese_does_not_crash() -> None:
    done = program("--help", "--lang", "zh", PYTHONIOENCODING="cp1252")
    assert done.returncode == 0
    assert b"diagnose" in done.stdout
    assert b"?" in done.stdout


# --- help -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_each_help_page_is_in_one_language_and_fits_80_columns(
    capsys: Capture, command: str, language: Language
) -> None:
    assert main([*command.split(), "--help", "--lang", language]) == 0
    page = capsys.readouterr().out
    assert max(cell_len(line.rstrip()) for line in page.splitlines()) <= 80
    chinese = any("一" <= character <= "鿿" for character in page)
    assert chinese == (language == "zh")
    for name in COMMANDS if not command else [command]:
        assert name in page


def test_every_command_and_parameter_has_its_words() -> None:
    root = typer.main.get_command(app)
    assert sorted(root.commands) == sorted(COMMANDS)  # type: ignore[attr-defined]
    used = set(COMMANDS) | {"*.help", "huoshui.version"}
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        for param in command.params:
            key = f"{name}.{param.name}"
            used.add(key if key in HELP else f"*.{param.name}")
    assert used | {"*.lang"} == set(HELP)


def test_without_a_command_it_is_the_help_page(capsys: Capture) -> None:
    assert main([]) == 0
    bare = capsys.readouterr().out
    assert main(["--help"]) == 0
    assert bare.strip() == capsys.readouterr().out.strip()


# --- what goes wrong --------------------------------------------------------------------------------------

WRONG_LINES = [
    (["demos"], "没有 demos 这个命令。是不是: demo", "There is no command demos. Perhaps: demo"),
    (["demo", "--sed", "1"], "没有 --sed 这个选项。", "There is no option --sed."),
    (
        ["demo", "--seed", "x"],
        "--seed 的值不对: 要一个 0 到",
        "--seed does not take this: it takes a whole number",
    ),
    (["demo", "--lang", "fr"], "--lang 的值不对: 只能是 zh en 之一", "must be one of zh en"),
    (["diagnose"], "没有写文件夹。", "DIR is missing."),
    (["template"], "没有写--out。", "--out is missing."),
    (["template", "--out"], "--out 后面", "--out: its value is missing"),
    (["diagnose", "no-such"], "找不到文件夹: no-such", "There is no such folder: no-such"),
    (["import", ".", "--check", "--guess"], "一次只能用一个", "use either"),
    (["diagnose", ".", "--memory", "lots"], "--memory 的值“lots”不对", "--memory: 'lots' does not do"),
    (["diagnose", ".", "--memory", "1MB"], "至少要 200MB", "at least 200MB"),
]


@pytest.mark.parametrize(("line", "zh", "en"), WRONG_LINES)
def test_a_wrong_line_is_one_sentence_and_exit_code_2(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, line: list[str], zh: str, en: str
) -> None:
    for language, words in (("zh", zh), ("en", en)):
        monkeypatch.setenv("HUOSHUI_LANG", language)
        assert main(line) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert words in err
        assert "Traceback" not in err
        assert len(err.splitlines()) == 1


def test_an_error_for_a_program_is_one_object(capsys: Capture) -> None:
    assert main(["diagnose", "no-such", "--json"]) == 2
    answer = json.loads(capsys.readouterr().out)
    assert answer == {
        "ok": False,
        "exit_code": 2,
        "error": {"code": "missing_folder", "text": "找不到文件夹: no-such"},
    }


BREAKS = (
    "import sys; import huoshui.flow.app as app; import huoshui.serve.cli as cli\n"
    "def fail(**_): raise {error}\n"
    "app.settings_for = fail\n"
    "sys.exit(cli.main(['diagnose', '.', '--lang', 'en', *sys.argv[1:]]))"
)


def broken(error: str, *arguments: str, tmp: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", BREAKS.format(error=error), *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp), **environment},
        check=False,
    )


def test_what_nobody_expected_is_our_fault_and_its_details_are_kept(tmp_path: Path) -> None:
    done = broken("RuntimeError('boom')", tmp=tmp_path)
    assert done.returncode == 1
    assert "This is our fault" in done.stderr
    assert "Traceback" not in done.stderr
    (details,) = tmp_path.glob("huoshui-fault-*.txt")
    assert str(details) in done.stderr
    assert "RuntimeError: boom" in details.read_text(encoding="utf-8")


def test_debugging_shows_the_traceback(tmp_path: Path) -> None:
    assert "RuntimeError: boom" in broken("RuntimeError('boom')", tmp=tmp_path, HUOSHUI_DEBUG="1").stderr


def test_our_fault_too_is_one_object_for_a_program(tmp_path: Path) -> None:
    answer = json.loads(broken("RuntimeError('boom')", "--json", tmp=tmp_path).stdout)
    assert (answer["exit_code"], answer["error"]["code"]) == (1, "our_fault")


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        ("PermissionError(13, 'no', 'out/report.html')", 2, "out/report.html cannot be written"),
        ("OSError(28, 'full', 'out')", 3, "The disk is full: out"),
        ("KeyboardInterrupt()", 130, "Interrupted"),
    ],
)
def test_what_the_system_refuses_is_said_in_words(tmp_path: Path, error: str, code: int, words: str) -> None:
    done = broken(error, tmp=tmp_path)
    assert done.returncode == code
    assert words in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_every_exit_code_is_on_the_help_page(capsys: Capture) -> None:
    main(["--help"])
    page = capsys.readouterr().out
    for code, meaning in EXIT_CODE_MEANINGS.items():
        assert f"{code} " in page
        assert meaning.zh in page


# --- the terminal -----------------------------------------------------------------------------------------


def test_json_goes_out_as_utf_8_and_nothing_else_does(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    terminal = Terminal("zh", machine=True)
    terminal.say("不该出现")
    terminal.give({"活动": "<b>"})
    assert capfdbinary.readouterr().out == '{"活动":"<b>"}\n'.encode()


def test_a_name_that_is_no_text_is_escaped(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    Terminal("zh", machine=True).give({"file": "\udcb5"})
    assert capfdbinary.readouterr().out == b'{"file": "\\udcb5"}\n'


def test_brackets_in_what_is_said_are_no_markup(capsys: Capture) -> None:
    Terminal("zh", machine=False).say("活动「[模拟] 返现」[bold]")
    assert capsys.readouterr().out == "活动「[模拟] 返现」[bold]\n"


lines = st.text(st.sampled_from("活水余额ab 12,。」)("), max_size=120)


@given(text=lines, width=st.integers(12, 60), indent=st.integers(0, 6))
@example(text="11。。。。。 ,", width=12, indent=0)
@example(text="1。。。。。1 ,", width=12, indent=0)
def test_wrapping_loses_nothing_and_keeps_the_width(text: str, width: int, indent: int) -> None:
    parts = wrapped(text, width, indent=indent)
    assert "".join("".join(parts).split()) == "".join(text.split())
    for part in parts[1:]:
        assert part == "" or part.lstrip()[0] not in NOT_FIRST
    # past the width goes only what may not begin a line, with a blank before it, and a word that no line could hold
    for part in parts:
        used = 0
        for piece in PIECES.findall(part):
            first = not part[:used].strip()
            used += len(piece)
            assert cell_len(part[:used]) <= width or first or piece.isspace() or piece[0] in NOT_FIRST


# --- files appear whole or not at all ---------------------------------------------------------------------


def test_staged_files_appear_at_the_end(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with staged(out) as folder:
        (folder / "a.txt").write_text("new")
        assert not (out / "a.txt").exists()
    assert [path.name for path in out.iterdir()] == ["a.txt"]


def test_after_an_error_everything_is_as_before(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.txt").write_text("old")
    with pytest.raises(KeyboardInterrupt):
        write_and_stop(out)
    assert (out / "a.txt").read_text() == "old"
    assert len(list(out.iterdir())) == 1
    with pytest.raises(KeyboardInterrupt):
        write_and_stop(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def write_and_stop(out: Path) -> None:
    with staged(out) as folder:
        (folder / "a.txt").write_text("half")
        raise KeyboardInterrupt


def test_the_rest_stays_unless_the_whole_is_replaced(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "sub").mkdir(parents=True)
    (out / "sub" / "old.txt").write_text("old")
    with staged(out) as folder:
        (folder / "a.txt").write_text("1")
    assert sorted(path.name for path in out.iterdir()) == ["a.txt", "sub"]
    with staged(out, whole=True, keep=frozenset({"sub"})) as folder:
        (folder / "b.txt").write_text("2")
    assert sorted(path.name for path in out.iterdir()) == ["b.txt", "sub"]
    with staged(out, whole=True) as folder:
        (folder / "b.txt").write_text("3")
    assert [path.name for path in out.iterdir()] == ["b.txt"]
