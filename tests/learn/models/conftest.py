"""Makes `drawn_trials`, rows of trials whose truth is known, importable from beside the tests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "core" / "uplift"))
