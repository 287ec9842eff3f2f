"""How well rings are found, whom it costs, and how fast: on platforms made to be hard, and on the simulated shop.

    .venv/bin/python bench/risk.py                  eight hard platforms of 20,000 users, three shops, a million users
    .venv/bin/python bench/risk.py --quick          two, one, none
    .venv/bin/python bench/risk.py --full           twenty, five, a million users
    .venv/bin/python bench/risk.py --json           one JSON object a line, for machines

Recall is of users in rings, at 90 % precision over all heights of a line. Nothing of core/risk learns from labels; its
few constants were set on platforms with seeds from 100 on, so that every ring here is another. Beside it, in the same
run: parts of the graph alone, the peel alone, forests on behaviour, and boosted trees told of half the rings.
"""

import argparse
import resource
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import rustworkx
from _figures import Figure, tell
from _risk import peers
from _risk.judged import precision_of, recall_at
from _risk.planted import Planted, planted
from _risk.shops import shop_of
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from huoshui.core.risk import Risk, assess
from huoshui.core.risk.components import components

Floats = npt.NDArray[np.float64]
RECALL_LEAST = 0.57
PRECISION_LEAST = 0.9
LARGE_USERS, LARGE_SECONDS_MAX = 1_000_000, 10.0
KIB = 1024
SIZES = {"quick": (2, 1, 0), "usual": (8, 3, LARGE_USERS), "full": (20, 5, LARGE_USERS)}


def main() -> int:
    """Measure; 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", dest="size", action="store_const", const="quick", default="usual")
    size.add_argument("--full", dest="size", action="store_const", const="full")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    hard, shops, large = SIZES[asked.size]

    def figures() -> Iterator[Figure]:
        yield from _hard(hard)
        yield from _nobody(hard)
        yield from _shops(shops)
        if large:
            yield from _large(large)

    return tell(
        figures(), as_json=asked.json, packages=("numpy", "numba", "scipy", "scikit-learn", "rustworkx")
    )


def _hard(count: int) -> Iterator[Figure]:
    """Recall and who is hit, as means over platforms."""
    found: dict[str, list[float]] = {}

    def note(name: str, value: float) -> None:
        found.setdefault(name, []).append(value)

    for seed in range(1, count + 1):
        platform = planted(seed)
        risk = assess(platform.links, platform.people, as_of_s=platform.as_of_s)
        guilty = platform.ring >= 0
        note("ours", recall_at(group_score(risk), guilty))
        beside: dict[str, float] = {}
        for name, score, judged in _beside(platform, seed):
            beside[name] = max(beside.get(name, 0.0), recall_at(score[judged], guilty[judged]))
        for name, recall in beside.items():
            note(name, recall)
        hit = risk.excluded
        note("line", float(risk.threshold.state == "chosen"))
        note("line recall", float((hit & guilty).sum() / guilty.sum()))
        if hit.any():
            note("line precision", precision_of(hit, guilty))
        for kind, users in platform.kinds.items():
            note(f"hit {kind}", float((hit & users & ~guilty).sum() / max(1, (users & ~guilty).sum())))
            watched = (risk.user_level == 2) & users & ~guilty
            note(f"watched {kind}", float(watched.sum() / max(1, (users & ~guilty).sum())))
    yield from _of_hard({name: float(np.mean(values)) for name, values in found.items()}, found, count)


def _of_hard(mean: dict[str, float], found: dict[str, list[float]], count: int) -> Iterator[Figure]:
    where = f"{count} hard platforms"
    spread = float(np.std(found["ours"], ddof=1)) if count > 1 else 0.0
    yield Figure(
        f"{where}: recall at 90 % precision (sd {spread:.2f})",
        mean["ours"], mean["peel"], "FRAUDAR's peel alone", ratio=mean["ours"],
        target=f">= {RECALL_LEAST}", met=mean["ours"] >= RECALL_LEAST,
    )  # fmt: skip
    for name, words in _PEERS.items():
        yield Figure(f"{where}: the same by {words}", mean[name])
    yield Figure(f"{where}: a line was drawn", mean["line"], unit="share")
    yield Figure(f"{where}: recall above the line, 0 where there is none", mean["line recall"])
    precise = mean.get("line precision", float("nan"))
    yield Figure(
        f"{where}: precision above the line",
        precise, ratio=precise, target=f">= {PRECISION_LEAST}", met=bool(precise >= PRECISION_LEAST),
    )  # fmt: skip
    for name in sorted(name for name in mean if name.startswith(("hit", "watched"))):
        verb, kind = name.split(" ")
        yield Figure(f"{where}: innocents {verb}, {_KINDS[kind]}", 100 * mean[name], unit="%")


_PEERS = {
    "parts": "connected parts alone",
    "peel": "FRAUDAR's peel alone",
    "forest": "IsolationForest, behaviour alone",
    "forest graph": "IsolationForest, behaviour and graph",
    "labels": "boosted trees told of half the rings, on the other half",
}
_KINDS = {
    "family": "families", "dorm": "dorms", "office": "offices", "cafe": "café strangers", "hunter": "bargain hunters",
}  # fmt: skip


def _beside(platform: Planted, seed: int) -> Iterator[tuple[str, Floats, npt.NDArray[np.bool_]]]:
    """Scores by other ways, users they are judged on; of a way tried twice the better counts."""
    everyone = np.ones(len(platform.ring), np.bool_)
    table = peers.behaviour(platform.people, platform.as_of_s)
    for most in peers.ADDRESSES_MAX:
        ties = peers.all_ties(platform.links, most)
        yield "parts", peers.by_components(ties), everyone
        yield "peel", peers.by_peel(ties), everyone
    both = peers.with_graph(table, ties)
    yield "forest", peers.by_forest(table, seed), everyone
    yield "forest graph", peers.by_forest(both, seed), everyone
    chance = np.random.default_rng(seed)
    half = chance.permutation(int(platform.ring.max()) + 1) % 2 == 0
    known = np.where(platform.ring >= 0, half[platform.ring], chance.random(len(platform.ring)) < 0.5)
    yield "labels", peers.by_labels(both, platform.ring, known, seed), ~known


def group_score(risk: Risk) -> Floats:
    """The score of each user's group; who is in none is never above any line."""
    scores = np.append(np.nan_to_num(risk.score, nan=-np.inf), -np.inf)
    return np.asarray(scores[risk.groups.group])


