"""The plans made by hand that the page's tests are built on."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def made() -> ModuleType:
    """The module fixture.py: `saving()`, `tight()`, `nothing()` and what is planted in them."""
    spec = spec_from_file_location("plan_fixture", Path(__file__).with_name("fixture.py"))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
