"""econml beside ours: in an environment of its own under out/, made from pinned and hashed wheels, run as a child."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from huoshui.core.uplift import TrialRows

HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE.parents[1] / "out" / "peers" / "econml"
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PeerScores:
    """Of each learner its scores, one array a case, and its mean CPU seconds a fit."""

    version: str
    scores: dict[str, list[Floats]]
    seconds: dict[str, float]


def ask_econml(cases: Sequence[tuple[TrialRows, TrialRows]]) -> PeerScores | str:
    """Fitted on the first of each pair, scoring the second; a text says why it was not run."""
    python = ENVIRONMENT / "bin" / "python"
    if not (ENVIRONMENT / "made").exists():
        why = _make(python)
        if why:
            return why
    with tempfile.TemporaryDirectory() as place:
        for number, (taught, unseen) in enumerate(cases):
            np.savez(
                Path(place) / f"{number:03}.case.npz",
                features=taught.features.astype(np.float64),
                treated=(taught.amount_fen > 0).astype(np.int64),
                outcome=taught.outcome,
                unseen=unseen.features.astype(np.float64),
            )
        done = _run([str(python), "-W", "ignore", str(HERE / "econml_peer.py"), place])
        if done.returncode:
            return f"it failed: {_last(done.stderr)}"
        told = json.loads(done.stdout.splitlines()[-1])
        scores: dict[str, list[Floats]] = {name: [] for name in told["seconds"]}
        for number in range(len(cases)):
            with np.load(Path(place) / f"{number:03}.scores.npz") as found:
                for name, own in scores.items():
                    own.append(found[name])
    seconds = {name: float(np.mean(own)) for name, own in told["seconds"].items()}
    return PeerScores(told["version"], scores, seconds)


def _make(python: Path) -> str:
    """Why the environment could not be made; empty where it was."""
    done = _run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)])
    if done.returncode == 0:
        wanted = ["--require-hashes", "--only-binary", ":all:", "-r", str(HERE / "econml.txt")]
        done = _run([str(python), "-m", "pip", "install", "--quiet", *wanted])
    if done.returncode:
        return f"not installed: {_last(done.stderr)}"
    (ENVIRONMENT / "made").touch()
    return ""


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    alone = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", **threads}
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **alone})


def _last(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "no reason given"
