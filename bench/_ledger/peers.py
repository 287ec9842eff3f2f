"""What the books are held against on the same server: pgbench's TPC-B, and COPY into a table of the same shape."""

import os
import re
import subprocess
from datetime import timedelta
from uuid import UUID

from _ledger.server import Server, Took, statement
from huoshui.base.clock import new_id, now_utc

CLIENTS = 8
SCALE = 10
"""At least as many branches as clients, or they wait for each other; and it fits into memory."""
DONE = re.compile(r"number of transactions actually processed: (\d+)")


class Tpcb:
    """pgbench's own TPC-B. `prepared` plans each statement once, as our driver does."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.run("--initialize", "--quiet", f"--scale={SCALE}")

    def measure(self, seconds: int, *, prepared: bool) -> Took:
        """Run it for some seconds with 8 clients."""
        mode = "prepared" if prepared else "simple"
        took: list[Took] = []
        children = _children_s()
        with self.server.clocked(took, 1):
            words = self.run(
                f"--client={CLIENTS}", "--jobs=2", f"--time={seconds}", f"--protocol={mode}", "--no-vacuum"
            )
        found = DONE.search(words)
        if not found:
            raise RuntimeError(f"pgbench did not say how much it did:\n{words}")
        return Took(int(found[1]), took[0].server_s, _children_s() - children, float(seconds))

    def run(self, *options: str) -> str:
        """What pgbench says."""
        keywords = self.server.keywords
        names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
        environment = os.environ | {name: keywords[key] for key, name in names.items()}
        done = subprocess.run(
            [self.server.binaries / "pgbench", *options, keywords["dbname"]],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"pgbench ended with {done.returncode}:\n{done.stderr[-2000:]}")
        return done.stdout


def _children_s() -> float:
    """CPU seconds of this process's children that have ended."""
    times = os.times()
    return times.children_user + times.children_system


class Copy:
    """COPY of what grants store, one row a grant, into a table with a primary key and one index."""

    def __init__(self, server: Server, users: list[UUID]) -> None:
        self.server = server
        self.users = users
        server.run("shape")

    def measure(self, rows: int) -> Took:
        """Copy so many rows in batches of a thousand, a transaction each: as the grants are booked."""
        batches = [self._lines(begin, min(1000, rows - begin)) for begin in range(0, rows, 1000)]
        took: list[Took] = []
        with self.server.clocked(took, rows):
            for lines in batches:
                with (
                    self.server.store.transaction() as connection,
                    connection.cursor().copy(statement("copy_shape")) as copy,
                ):
                    copy.write(lines)
        return took[0]

    def _lines(self, begin: int, count: int) -> str:
        now = now_utc()
        times = f"{now}\t{now}"
        ends = now + timedelta(days=30)
        campaign = self.users[0]
        return "".join(
            f"{new_id(now)}\t{self.users[(begin + at) * 7919 % len(self.users)]}\t{campaign}\t\\N\t100\t0\t100\t0\t"
            f"{times}\t{begin + at}\t2\t0\t{now}\t{ends}\t100\t100\t0\t0\t0\t0\tt\n"
            for at in range(count)
        )
