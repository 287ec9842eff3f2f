"""Makes `html_pages` importable from beside the tests of our pages, and shares their browser and what they show."""

import sys
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

sys.path.insert(0, str(Path(__file__).parent))

from html_pages import BROWSER_ARGUMENTS


@pytest.fixture(scope="module")
def made(request: pytest.FixtureRequest) -> ModuleType:
    """The module fixture.py beside the test: what is shown, made by hand, and what is planted in it."""
    path = request.path.with_name("fixture.py")
    spec = spec_from_file_location(f"{path.parent.name}_fixture", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def browser(chromium: str) -> "Iterator[Browser]":
    """A browser without a network."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=BROWSER_ARGUMENTS)
        yield opened
        opened.close()
