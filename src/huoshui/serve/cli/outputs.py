"""Files appear whole or not at all: made in a folder beside their place, and moved there at the end."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STAGING_PREFIX = ".huoshui-new-"


@contextmanager
def staged(out: Path) -> Iterator[Path]:
    """A folder to write into; its files move to `out` one by one when the block ends well, else they go.

    Files of `out` that the block does not write stay as they were.
    """
    with staging_beside(out) as staging:
        yield staging
        for source in sorted(path for path in staging.rglob("*") if path.is_file()):
            target = out / source.relative_to(staging)
            target.parent.mkdir(parents=True, exist_ok=True)
            source.replace(target)


@contextmanager
def staged_whole(out: Path) -> Iterator[Path]:
    """A folder to write into; it takes the place of `out` and all that was in it when the block ends well."""
    with staging_beside(out) as staging:
        new, old = staging / "new", staging / "old"
        new.mkdir()
        yield new
        if out.exists():
            out.replace(old)
        new.replace(out)


@contextmanager
def staging_beside(out: Path) -> Iterator[Path]:
    """A temporary folder on the disk of `out`, so that moving is all or nothing; gone after the block."""
    out.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=STAGING_PREFIX, dir=out.parent))
    try:
        yield staging
    finally:
        shutil.rmtree(staging)
