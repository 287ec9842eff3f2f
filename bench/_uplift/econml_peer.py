"""econml's own learners on rows written by bench/_uplift/peers.py; scores beside them. Nothing of ours is imported.

Arguments: the folder of cases. Each case: features, treated, outcome to fit on, features to score.
"""

import json
import sys
import time
from importlib import metadata
from pathlib import Path

import numpy as np
from econml.dml import CausalForestDML
from econml.dr import LinearDRLearner


def main() -> None:
    """Write `<case>.scores.npz` beside each case and print one JSON line with the CPU seconds of each fit."""
    seconds: dict[str, list[float]] = {"LinearDRLearner": [], "CausalForestDML": []}
    for path in sorted(Path(sys.argv[1]).glob("*.case.npz")):
        with np.load(path) as case:
            features, treated, outcome = case["features"], case["treated"], case["outcome"]
            unseen = case["unseen"]
        learners = {
            "LinearDRLearner": LinearDRLearner(random_state=1),
            "CausalForestDML": CausalForestDML(discrete_treatment=True, random_state=1, n_jobs=1),
        }
        scores = {}
        for name, learner in learners.items():
            begun = time.process_time()
            learner.fit(outcome, treated, X=features)
            seconds[name].append(time.process_time() - begun)
            scores[name] = np.ravel(learner.effect(unseen))
        np.savez(path.with_name(path.name.replace(".case.", ".scores.")), **scores)
    print(json.dumps({"version": metadata.version("econml"), "seconds": seconds}))


if __name__ == "__main__":
    main()
