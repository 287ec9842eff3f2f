"""Every SQL statement by its name: `queries/*.sql` hold them, each under a line `-- name: grant_lots`.

A statement is bytes with psycopg's placeholders (`%(user_ids)s`; a literal per cent sign is doubled). Names are one
space over all files, so that a name says which statement is meant wherever it stands.
"""

import re
from functools import cache
from pathlib import Path

QUERIES = Path(__file__).parent / "queries"
NAME = re.compile(r"^-- name: (\w+)[ \t]*$", re.MULTILINE)


def statement(name: str) -> bytes:
    """The statement called `name`. Raises KeyError where there is none."""
    return statements()[name]


@cache
def statements() -> dict[str, bytes]:
    """All statements of all files. Raises ValueError for a name given twice, or text before the first name."""
    found: dict[str, bytes] = {}
    for path in sorted(QUERIES.glob("*.sql")):
        preface, *parts = NAME.split(path.read_text("utf-8"))
        if not all(line.startswith("--") for line in preface.split("\n") if line.strip()):
            raise ValueError(f"{path.name}: a statement without a name")
        for name, text in zip(parts[::2], parts[1::2], strict=True):
            if name in found or not text.strip():
                raise ValueError(f"{path.name}: {name} is there twice, or empty")
            found[name] = text.strip().encode()
    return found
