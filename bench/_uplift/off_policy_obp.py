"""obp's own estimators on cases written by bench/_uplift/off_policy.py; one JSON line. Nothing of ours is imported."""

import json
import sys
import time
from importlib import import_module, metadata
from pathlib import Path
from types import ModuleType

import numpy as np

DRAWS = 1_000


def main() -> None:
    """Arguments: the folder of cases, and the weight that a decision is left to the model at."""
    place, switch_at = Path(sys.argv[1]), float(sys.argv[2])
    estimators = estimators_module()
    asked = {
        "ips": estimators.InverseProbabilityWeighting(),
        "snips": estimators.SelfNormalizedInverseProbabilityWeighting(),
        "dr": estimators.DoublyRobust(),
        "switch": estimators.SwitchDoublyRobust(tau=switch_at),
    }
    cases, interval_s = [], 0.0
    for path in sorted(place.glob("*.npz"), key=lambda each: int(each.stem)):
        with np.load(path) as held:
            log = {
                "reward": held["reward"],
                "action": held["action"],
                "pscore": held["probability"],
                "action_dist": held["policy"][:, :, None],
            }
            model = held["model"][:, :, None]
        cases.append(
            {
                name: float(one.estimate_policy_value(**log, estimated_rewards_by_reg_model=model))
                for name, one in asked.items()
            }
        )
        if not interval_s:
            begun = time.process_time()
            asked["snips"].estimate_interval(**log, n_bootstrap_samples=DRAWS, random_state=1)
            interval_s = time.process_time() - begun
    print(
        json.dumps(
            {"version": metadata.version("obp"), "cases": cases, "interval_s": interval_s, "draws": DRAWS}
        )
    )


def estimators_module() -> ModuleType:
    """obp.ope.estimators without the rest of the package, which needs torch and seaborn."""
    folder = Path(str(metadata.distribution("obp").locate_file("obp")))
    for name, own in (("obp", folder), ("obp.ope", folder / "ope")):
        package = ModuleType(name)
        package.__path__ = [str(own)]
        sys.modules[name] = package
    torch = ModuleType("torch")  # named in annotations of functions that are not called here
    torch.tensor = torch.Tensor = object  # type: ignore[attr-defined]
    sys.modules["torch"] = torch
    return import_module("obp.ope.estimators")


if __name__ == "__main__":
    main()
