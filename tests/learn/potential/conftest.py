"""Makes the plain definition and the drawn histories importable from beside the tests."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent)]
