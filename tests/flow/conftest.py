"""Makes `simulated_month`, the platform these tests book, and `plain_wallet`, the recount by hand, importable."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lake" / "facts")]
