"""Files appear whole or not at all: made in a folder inside their place, and moved up at the end.

Inside, not beside: the place may be a disk of its own, and between two disks nothing moves in one step.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STAGING_PREFIX = ".huoshui-new-"


@contextmanager
def staged(out: Path, *, whole: bool = False, keep: frozenset[str] = frozenset()) -> Iterator[Path]:
    """A folder to write into; its files move to `out` when the block ends well, and are gone when not.

    What else is in `out` stays as it was; with `whole` it goes, but for the names in `keep`.
    """
    made = not out.exists()
    out.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=STAGING_PREFIX, dir=out))
    new, old = staging / "new", staging / "old"
    new.mkdir()
    old.mkdir()
    try:
        yield new
        for name in sorted(path.name for path in (out if whole else new).iterdir()):
            if name != staging.name and name not in keep and (out / name).exists():
                (out / name).replace(old / name)
        for path in sorted(new.iterdir()):
            path.replace(out / path.name)
    finally:
        shutil.rmtree(staging)
        if made and not any(out.iterdir()):
            out.rmdir()
