"""Offline equals online for any cut of the stream, both equal the plain definition, and none sees the future."""

import math

import numpy as np
import pytest
from drawn_histories import SECOND, START, USERS, as_events, histories
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_definition import Event, features_at

from huoshui.learn.potential import FEATURES, Asked, State, features_of

HOUR = 3_600 * SECOND


def moments_of(found, gaps):
    """Moments at, just after and long after each event was recorded, of every user."""
    at = [event.recorded + gap * SECOND for event in found for gap in gaps] or [START]
    return Asked(np.tile(np.arange(USERS), len(at)), np.repeat(np.array(at, np.int64), USERS))


@settings(max_examples=60)
@given(found=histories())
def test_the_kernel_says_what_the_plain_definition_says(found):
    asked = moments_of(found[-1:] + found[::6], (0, 7))
    kernel, _ = features_of(as_events(found), asked, users=USERS)
    plain = [features_at(found, user, at) for user, at in zip(asked.user, asked.at_us.tolist(), strict=True)]
    assert kernel.shape[1] == len(FEATURES) == len(plain[0])
    np.testing.assert_allclose(kernel, np.array(plain), rtol=3e-6, atol=3e-6)


@settings(max_examples=60)
@given(found=histories(), data=st.data())
def test_any_cut_into_batches_gives_the_same_bits_as_one_pass(found, data):
    events = as_events(found)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(found)), max_size=6)))
    live = State(USERS)
    for start, stop in zip([0, *cuts], [*cuts, len(found)], strict=True):
        live.take(events.cut(start, stop))
        if not stop:
            continue
        at = np.full(USERS, found[stop - 1].recorded + 600 * SECOND)
        asked = Asked(np.arange(USERS), at)
        # What was recorded by then is in; later events are in the list all the same.
        later = [event for event in found[stop:] if event.recorded > at[0]]
        offline, _ = features_of(as_events([*found[:stop], *later]), asked, users=USERS)
        assert live.features(asked).tobytes() == offline.tobytes()


@settings(max_examples=40)
@given(found=histories(), data=st.data())
def test_what_is_recorded_later_changes_nothing(found, data):
    asked = moments_of(found, (0,))
    kept = data.draw(st.integers(0, len(found)))
    until = found[kept - 1].recorded if kept else START
    early = asked.at_us <= until
    known = [event for event in found if event.recorded <= until]
    part, _ = features_of(as_events(known), Asked(asked.user[early], asked.at_us[early]), users=USERS)
    whole, _ = features_of(as_events(found), asked, users=USERS)
    assert part.tobytes() == whole[early].tobytes()


def test_reading_changes_nothing():
    found = [Event(0, START + 60 * n * SECOND, START + 60 * n * SECOND, 0, 990, 1, n + 1) for n in range(9)]
    read, unread = State(1), State(1)
    events = as_events(found)
    for place in range(9):
        for state in (read, unread):
            state.take(events.cut(place, place + 1))
        read.features(Asked(np.zeros(5, np.int64), START + 3_600 * SECOND * np.arange(1, 6)))
    assert read.rows.tobytes() == unread.rows.tobytes()
    assert read.levels.tobytes() == unread.levels.tobytes()


def features(found, at, user=0):
    row, taken = features_of(as_events(found), Asked(np.array([user]), np.array([at])), users=user + 1)
    return dict(zip(FEATURES, row[0].tolist(), strict=True)), taken


def test_a_late_event_counts_as_of_when_it_happened_and_makes_no_visit():
    looked = Event(0, START, START, 0, 990, 1, 1)
    late = Event(0, START - 10 * 60 * SECOND, START + SECOND, 1, 5_000, 2, 2)
    found, taken = features([looked, late], START + 600 * SECOND)
    assert (taken.applied, taken.late) == (1, 1)
    assert found["carted_10min"] == pytest.approx(math.log1p(0.25))
    assert found["viewed_10min"] == pytest.approx(math.log1p(0.5))
    assert found["since_carted"] == pytest.approx(math.log1p(1_200))
    assert found["visit_carts"] == 0
    assert found["visits"] == pytest.approx(math.log1p(1))
    assert found["price"] == pytest.approx(math.log1p(9.9))


def test_what_comes_a_day_late_or_twice_is_left_out_and_counted():
    looked = Event(0, START, START, 0, 990, 1, 1)
    too_late = Event(0, START - 24 * HOUR, START + SECOND, 1, 0, -1, 2)
    alone, _ = features([looked], START + HOUR)
    found, taken = features([looked, looked, too_late], START + HOUR)
    assert (taken.applied, taken.late, taken.too_late, taken.twice) == (1, 0, 1, 1)
    assert found == alone


def test_a_clock_that_runs_ahead_tells_no_future():
    ahead = Event(0, START + HOUR, START, 0, 990, 1, 1)
    right = ahead._replace(happened=START)
    assert features([ahead], START + 60 * SECOND) == features([right], START + 60 * SECOND)


def test_a_payment_ends_the_visits_without_one_and_belongs_to_none():
    looks = [Event(0, START + n * HOUR, START + n * HOUR, 0, 3_000, 1, n + 1) for n in range(3)]
    paid = Event(0, START + 3 * HOUR, START + 3 * HOUR, 4, 1_000, 1, 9)
    before, _ = features(looks, START + 4 * HOUR)
    after, _ = features([*looks, paid], START + 4 * HOUR)
    assert math.expm1(before["visits_unpaid"]) == pytest.approx(3)
    assert after["visits_unpaid"] == 0
    assert after["visits"] == before["visits"]
    assert after["silence"] == before["silence"]
    assert after["price_to_paid"] == pytest.approx(math.log(3))


def test_weekend_is_saturday_and_sunday():
    monday = 20_003 * 86_400 * SECOND  # 2024-10-07
    shown = [features([], monday + day * 86_400 * SECOND)[0]["weekend"] for day in range(7)]
    assert shown == [0, 0, 0, 0, 0, 1, 1]


def test_batches_come_in_order_and_nobody_is_asked_about_the_past():
    events = as_events([Event(0, START + n * HOUR, START + n * HOUR, 0, 0, -1, n + 1) for n in range(2)])
    state = State(1)
    state.take(events.cut(1, 2))
    with pytest.raises(ValueError):
        state.take(events.cut(0, 1))
    with pytest.raises(ValueError):
        state.features(Asked(np.zeros(1, np.int64), np.array([START])))
    with pytest.raises(ValueError):
        state.features(Asked(np.ones(1, np.int64), np.array([START + 9 * HOUR])))


def test_users_who_come_later_find_room_and_change_nobody():
    found = [Event(n, START, START, 0, 990, 1, n + 1) for n in range(4)]
    events, small = as_events(found), State(2)
    small.take(events.cut(0, 2))
    with pytest.raises(ValueError):
        small.take(events.cut(2, 4))
    small.grow(4)
    small.take(events.cut(2, 4))
    whole = State(4)
    whole.take(events)
    assert small.rows.tobytes() == whole.rows.tobytes()
