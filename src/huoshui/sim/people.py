"""Who is on the platform: hidden kind, pace of buying, where they came from, agents, addresses, rings."""

from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from huoshui.sim.abuse import Neighbours, Rings, draw_neighbours, draw_rings
from huoshui.sim.arrays import DAY_S, Flags, Floats, Ints, choose
from huoshui.sim.goods import CHANNELS

Segment = Literal["newcomer", "high", "regular", "low", "dormant", "lost", "guest"]
SEGMENTS: Final[tuple[Segment, ...]] = ("newcomer", "high", "regular", "low", "dormant", "lost", "guest")
NEWCOMER, HIGH, REGULAR, LOW, DORMANT, LOST, GUEST = range(7)
_SHARES: Final = np.array([0.17, 0.13, 0.25, 0.20, 0.14, 0.11])
_ORDERS_PER_MONTH: Final = np.array([1.0, 2.6, 1.45, 0.6, 0.04, 0.012, 0.8])
_TOP_UP_PER_ORDER: Final = np.array([0.12, 0.26, 0.17, 0.08, 0.05, 0.05, 0.0])

SOURCES: Final = ("direct", "agent", "promoter", "site", "ad")
DIRECT, AGENT, PROMOTER, SITE, AD = range(5)
_SOURCE_SHARES: Final = np.array([0.37, 0.36, 0.11, 0.08, 0.08])
SITES: Final = 6
COUPON_SHARE: Final = 0.03
_BASKET_SHARES: Final = np.array([0.36, 0.42, 0.22])

Status = Literal["active", "frozen", "abuser"]


@dataclass(frozen=True, slots=True)
class Agents:
    """Three layers under one another, by position: `upline` is a position, -1 at the top."""

    layer: Ints
    upline: Ints

    @property
    def sellers(self) -> Ints:
        """Positions of layer 3, who sell."""
        return np.flatnonzero(self.layer == 3)


@dataclass(frozen=True, slots=True)
class People:
    """Everyone, by position: users first, then guests (who are in no users table and hold no balance)."""

    users: int
    segment: Ints
    registered_s: Ints
    leaves_s: Ints
    orders_per_day: Floats
    intent: Floats
    """(person, 3): depth, period in days, phase in days of the wave in their wish to buy."""
    basket: Ints
    sensitivity: Floats
    coupon_share: Floats
    """How often an order uses a coupon, where one is allowed."""
    looks: Floats
    """How much more they look than others who buy as often; 1 is usual."""
    top_up_per_order: Floats
    source: Ints
    seller: Ints
    """Position of the layer-3 agent who sells to them, -1 without."""
    promoter: Ints
    promoter_above: Ints
    """Persons who brought them in and who brought those in, -1 without."""
    site: Ints
    channel: Ints
    prior_top_up_fen: Ints
    prior_spend_fen: Ints
    opening_fen: Ints
    frozen: Flags
    agents: Agents
    rings: Rings
    neighbours: Neighbours

    @property
    def count(self) -> int:
        """Users and guests."""
        return len(self.segment)


