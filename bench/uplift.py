"""Who responds: rankings on a real trial, the choice among learners where the truth is known, values from logs.

    .venv/bin/python bench/uplift.py              ten splits, twenty worlds (about a quarter of an hour)
    .venv/bin/python bench/uplift.py --quick      two splits, four worlds
    .venv/bin/python bench/uplift.py --full       econml on all splits, sixty worlds
    .venv/bin/python bench/uplift.py --json       one JSON object a line, for machines

One core. Hillstrom's trial is cut into halves, learners are fitted on one and judged on the other; econml sees the same
halves in the same run. The worlds (bench/_uplift/worlds.py) are drawn by other code than the product's. Contracts:
docs/spec/learning.md, docs/spec/off_policy.md.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")

from _figures import Figure, tell
from _uplift.choosing import choosing_figures
from _uplift.doses import dose_figures
from _uplift.hillstrom import hillstrom_figures
from _uplift.off_policy import off_policy_figures

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("hillstrom", "worlds", "doses", "off_policy")


def main() -> int:
    """Print the table; 1 where a target is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_const", dest="size", const="quick", default="default")
    size.add_argument("--full", action="store_const", dest="size", const="full")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--data", type=Path, default=None, help="the folder of real data (HUOSHUI_DATA)")
    parser.add_argument("--only", choices=PARTS, action="append", help="a part alone")
    asked = parser.parse_args()
    folder = asked.data or Path(os.environ.get("HUOSHUI_DATA") or ROOT.parent / "shared" / "data")
    figures = figures_of(asked.size, folder, asked.only or PARTS)
    return tell(figures, as_json=asked.json, packages=("numpy", "scipy", "numba", "scikit-learn"))


def figures_of(size: str, folder: Path, parts: tuple[str, ...]) -> Iterator[Figure]:
    """Every line of the table."""
    if "hillstrom" in parts:
        if (folder / "hillstrom").is_dir():
            yield from hillstrom_figures(size=size, data=folder)
        else:
            print("not run: Hillstrom, no data (set HUOSHUI_DATA to its folder)", file=sys.stderr)
    if "worlds" in parts:
        yield from choosing_figures(size=size)
    if "doses" in parts:
        yield from dose_figures(size=size)
    if "off_policy" in parts:
        yield from off_policy_figures(size=size, data=folder)


if __name__ == "__main__":
    sys.exit(main())
