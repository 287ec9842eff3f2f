"""Makes `plain_wallet`, the recount of bonus by hand, importable."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lake" / "facts"))
