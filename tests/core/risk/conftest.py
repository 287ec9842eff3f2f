"""Makes `drawn_links`, the small graphs of these tests, importable."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
