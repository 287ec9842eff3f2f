"""A program that writes batches to the books and keeps what it was told, to be killed in the middle of it.

Started once; each line of its input is a job (what to ask, where to keep the answers), done by a fork of its own, whose
process id is the answer. So a job begins at once, with everything loaded and compiled.
"""

import json
import os
import pickle
import signal
import sys
from base64 import b64decode, b64encode
from pathlib import Path

from huoshui.base.errors import StoreError
from huoshui.flow.commands import Command, Result
from huoshui.flow.handlers import execute
from huoshui.store.postgres import open_store


def write(dsn: str, asked: Path, told: Path) -> None:
    """Ask batch after batch; one line an answer, which a killed process leaves behind."""
    batches: list[list[Command]] = pickle.loads(asked.read_bytes())
    store = open_store(dsn, Path())
    try:
        with told.open("ab", buffering=0) as answers:
            for batch in batches:
                answers.write(b64encode(pickle.dumps(execute(store, batch))) + b"\n")
    finally:
        store.close()


def answers_in(told: Path) -> list[list[Result]]:
    """What was acknowledged until now."""
    lines = told.read_bytes().split(b"\n")[:-1] if told.exists() else []
    return [pickle.loads(b64decode(line)) for line in lines]


def main() -> None:
    """Take jobs until the input ends. The first one is done here, to load and compile."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for number, line in enumerate(sys.stdin):
        job = json.loads(line)
        pid = 0 if number == 0 else os.fork()
        if pid == 0:
            try:
                write(job["dsn"], Path(job["asked"]), Path(job["told"]))
            except StoreError as error:  # the server was killed
                sys.stderr.write(f"{error.say('en')}\n")
            if number > 0:
                os._exit(0)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
