"""One pot over thirty days: the share of hindsight's value that a price re-solved every hour reaches.

    .venv/bin/python bench/pacing.py --quick          two months of each kind, no peers
    .venv/bin/python bench/pacing.py                  five months of each kind, and the other ways
    .venv/bin/python bench/pacing.py --full           twenty
    .venv/bin/python bench/pacing.py --json           one JSON object a line, for machines

Five kinds of month, each drawn anew from its seed; the controller is given what an installation sees
(bench/_pacing/shop) and nothing of the truth (bench/_pacing/world). Hindsight is defined in docs/spec/pacing.md: every
arrival known, the same floor, minimums and explorers. Below each kind stand shares of other hindsights (of the worst
month, and the mean): two that know less of how the month's grants were used, two that no installation could reach (one
knows how each day's grants will be used, one has no floor); and the other ways.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from _figures import Figure, tell
from _pacing.hindsight import hindsight
from _pacing.ours import Ours
from _pacing.peers import PEERS
from _pacing.playing import Outcome, play
from _pacing.shop import DAYS
from _pacing.world import SCENARIO_WORDS, SCENARIOS, Scenario, draw

LEAST = 0.99
NOT_OUT_BEFORE = 29.5
MINIMUM_REACHED = 0.97
SEEDS = 9_001
"""The first of the seeds; the controller was tried on others."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One month under one policy; shares of hindsights' values.

    `minimums`: the least of what protected uses had over their minimum, or over what they could have had at the edge.
    """

    policy: str
    scenario: Scenario
    share: float
    others: Mapping[str, float]
    outcome: Outcome
    minimums: float
    hindsight_price: float


def main() -> int:
    """Print the table; 1 where a month of ours falls short."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="two months of each kind, no peers")
    parser.add_argument("--full", action="store_true", help="twenty months of each kind")
    parser.add_argument("--seed", type=int, default=SEEDS, help="the first seed")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    months = 2 if asked.quick else 20 if asked.full else 5
    seeds = range(asked.seed, asked.seed + months)
    return tell(figures(seeds, peers=not asked.quick), as_json=asked.json, packages=("numpy", "numba"))


def figures(seeds: Sequence[int], *, peers: bool) -> Iterator[Figure]:
    """Every line of the table."""
    others: list[Judged] = []
    for scenario in SCENARIOS:
        ours: list[Judged] = []
        for seed in seeds:
            found = list(judged(scenario, seed, peers=peers))
            print(line_of(found[0], seed), file=sys.stderr, flush=True)
            ours.append(found[0])
            others += found[1:]
        yield from _ours(SCENARIO_WORDS[scenario], ours)
        for name in dict.fromkeys(one.policy for one in others):
            same = [one.share for one in others if one.policy == name and one.scenario == scenario]
            yield Figure(f"  {SCENARIO_WORDS[scenario]}: {name}", min(same), limit=1.0, unit="share")
    for name in dict.fromkeys(one.policy for one in others):
        own = [one for one in others if one.policy == name]
        worst = min(own, key=lambda one: one.share)
        yield Figure(
            f"worst of all: {name}", worst.share, limit=1.0, unit="share",
            peer=min(one.outcome.out_day for one in own), peer_name="day on which its pot first refused",
        )  # fmt: skip


def _ours(kind: str, rows: list[Judged]) -> Iterator[Figure]:
    worst, mean = min(row.share for row in rows), sum(row.share for row in rows) / len(rows)
    yield Figure(
        f"{kind}: worst of {len(rows)} months", worst, None, None, 1.0, worst, f">= {LEAST} of hindsight",
        worst >= LEAST, "share",
    )  # fmt: skip
    yield Figure(
        f"{kind}: mean of {len(rows)} months", mean, None, None, 1.0, mean, f">= {LEAST} of hindsight", mean >= LEAST,
        "share",
    )  # fmt: skip
    over = max(row.outcome.over_fen for row in rows)
    yield Figure(f"{kind}: fen over budget", over, None, None, 0, None, "never", over <= 0, "fen")
    out = min(row.outcome.out_day for row in rows)
    yield Figure(
        f"{kind}: day on which the pot was out", out, None, None, DAYS, None, f">= {NOT_OUT_BEFORE}",
        out >= NOT_OUT_BEFORE, "day",
    )  # fmt: skip
    least = min(row.minimums for row in rows)
    yield Figure(
        f"{kind}: protected uses had of their minimums", least, None, None, 1.0, least, f">= {MINIMUM_REACHED}",
        least >= MINIMUM_REACHED, "share",
    )  # fmt: skip
    refused = min(row.outcome.first_refused_day for row in rows)
    yield Figure(f"  {kind}: day of the first user refused", refused, unit="day")
    for name in rows[0].others:
        shares = [row.others[name] for row in rows]
        yield Figure(
            f"  {kind}: worst share of {name}",
            min(shares),
            sum(shares) / len(shares),
            "mean of them",
            unit="share",
        )


def judged(scenario: Scenario, seed: int, *, peers: bool) -> Iterator[Judged]:
    """A month under our controller, and under the others."""
    shop, month = draw(seed, scenario)
    for policy in (Ours, *(PEERS if peers else ())):
        made = policy(shop)
        outcome = play(shop, month, made)
        plain = hindsight(shop, month, had=outcome.had(1.0))
        had = outcome.had(plain.rate_used)
        bound = hindsight(shop, month, had=had, rate=plain.rate_used)
        least = (shop.newcomers_fen, shop.sale_fen)
        minimums = min(
            mine / min(fen, most) for mine, fen, most in zip(had[1:], least, bound.at_edge[1:], strict=True)
        )
        others = {"a hindsight that weighs each day's redemption alike": outcome.value / plain.value}
        if policy is Ours:
            without_coins = hindsight(shop, month, had=outcome.had(plain.rate), rate=plain.rate)
            days = hindsight(shop, month, had=had, by_day=True)
            loose = hindsight(shop, month, had=had, floor=False, rate=plain.rate_used)
            others |= {
                "a hindsight that knows no luck of its grants": outcome.value / without_coins.value,
                "a hindsight that knows each day's redemption": outcome.value / days.value,
                "a hindsight without a floor": outcome.value / loose.value,
            }
        yield Judged(made.name, scenario, outcome.value / bound.value, others, outcome, minimums, bound.price)


def line_of(row: Judged, seed: int) -> str:
    """One month as a line."""
    others = ", ".join(f"{share:.4f}" for share in row.others.values())
    return (
        f"{row.scenario} {seed}: {row.share:.4f} ({others}), hindsight's price {row.hindsight_price:.2f}, "
        f"out on day {row.outcome.out_day:.2f}, minimums {row.minimums:.3f}"
    )


if __name__ == "__main__":
    sys.exit(main())
