"""The installation's key for hashing personal data at the edge: from HUOSHUI_KEY, else a file of the work folder.

The same key gives the same hashes in each run, so that the same contact or address is found again; without
the key nothing can be tried against them.
"""

import os
import secrets
from hashlib import blake2b
from pathlib import Path

KEY_FILE = "installation.key"
KEY_VARIABLE = "HUOSHUI_KEY"


def installation_key(work: Path) -> bytes:
    """The 32 bytes of this installation's key; made and kept on first use."""
    given = os.environ.get(KEY_VARIABLE)
    if given:
        return blake2b(given.encode(), digest_size=32).digest()
    path = work / KEY_FILE
    if not path.exists():
        work.mkdir(parents=True, exist_ok=True)
        path.write_text(secrets.token_hex(32) + "\n", encoding="ascii")
        path.chmod(0o600)
    return blake2b(path.read_text(encoding="ascii").strip().encode(), digest_size=32).digest()
