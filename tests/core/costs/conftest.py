"""Makes `cost_rows`, the builders these tests share, importable from beside them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
