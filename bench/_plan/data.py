"""The data: a simulated shop whose users order seldom, copied with other ids until it has the users asked for."""

import shutil
from datetime import date
from pathlib import Path

from _diagnose.data import copy_world

from huoshui.sim.files import write_canonical
from huoshui.sim.world import make_world

SEED = 1
MONTHS = 3
START = date(2026, 8, 1)
PERIOD = "2026-11"
WORLD_USERS = 20_000


def data_of(users: int, cache: Path) -> Path:
    """The folder with about `users` users and some three orders each, made once."""
    out = cache / f"plan-users-{users}"
    if out.is_dir():
        return out
    cache.mkdir(parents=True, exist_ok=True)
    world = cache / f"world-{WORLD_USERS}-{MONTHS}"
    if not world.is_dir():
        partial = cache / f"{world.name}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        made = make_world(SEED, users=WORLD_USERS, months=MONTHS, start=START)
        write_canonical(made, partial, format="parquet")
        partial.rename(world)
    partial = cache / f"{out.name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    copy_world(world, partial, copies=max(1, round(users / WORLD_USERS)))
    partial.rename(out)
    return out