def _nobody(count: int) -> Iterator[Figure]:
    """The same innocents without any ring: whom would it cost."""
    hit = [
        int(assess(p.links, p.people, as_of_s=p.as_of_s).excluded.sum())
        for p in (planted(seed, rings=False) for seed in range(1, count + 1))
    ]
    worst = max(hit)
    yield Figure(
        f"{count} hard platforms without rings: users left out, the most of any",
        worst, ratio=worst, target="<= 20", met=worst <= 20, unit="users",
    )  # fmt: skip


def _shops(count: int) -> Iterator[Figure]:
    """The simulated shop, from its files."""
    recalls, line_recalls, precisions, hits, parts, peeled = [], [], [], [], [], []
    for seed in range(1, count + 1):
        shop = shop_of(seed, 20_000)
        guilty = shop.ring >= 0
        hit = shop.risk.excluded
        both = [peers.all_ties(shop.links, most) for most in peers.ADDRESSES_MAX]
        parts.append(max(recall_at(peers.by_components(ties), guilty) for ties in both))
        peeled.append(max(recall_at(peers.by_peel(ties), guilty) for ties in both))
        recalls.append(recall_at(group_score(shop.risk), guilty))
        line_recalls.append(float((hit & guilty).sum() / guilty.sum()))
        precisions.append(precision_of(hit, guilty))
        neighbours = shop.neighbours & ~guilty
        hits.append(float((hit & neighbours).sum() / neighbours.sum()))
    where = f"{count} simulated shops of 20,000"
    recall = float(np.mean(recalls))
    yield Figure(
        f"{where}: recall at 90 % precision", recall, float(np.mean(peeled)), "FRAUDAR's peel alone", ratio=recall,
        target=f">= {RECALL_LEAST}", met=recall >= RECALL_LEAST,
    )  # fmt: skip
    yield Figure(f"{where}: the same by connected parts alone", float(np.mean(parts)))
    yield Figure(f"{where}: recall above the line", float(np.mean(line_recalls)))
    yield Figure(f"{where}: precision above the line", float(np.mean(precisions)))
    yield Figure(f"{where}: innocents hit who share an address", 100 * float(np.mean(hits)), unit="%")


def _large(users: int) -> Iterator[Figure]:
    """A platform of a million: seconds of one core, beside one pass over the links, and others' connected parts."""
    platform = planted(1, users=users)
    links = platform.links
    _warm()
    seconds = _cpu(lambda: assess(platform.links, platform.people, as_of_s=platform.as_of_s))
    one_pass = _cpu(lambda: (links.user.sum(), links.kind.sum(), links.value.sum(), links.first_s.sum()))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB / 1e9
    ties = peers.all_ties(links)
    shape = ties.users, len(ties.kind)
    ours = _cpu(lambda: components(*shape, ties.user, ties.value))
    others = _cpu(lambda: _by_scipy(*shape, ties.user, ties.value))
    third = _cpu(lambda: _by_rustworkx(*shape, ties.user, ties.value))
    where = f"{users:.0e} users, {len(links.user):.1e} links"
    yield Figure(
        f"{where}: from links and habits to levels",
        seconds, limit=one_pass, ratio=seconds,
        target=f"<= {LARGE_SECONDS_MAX:g} s", met=seconds <= LARGE_SECONDS_MAX, unit="CPU s",
    )  # fmt: skip
    yield Figure(f"{where}: peak of memory, data included", memory, unit="GB")
    edges = f"{len(ties.user):.1e} links"
    yield Figure(
        f"{where}: connected parts of {edges}", ours, others, "scipy's csgraph", one_pass, unit="CPU s"
    )
    yield Figure(f"{where}: connected parts of {edges}", ours, third, "rustworkx", one_pass, unit="CPU s")


def _warm() -> None:
    small = planted(1, users=2_000)
    assess(small.links, small.people, as_of_s=small.as_of_s)


def _by_scipy(users: int, values: int, user: npt.NDArray[np.int64], value: npt.NDArray[np.int64]) -> int:
    count = users + values
    graph = coo_array((np.ones(len(user), np.int8), (user, users + value)), shape=(count, count))
    return int(connected_components(graph.tocsr(), directed=False)[0])


def _by_rustworkx(users: int, values: int, user: npt.NDArray[np.int64], value: npt.NDArray[np.int64]) -> int:
    graph = rustworkx.PyGraph(multigraph=False)
    graph.add_nodes_from([None] * (users + values))
    graph.add_edges_from_no_data(list(zip(user.tolist(), (users + value).tolist(), strict=True)))
    return int(rustworkx.number_connected_components(graph))


def _cpu(run: Callable[[], object]) -> float:
    began = time.process_time()
    run()
    return time.process_time() - began


if __name__ == "__main__":
    sys.exit(main())
