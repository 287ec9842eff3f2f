"""The rings of a simulated shop, found in its files alone: from Parquet to groups, nothing of the truth seen."""

import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.risk import Links, Risk
from huoshui.flow.gathering import cost_rules
from huoshui.flow.risk import find_risk
from huoshui.lake.engines import open_lake
from huoshui.lake.facts.prepared import prepare_orders
from huoshui.lake.intake import read_folder
from huoshui.sim.files import write_canonical
from huoshui.sim.world import make_world

MEMORY = 800_000_000


@dataclass(frozen=True, slots=True)
class Shop:
    """What was found, beside the truth, user by user: `ring` is -1 for innocents; who shares an address."""

    risk: Risk
    links: Links
    ring: npt.NDArray[np.int64]
    neighbours: npt.NDArray[np.bool_]


def shop_of(seed: int, users: int) -> Shop:
    """Make a world, write it, read it, look; the shop's own marks are not used."""
    world = make_world(seed, users=users)
    with tempfile.TemporaryDirectory() as folder:
        files, work = Path(folder) / "shop", Path(folder) / "work"
        write_canonical(world, files, format="parquet")
        intake = read_folder(files, work=work, memory_bytes=MEMORY, language="zh")
        lake = open_lake(intake.sources, work=work, memory_bytes=MEMORY, threads=1)
        try:
            prepared = prepare_orders(lake, cost_rules(lake), Assumptions())
            found = find_risk(prepared, before=date(2026, 11, 1), marks=False)
        finally:
            lake.close()
    of = {user: number for number, ring in enumerate(world.truth.rings) for user in ring.members}
    ids = found.user_ids.to_pylist()
    people = world.scene.people
    address = people.neighbours.address[[int(user[-6:]) for user in ids]]
    return Shop(
        found.risk,
        found.links,
        np.array([of.get(user, -1) for user in ids]),
        np.bincount(people.neighbours.address)[address] > 1,
    )
