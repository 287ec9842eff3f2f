"""Makes `trial_arms` importable from beside the tests."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent)]
