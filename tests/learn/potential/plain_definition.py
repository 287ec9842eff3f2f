"""The features as docs/spec/potential.md says them: from the whole list of events, with no state and no kernel."""

import math
from collections import namedtuple
from itertools import pairwise

KINDS = ("viewed", "carted", "top_up_opened", "ordered", "paid")
PAID = 4
SECOND = 1_000_000
HALF_LIVES_S = (600, 86_400, 14 * 86_400)
VISIT_GAP_S, NEVER_S, LATE_S, RING = 1_800, 90 * 86_400, 86_400, 8

Event = namedtuple("Event", "user happened recorded kind price product key")


def features_at(events, user, at_us):
    """Features of `user` at a moment; `events` in the order of their recording, of anybody and of any time."""
    taken, newest = [], -math.inf
    for event in events:
        if event.user != user or event.recorded > at_us:
            continue
        happened = min(event.happened, event.recorded)
        twice = event.key != 0 and event.key in [one.key for one, *_ in taken[-RING:]]
        if event.recorded - happened > LATE_S * SECOND or twice:
            continue
        taken.append((event, happened, happened < newest))
        newest = max(newest, happened)
    return [*windows(taken, at_us), *last_times(taken, at_us), *visit(taken, at_us), *moment(at_us)]


def windows(taken, at_us):
    for kind in range(len(KINDS)):
        for half_life in HALF_LIVES_S:
            ages = [(at_us - happened) / SECOND for event, happened, _ in taken if event.kind == kind]
            yield math.log1p(sum(0.5 ** (age / half_life) for age in ages))


def last_times(taken, at_us):
    for kind in range(len(KINDS)):
        ages = [(at_us - happened) / SECOND for event, happened, _ in taken if event.kind == kind]
        yield math.log1p(min([*ages, NEVER_S]))


def visit(taken, at_us):
    """Visits are made of what came in time and is no payment."""
    visits, since_paid = [], 0
    for event, happened, late in taken:
        if event.kind == PAID:
            since_paid = 0
        elif not late:
            if not visits or happened - visits[-1][-1][1] > VISIT_GAP_S * SECOND:
                visits.append([])
                since_paid += 1
            visits[-1].append((event, happened))
    this = visits[-1] if visits else []
    silence = (at_us - this[-1][1]) / SECOND if this else NEVER_S
    yield math.log1p(min(silence, NEVER_S))
    yield math.log1p((this[-1][1] - this[0][1]) / SECOND if this else 0)
    yield math.log1p(len(this))
    yield math.log1p(sum(event.kind == 1 for event, _ in this))
    yield math.log1p(len(visits))
    yield math.log1p(since_paid)
    paid = [event.price for event, _, _ in taken if event.kind == PAID]
    yield math.log1p(len(paid))
    goods = [event.product for event, _ in this if event.product >= 0]
    yield math.log1p(sum(one != other for one, other in pairwise(goods)))
    same = 0
    while same < len(goods) and goods[-1 - same] == goods[-1]:
        same += 1
    yield math.log1p(same)
    looked = [e.price for one in visits for e, _ in one if e.kind in (0, 1) and e.price > 0]
    price = looked[-1] if looked else 0
    yield math.log1p(price / 100)
    mean = sum(paid) / len(paid) if paid else 0
    yield math.log(price / mean) if price > 0 and mean > 0 else 0.0


def moment(at_us):
    days, rest = divmod(at_us, 86_400 * SECOND)
    turn = 2 * math.pi * rest / (86_400 * SECOND)
    yield math.sin(turn)
    yield math.cos(turn)
    yield float((days + 3) % 7 >= 5)
