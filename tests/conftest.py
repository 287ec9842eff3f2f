"""What tests share: real data and a browser, where the machine has them, and a loud word where it has not."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from setup import BROWSERS, BROWSERS_MAC

ROOT = Path(__file__).resolve().parent.parent
NOT_RUN = "not run: "

# A busy machine is no defect of the code: no deadlines. A failing example prints how to run it again.
settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real data: HUOSHUI_DATA, else ../shared/data beside the checkout."""
    folder = Path(os.environ.get("HUOSHUI_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"{NOT_RUN}no data (set HUOSHUI_DATA to its folder)")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium or Chrome on this machine."""
    for name in (*BROWSERS, *BROWSERS_MAC):  # the set-up looks for the same
        path = shutil.which(name)
        if path:
            return path
    pytest.skip(f"{NOT_RUN}no Chromium (`make test` says how to install it)")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in capitals what did not run, so that a green line is not taken for more than it is."""
    reasons: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if NOT_RUN in reason:
            key = reason.partition(NOT_RUN)[2]
            reasons[key] = reasons.get(key, 0) + 1
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"NOT RUN: {count} tests: {reason}", red=True, bold=True)