def draw_people(rng: np.random.Generator, users: int, days: int) -> People:
    """All people of a platform with `users` registered by the end of `days`."""
    guests = max(20, users // 15)
    segment = np.concatenate([choose(rng, _SHARES, users), np.full(guests, GUEST, dtype=np.int64)])
    count = users + guests
    fresh = segment == NEWCOMER
    registered = -(rng.gamma(1.6, 160.0, count).clip(5, 1500) * DAY_S).astype(np.int64)
    registered[fresh] = (rng.random(int(fresh.sum())) * days * DAY_S).astype(np.int64)
    order = np.argsort(registered[:users], kind="stable")
    segment[:users], registered[:users] = segment[order], registered[order]
    rings = draw_rings(rng, registered, segment[:users] == NEWCOMER, days)
    for members in rings.members:
        registered[members] = registered[members[0]] + np.sort(rng.integers(60, 6 * 3_600, len(members)))
    leaves = _leaving(rng, segment, registered, days)
    frozen = np.zeros(count, dtype=np.bool_)
    frozen[
        rng.choice(np.flatnonzero(np.isin(segment, (REGULAR, LOW))), max(4, users // 400), replace=False)
    ] = True
    leaves[frozen] = np.minimum(
        leaves[frozen], (rng.uniform(0.1, 0.8, int(frozen.sum())) * days * DAY_S).astype(np.int64)
    )
    pace = _ORDERS_PER_MONTH[segment] / 30.0 * rng.gamma(1.8, 1 / 1.8, count)
    pace[rings.everyone] = 0.0
    source, seller, promoter, above, agents = _origins(rng, users, count, rings)
    prior_spend, prior_top_up, opening = _history(rng, segment, frozen, pace)
    return People(
        users=users,
        segment=segment,
        registered_s=registered,
        leaves_s=leaves,
        orders_per_day=pace,
        intent=np.column_stack(
            [rng.uniform(0.2, 0.9, count), rng.uniform(18, 70, count), rng.uniform(0, 70, count)]
        ),
        basket=choose(rng, _BASKET_SHARES, count),
        sensitivity=rng.gamma(4.0, 0.25, count),
        coupon_share=np.full(count, COUPON_SHARE),
        looks=np.ones(count),
        top_up_per_order=_TOP_UP_PER_ORDER[segment] * rng.gamma(0.7, 1 / 0.7, count).clip(0, 3),
        source=source,
        seller=seller,
        promoter=promoter,
        promoter_above=above,
        site=np.where(source == SITE, rng.integers(0, SITES, count), -1),
        channel=choose(rng, np.array([channel.share for channel in CHANNELS]), count),
        prior_top_up_fen=prior_top_up,
        prior_spend_fen=prior_spend,
        opening_fen=opening,
        frozen=frozen,
        agents=agents,
        rings=rings,
        neighbours=draw_neighbours(rng, count, rings),
    )


def with_traits(people: People, rng: np.random.Generator) -> People:
    """The same people, but who answers more to an amount uses coupons, looks more and buys cheaper; by `rng` alone."""
    eager = np.log(people.sensitivity)
    eager = (eager - eager.mean()) / eager.std()
    # Half of what decides the basket is chance: dear baskets are rarer among the eager, not unknown.
    order = np.argsort(-(eager + rng.normal(0.0, 1.0, people.count)), kind="stable")
    basket = np.empty(people.count, dtype=np.int64)
    basket[order] = np.searchsorted(np.cumsum(_BASKET_SHARES), (np.arange(people.count) + 0.5) / people.count)
    return replace(
        people,
        basket=basket.clip(max=len(_BASKET_SHARES) - 1),
        coupon_share=(0.1 * people.sensitivity**2).clip(0.005, 0.8),
        looks=4.0 * people.sensitivity**1.5,
    )


def _leaving(rng: np.random.Generator, segment: Ints, registered: Ints, days: int) -> Ints:
    """When each stops buying for good: a quarter of the active ones during the files, newcomers sooner."""
    end_s = days * DAY_S
    leaves = np.full(len(segment), 10 * end_s, dtype=np.int64)
    active = np.isin(segment, (HIGH, REGULAR, LOW)) & (rng.random(len(segment)) < 0.22)
    leaves[active] = (rng.random(int(active.sum())) * end_s).astype(np.int64)
    fresh = (segment == NEWCOMER) & (rng.random(len(segment)) < 0.6)
    leaves[fresh] = registered[fresh] + (rng.gamma(1.5, 12.0, int(fresh.sum())) * DAY_S).astype(np.int64)
    return leaves


def _origins(
    rng: np.random.Generator, users: int, count: int, rings: Rings
) -> tuple[Ints, Ints, Ints, Ints, Agents]:
    """Source of each person, the agent or promoter behind it, and the three layers of agents."""
    source = choose(rng, _SOURCE_SHARES, count)
    source[rings.everyone] = DIRECT
    source[users:] = np.where(source[users:] == PROMOTER, DIRECT, source[users:])
    top, middle, bottom = max(2, users // 4_000), max(5, users // 1_000), max(12, users // 220)
    layer = np.repeat([1, 2, 3], [top, middle, bottom]).astype(np.int64)
    upline = np.concatenate(
        [np.full(top, -1), rng.integers(0, top, middle), top + rng.integers(0, middle, bottom)]
    ).astype(np.int64)
    agents = Agents(layer, upline)
    seller = np.where(
        source == AGENT, agents.sellers[choose(rng, rng.pareto(1.6, bottom) + 0.3, count)], -1
    ).astype(np.int64)
    hosts = np.flatnonzero(source[:users] != PROMOTER)[: users // 2]
    promoters = rng.choice(hosts, max(4, users // 250), replace=False)
    above_of = np.full(count, -1, dtype=np.int64)
    lower = promoters[len(promoters) // 2 :]
    above_of[lower] = rng.choice(promoters[: len(promoters) // 2], len(lower))
    promoter = np.where(
        source == PROMOTER, promoters[choose(rng, rng.pareto(1.8, len(promoters)) + 0.3, count)], -1
    )
    return source, seller, promoter, np.where(promoter >= 0, above_of[promoter], -1), agents


def _history(rng: np.random.Generator, segment: Ints, frozen: Flags, pace: Floats) -> tuple[Ints, Ints, Ints]:
    """Spend, top-up and balance left from before the files; newcomers and guests have none."""
    count = len(segment)
    old = ~np.isin(segment, (NEWCOMER, GUEST))
    usual = np.where(segment >= DORMANT, 0.03, pace)
    spend = np.rint(usual * rng.gamma(1.2, 120.0, count) * 52).astype(np.int64) * 100
    spend[(segment == LOW) & (rng.random(count) < 0.15)] = 0
    spend[~old] = 0
    tops_up = rng.random(count) < 0.55
    top_up = np.rint(spend / 100 * rng.uniform(0.03, 0.35, count)).astype(np.int64) * 100 * tops_up
    opening = np.rint(rng.gamma(0.8, 2_500.0, count)).astype(np.int64)
    opening[~(frozen | (old & tops_up & (rng.random(count) < 0.25)))] = 0
    return spend, np.maximum(top_up, np.where(opening > 0, opening, 0)), opening
