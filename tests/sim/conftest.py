"""One small world for all tests of the simulated platform; they read it and never change it."""

import pytest

from huoshui.sim.world import World, make_world

SEED = 11


@pytest.fixture(scope="session")
def world() -> World:
    return make_world(SEED, users=3_000)
