"""The two diagnoses that the report's tests are built on."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def made() -> ModuleType:
    """The module fixture.py: `rich()`, `poor()` and what is planted in them."""
    spec = spec_from_file_location("report_fixture", Path(__file__).with_name("fixture.py"))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
