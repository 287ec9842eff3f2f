"""The figures in `bench` are scripts, not a package: what a test shares with them is found beside them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))
