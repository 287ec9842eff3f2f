"""The hand-written SQL: one query a fact table, straight from the raw Parquet.

sql/diagnose/macros.sql     words that all use
sql/diagnose/<fact>.sql     one query: `-- needs:` names the parts it begins with, `-- key:` what tells rows apart
sql/diagnose/parts/*.sql    common table expressions, written once as text; every query computes its own
"""

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "sql" / "diagnose"


@dataclass(frozen=True, slots=True)
class Statement:
    """One fact table's query as a whole, and the columns that tell its rows apart."""

    name: str
    key: tuple[str, ...]
    sql: str


def statements() -> list[Statement]:
    """Every fact table's query, by name."""
    return [_statement(path) for path in _facts()]


SHARED = (
    "months", "people", "firsts", "span", "given", "lots", "draws", "results", "bars", "grant_states", "classed",
    "levelled",
)  # fmt: skip
"""Parts that several queries begin with, each after those it needs."""


def script() -> list[tuple[str, str]]:
    """The same facts as one script: what queries share is computed once into temporary tables. (name, statement)."""
    parts: dict[str, str] = {}
    _gather("costed", parts)
    tables = ",\n".join(parts.values())
    # What the part about agents adds twice, once as its step, is left out; `sold` is the same rows, fewer columns.
    kept = "* EXCLUDE (status, payment_fee, known_goods, site_fee, agent_commission, whole_gap)"
    steps = [
        ("costed", f"CREATE TEMP TABLE costed AS WITH {tables} SELECT {kept} FROM costed"),
        ("sold", "CREATE TEMP VIEW sold AS FROM costed"),
        ("agented", "CREATE TEMP VIEW agented AS FROM costed"),
        ("counted", "CREATE TEMP VIEW counted AS WITH {0} FROM counted"),
        ("openings", "CREATE TEMP VIEW openings AS WITH {0} FROM openings"),
    ]
    steps = [(name, sql.replace("{0}", _part("counted"))) for name, sql in steps]
    steps += [(name, f"CREATE TEMP TABLE {name} AS WITH {_part(name)} FROM {name}") for name in SHARED]
    for path in _facts():
        body = _bare(path.read_text(encoding="utf-8"))
        steps.append(
            (path.stem, "WITH RECURSIVE " + body.removeprefix("WITH ") if body.startswith("WITH ") else body)
        )
    return steps


def macros() -> str:
    """What a connection must run first."""
    return (FOLDER / "macros.sql").read_text(encoding="utf-8")


def views(folder: Path) -> str:
    """The raw tables by their names."""
    return "\n".join(
        f"CREATE VIEW {file.stem} AS SELECT * FROM read_parquet('{file}');"
        for file in sorted(folder.glob("*.parquet"))
    )


def _facts() -> list[Path]:
    return [path for path in sorted(FOLDER.glob("*.sql")) if path.stem != "macros"]


def _part(name: str) -> str:
    return _bare((FOLDER / "parts" / f"{name}.sql").read_text(encoding="utf-8"))


def _statement(path: Path) -> Statement:
    text = path.read_text(encoding="utf-8")
    parts: dict[str, str] = {}
    for name in _named(text, "needs"):
        _gather(name, parts)
    body = _bare(text)
    own = ""
    if body.startswith("WITH "):
        own, body = body.removeprefix("WITH "), ""
    tables = ",\n".join(parts.values()) + (",\n" if parts and own else "")
    head = f"WITH RECURSIVE {tables}" if parts or own else ""
    return Statement(path.stem, _named(text, "key"), f"{head}{own}\n{body}")


def _gather(name: str, parts: dict[str, str]) -> None:
    if name in parts:
        return
    text = (FOLDER / "parts" / f"{name}.sql").read_text(encoding="utf-8")
    for needed in _named(text, "needs"):
        _gather(needed, parts)
    parts[name] = _part(name)


def _named(text: str, word: str) -> tuple[str, ...]:
    lines = [line for line in text.splitlines() if line.startswith(f"-- {word}:")]
    return tuple(name.strip() for line in lines for name in line.split(":", 1)[1].split(",") if name.strip())


def _bare(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("--")).strip()
