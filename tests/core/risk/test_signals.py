"""What is told beside the score, by hand: bursts, one recipient, who brought whom, marks, the busiest hour."""

import numpy as np
import pytest
from drawn_links import links_of, plain_people

from huoshui.core.risk import NEVER_S, SIGNALS, LinkLimits
from huoshui.core.risk.linking import ties_of
from huoshui.core.risk.members import Members
from huoshui.core.risk.signals import burst, busiest_hour, strengths

HOUR, USERS = 3_600, 1_000
GROUP = Members(2, np.array([0, 0, 0, 0, 1, 1, 1]), np.array([0, 1, 2, 3, 10, 11, 12]))


def told(rows=(), **columns) -> dict[str, list[float]]:
    ties = ties_of(links_of(rows, USERS), LinkLimits(distinct_share=0.0))
    table = strengths(GROUP, ties, plain_people(USERS, **columns))
    return dict(zip(SIGNALS, table.T.tolist(), strict=True))


def test_nothing_happened_and_nothing_is_odd():
    assert all(strength == [0.0, 0.0] for strength in told().values())


def test_three_of_four_in_one_hour_of_a_thousand():
    """Others come one in two hours. Of 3 others 2 or more fall into an hour with 3 of 1,000; 4 could begin it."""
    registered = np.arange(USERS) * HOUR * 2
    registered[[0, 1, 2]] = (0, 100, 200)
    chance = 4 * (3 * 0.003**2 * 0.997 + 0.003**3)
    assert burst(GROUP, registered, (HOUR,))[0] == pytest.approx(-np.log10(chance), abs=1e-6)
    assert burst(GROUP, registered, (HOUR,))[1] == 0
    registered[2] = NEVER_S
    assert burst(GROUP, registered, (HOUR,))[0] == 0, (
        "two are no burst, and who registered nobody knows when is none"
    )


def test_one_recipient_of_several_members():
    sent = np.zeros(USERS, np.int64)
    sent[[1, 2, 3, 500]] = 100
    rows = [(user, "recipient", 7) for user in (0, 1, 2, 3)] + [(10, "recipient", 8), (11, "recipient", 8)]
    strength = told(rows, sent_fen=sent)["one_recipient"]
    base = 5 / 1_001
    assert strength[0] == pytest.approx(-np.log10(4 * base**3 * (1 - base) + base**4), abs=1e-6)
    assert strength[1] == 0, "a sender and the recipient are no pattern"


def test_members_brought_in_by_a_member():
    upline = np.full(USERS, -1)
    upline[[1, 2]] = 0
    upline[10] = 500
    strength = told(upline=upline)["self_referral"]
    assert strength[0] > 4
    assert strength[1] == 0


def test_marked_members_are_odd_by_how_many_are_marked_at_all():
    few, many = np.zeros(USERS, np.bool_), np.ones(USERS, np.bool_)
    few[[0, 1]] = True
    assert told(marked=few)["marked_member"][0] > 4
    assert told(marked=many)["marked_member"] == [0.0, 0.0]


def test_the_busiest_hour_and_when_it_began():
    user = np.array([0, 1, 2, 0, 10, 999])
    at = np.array([5_000, 6_000, 8_600, 20_000, 7, 8])
    most, since = busiest_hour(GROUP, user, at)
    assert most.tolist() == [3, 1]
    assert since.tolist() == [5_000, 7]
    most, since = busiest_hour(GROUP, np.zeros(0, np.int64), np.zeros(0, np.int64))
    assert (most.tolist(), since.tolist()) == ([0, 0], [NEVER_S, NEVER_S])
