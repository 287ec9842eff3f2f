"""The data: one simulated platform, copied with other ids until it has as many orders as are asked for.

A copy is the same shop again with users, orders and entries of its own; products, agents, campaigns and rules are
there once. The files keep the mark of canonical Parquet, so that the intake adopts them where they lie.
"""

import shutil
from datetime import date
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from huoshui.sim.files import write_canonical
from huoshui.sim.world import make_world

SEED = 1
MONTHS = 12
START = date(2025, 11, 1)
USERS = 20_000
"""Users of the world that is copied: some 219,000 orders."""
USERS_SMALL = 9_120
"""Users of the world for sizes below one copy: some 100,000 orders."""
BYTES_PER_ORDER = 80
"""Of all tables together, more than was seen: what the disk must have free, an order."""

SHARED = {
    "agent_prices", "agents", "campaigns", "costs", "levels", "payment_channels", "products", "recharge_bonus_rules",
}  # fmt: skip
OWN_IDS = {
    "assignment_id", "commission_id", "contact_hash", "device", "device_hash", "entry_id", "event_id", "guest_key",
    "ip_hash", "order_id", "recharge_id", "refund_id", "user_id", "visitor",
}  # fmt: skip


class DiskTooSmall(Exception):
    """The data does not fit on the disk."""


def data_of(orders: int, cache: Path) -> Path:
    """The folder with about `orders` orders, made once. Raises DiskTooSmall."""
    out = cache / f"{orders}"
    if out.is_dir():
        return out
    cache.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(cache).free
    if free < 2 * orders * BYTES_PER_ORDER:
        raise DiskTooSmall(f"{cache}: {free:,} bytes free, {2 * orders * BYTES_PER_ORDER:,} needed")
    partial = cache / f"{orders}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    source = _world(cache, users=USERS_SMALL if orders <= ORDERS_SMALL else USERS)
    copy_world(source, partial, copies=max(round(orders / orders_in(source)), 1))
    partial.rename(out)
    return out


ORDERS_SMALL = 150_000


def orders_in(folder: Path) -> int:
    """How many orders `folder` holds."""
    return int(pq.read_metadata(folder / "orders.parquet").num_rows)


def _world(cache: Path, *, users: int) -> Path:
    out = cache / f"world-{users}"
    if not out.is_dir():
        partial = cache / f"world-{users}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        write_canonical(make_world(SEED, users=users, months=MONTHS, start=START), partial, format="parquet")
        partial.rename(out)
    return out


def copy_world(source: Path, out: Path, *, copies: int) -> None:
    """`source` so many times over, each copy with ids of its own."""
    out.mkdir(parents=True)
    engine = duckdb.connect(config={"memory_limit": "2GB", "preserve_insertion_order": False})
    for file in sorted(source.glob("*.parquet")):
        schema = pq.read_schema(file)
        if file.stem in SHARED:
            shutil.copyfile(file, out / file.name)
            continue
        own = OWN_IDS | ({"upline_id"} if file.stem == "users" else set())
        columns = ", ".join(
            f'"{name}" || \'-\' || copy AS "{name}"' if name in own else f'"{name}"' for name in schema.names
        )
        marks = {k.decode(): v.decode() for k, v in (schema.metadata or {}).items() if k != b"ARROW:schema"}
        kept = ", ".join(f"'{key}': '{value}'" for key, value in marks.items())
        engine.execute(
            f"COPY (SELECT {columns} FROM read_parquet('{file}'), range({copies}) copies(copy)) "
            f"TO '{out / file.name}' (FORMAT parquet, COMPRESSION snappy, KV_METADATA {{{kept}}})"
        )
    engine.close()
