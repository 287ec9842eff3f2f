"""The moments asked at can be told live, and labels read the future and nothing else does."""

import numpy as np
from drawn_histories import SECOND, USERS, as_events, histories
from hypothesis import given, settings
from plain_definition import PAID, Event

from huoshui.learn.potential import Asked, labels, occasions

T = 20_000 * 86_400 * SECOND
MINUTE, HOUR = 60 * SECOND, 3_600 * SECOND


def asked_of(found, until):
    asked = occasions(as_events(found), until_us=until)
    return list(zip(asked.user.tolist(), asked.at_us.tolist(), strict=True))


@settings(max_examples=60)
@given(found=histories())
def test_occasions_are_what_someone_watching_would_name(found):
    """Five minutes after an event, looking back only: it was the user's newest, no payment, none just before."""
    until = (found[-1].recorded if found else T) + 4 * MINUTE
    seen = set()
    for place, event in enumerate(found):
        now = event.recorded + 5 * MINUTE
        own = [
            (number, one)
            for number, one in enumerate(found)
            if one.user == event.user and one.recorded <= now
        ]
        newest = own[-1][0] == place
        payments = [one.recorded for _, one in own if one.kind == PAID]
        quiet = not payments or now - max(payments) > 30 * MINUTE
        if newest and event.kind != PAID and quiet and now <= until:
            seen.add((event.user, now))
    assert set(asked_of(found, until)) == seen


@settings(max_examples=60)
@given(found=histories())
def test_labels_are_what_became_of_the_moment(found):
    events, until = as_events(found), T + 40 * 86_400 * SECOND
    at = np.array([event.recorded + gap for event in found for gap in (0, 1, 5 * MINUTE)] or [T], np.int64)
    asked = Asked(np.tile(np.arange(USERS), len(at)), np.repeat(at, USERS))
    horizon = 2 * HOUR
    for user, moment, label in zip(
        asked.user, asked.at_us, labels(events, asked, until_us=until, horizon_us=horizon), strict=True
    ):
        paid = [
            (min(one.happened, one.recorded), one.recorded)
            for one in found
            if one.user == user and one.kind == PAID
        ]
        bought = any(moment < happened <= moment + horizon for happened, _ in paid)
        happened, recorded = max((one for one in paid if one[0] <= moment), default=(0, 0))
        bought |= happened > moment - 30 * MINUTE and recorded > moment
        assert label == (-1 if moment + horizon > until else int(not bought))


def test_a_horizon_beyond_the_files_is_open():
    look, paid = Event(0, T, T, 0, 0, -1, 1), Event(0, T + HOUR, T + HOUR, PAID, 0, -1, 2)
    asked = Asked(np.zeros(1, np.int64), np.array([T + 5 * MINUTE]))
    for until, label in ((T + 2 * HOUR, -1), (T + 25 * HOUR, 0)):
        assert labels(as_events([look, paid]), asked, until_us=until).tolist() == [label]


def test_who_had_just_paid_without_anybody_knowing_has_bought():
    look = Event(0, T, T, 0, 0, -1, 1)
    moment, until = T + 5 * MINUTE, T + 9 * 24 * HOUR
    asked = Asked(np.zeros(1, np.int64), np.array([moment]))
    for happened, recorded, label in (
        (moment - MINUTE, moment + MINUTE, 0),
        (moment - MINUTE, moment, 1),
        (moment - 31 * MINUTE, moment + MINUTE, 1),
    ):
        paid = Event(0, happened, recorded, PAID, 0, -1, 2)
        events = as_events(sorted([look, paid], key=lambda one: one.recorded))
        assert labels(events, asked, until_us=until).tolist() == [label]
