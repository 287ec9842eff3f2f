"""Who answers more than others of their segment: found where it is so, not where it is not, and never moving a mean."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huoshui.core.uplift import response_factors
from huoshui.core.uplift.response_factors import (
    FACTOR_LEAST,
    FACTOR_MOST,
    KINDS,
    CampaignRows,
    Learned,
    expected_outcomes,
    learn_factors,
    scores,
    segment_effects,
)
from huoshui.core.uplift.row_effects import Estimate
from huoshui.core.uplift.rows import TrialRows

SEGMENTS = 3
NAMES = tuple(f"x{number}" for number in range(12))
CAMPAIGNS = ((0.3, (500,)), (0.25, (200, 500, 1_000)), (0.0, (500,)))
"""Orders added at saturation, amounts; the last brings nothing."""


def drawn(seed: int, *, differ: float, users: int = 6_000, shift: float = 0.0):
    """Users in three campaigns. Two features tell who answers; a third who buys anyway."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(users, len(NAMES))).astype(np.float32)
    segment = rng.integers(0, SEGMENTS, users)
    factor = np.clip(1 + differ * (features[:, 0] - features[:, 1]) / np.sqrt(2), 0.0, None)
    base = np.array([0.2, 0.6, 1.2])[segment] * np.exp(0.4 * features[:, 2] - 0.08)
    parts = []
    for number, (height, amounts) in enumerate(CAMPAIGNS):
        own = np.flatnonzero(rng.random(users) < 0.7)
        arm = rng.integers(0, len(amounts) + 1, len(own))
        amount = np.array((0, *amounts))[arm]
        added = height * np.array([1.0, 1.5, 2.0])[segment[own]] * (1 - np.exp(-amount / 300)) * factor[own]
        rows = TrialRows(
            names=NAMES,
            features=features[own] + np.float32(shift),
            amount_fen=amount.astype(np.int64),
            probability=np.full(len(own), 1 / (len(amounts) + 1)),
            outcome=rng.poisson(base[own] + added).astype(np.float64),
            unit=own.astype(np.uint64),
        )
        parts.append(CampaignRows(f"c{number}", rows, segment[own].astype(np.intp)))
    return parts, features, segment.astype(np.intp), factor


def factors(learned, features, segment):
    """Kinds of users with these features (N, F), and the factor of each."""
    if learned.model is None:
        return response_factors.factors(learned, np.zeros(len(segment)), segment)
    told = scores(learned.model, lambda place: features[:, place], segment)
    return response_factors.factors(learned, told.score, segment)


@pytest.fixture(scope="module")
def visible():
    parts, features, segment, factor = drawn(1, differ=0.6)
    return learn_factors(parts, segments=SEGMENTS, seed=1), parts, features, segment, factor


def test_who_answers_more_is_found_and_as_much_as_it_is(visible):
    learned, _, features, segment, factor = visible
    assert learned.used
    assert learned.forward.low_est > 0
    kind, table = factors(learned, features, segment)
    assert np.corrcoef(table[kind], factor)[0, 1] > 0.8
    # As much as it is: the truth rises one to one with the factor, within what 6,000 users tell.
    assert np.polyfit(table[kind], factor, 1)[0] == pytest.approx(1.0, abs=0.3)


def test_who_buys_anyway_is_not_taken_for_who_answers(visible):
    learned, *_ = visible
    weights = dict(zip(NAMES, learned.model.weights, strict=True))
    assert weights["x0"] > 3 * abs(weights["x2"])
    assert weights["x1"] < -3 * abs(weights["x2"])


def test_the_mean_of_a_segment_stays_and_kinds_are_few(visible):
    learned, _, features, segment, _ = visible
    kind, table = factors(learned, features, segment)
    assert len(table) <= 1 + KINDS * SEGMENTS
    for code in range(SEGMENTS):
        assert table[kind[segment == code]].mean() == pytest.approx(1.0, abs=1e-9)
    assert table.min() >= FACTOR_LEAST / FACTOR_MOST
    assert table[0] == 1.0


def test_a_shift_of_everybody_since_moves_nobodys_factor(visible):
    learned, _, features, segment, _ = visible
    kind, table = factors(learned, features, segment)
    later, table_later = factors(learned, features + np.float32(0.5), segment)
    assert (kind == later).mean() > 0.999
    assert table_later == pytest.approx(table, abs=1e-5)


def test_a_reason_is_the_feature_that_moved_the_user_most_to_their_side(visible):
    learned, _, features, segment, _ = visible
    told = scores(learned.model, lambda place: features[:, place], segment)
    parts = np.stack(
        [
            scores(replace(learned.model, weights=np.where(np.arange(12) == at, learned.model.weights, 0.0)),
                   lambda place: features[:, place], segment).score
            for at in range(12)
        ],
        axis=1,
    )  # fmt: skip
    assert parts.sum(axis=1) == pytest.approx(told.score)
    side = np.where(told.score >= 0, 1, -1)
    first = (parts * side[:, None]).argmax(axis=1)
    assert ((told.reason.astype(int) - 1) // 2 == first).all()
    more = (
        features[np.arange(len(first)), first]
        > np.array([features[segment == code].mean(axis=0) for code in range(SEGMENTS)])[segment, first]
    )
    assert (told.reason % 2 == 1).tolist() == more.tolist()


def test_where_nobody_differs_nothing_is_used():
    """One in forty would pass by chance: of eight at most one."""
    found = [learn_factors(drawn(seed, differ=0.0)[0], segments=SEGMENTS) for seed in range(8)]
    assert sum(one.used for one in found) <= 1
    assert {one.state for one in found} <= {"users_differ", "no_detectable_difference"}


@pytest.mark.long
def test_false_findings_are_as_rare_as_promised():
    """A one-sided 2.5 % test: of 300 worlds without differences at most 15 (2 in 1,000 would show more)."""
    found = [
        learn_factors(drawn(seed, differ=0.0, users=2_500)[0], segments=SEGMENTS).used for seed in range(300)
    ]
    assert sum(found) <= 15


def test_a_campaign_that_brings_nothing_has_no_slope_and_no_say(visible):
    learned, parts, *_ = visible
    slopes = dict(learned.by_campaign)
    assert np.isnan(slopes["c2"].value_est) or slopes["c2"].error_est > 3 * slopes["c0"].error_est
    without = learn_factors(parts[:2], segments=SEGMENTS, seed=1)
    assert without.model.weights == pytest.approx(learned.model.weights, abs=0.05)


def test_a_campaign_that_repels_says_nothing_of_who_answers():
    """Its losses are largest among who buys most: read as answers they would turn the weights round."""
    parts, *_ = drawn(3, differ=0.6)
    rng = np.random.default_rng(3)
    first = parts[0]
    lost = rng.binomial(first.rows.outcome.astype(np.int64), 0.5).astype(np.float64)
    outcome = np.where(first.rows.control, first.rows.outcome, lost)
    repelling = replace(first, campaign_id="r", rows=replace(first.rows, outcome=outcome))
    with_it = learn_factors([*parts, repelling], segments=SEGMENTS, seed=1)
    without = learn_factors(parts, segments=SEGMENTS, seed=1)
    assert with_it.model.weights == pytest.approx(without.model.weights, abs=0.02)


def test_few_users_tell_nothing():
    parts, *_ = drawn(1, differ=0.6, users=150)
    told = learn_factors(parts, segments=SEGMENTS)
    assert (told.state, told.model, told.used) == ("too_few", None, False)
    assert np.isnan(told.forward.value_est)
    kind, table = factors(told, np.zeros((5, 12), np.float32), np.zeros(5, np.intp))
    assert table[kind].tolist() == [1.0] * 5
    assert learn_factors([], segments=SEGMENTS).state == "too_few"


def test_the_same_rows_give_the_same_figures(visible):
    learned, parts, *_ = visible
    again = learn_factors(parts, segments=SEGMENTS, seed=1)
    assert (again.model.weights == learned.model.weights).all()
    assert again.forward == learned.forward


def test_the_order_of_the_rows_says_nothing(visible):
    """Parts are made of users: cut by place, a user's rows of two campaigns would fall into two."""
    learned, parts, *_ = visible
    order = np.random.default_rng(1).permutation(parts[0].rows.rows)
    first = CampaignRows("c0", parts[0].rows.take(order), parts[0].segment[order])
    again = learn_factors([first, *parts[1:]], segments=SEGMENTS, seed=1)
    assert again.forward.value_est == pytest.approx(learned.forward.value_est, rel=1e-6)
    assert again.forward.error_est == pytest.approx(learned.forward.error_est, rel=1e-6)


def test_a_users_rows_of_all_campaigns_fall_into_one_part(visible):
    """Else the model would have seen the user that it foretells: a user's outcomes move together."""
    _, parts, *_ = visible
    shared = set(parts[0].unit.tolist()) & set(parts[1].unit.tolist())
    assert len(shared) > 1_000
    doubled = [parts[0], replace(parts[0], campaign_id="again")]
    one = learn_factors(parts[:1], segments=SEGMENTS, seed=1)
    two = learn_factors(doubled, segments=SEGMENTS, seed=1)
    assert two.forward.error_est == pytest.approx(one.forward.error_est, rel=0.25), (
        "doubling tells nothing new"
    )
    assert two.users == one.users


@given(st.integers(0, 2**31), st.integers(1, 60))
def test_segment_effects_lie_between_nothing_and_what_is_seen(seed, users):
    rng = np.random.default_rng(seed)
    effects = rng.normal(rng.normal(), 1.0, (users, 2))
    segment = rng.integers(0, SEGMENTS, users)
    table = segment_effects(effects, segment, SEGMENTS)
    assert table.shape == (SEGMENTS, 2)
    assert np.isfinite(table).all()
    assert (table >= 0).all()
    seen = np.array(
        [effects[segment == code].mean(axis=0) for code in range(SEGMENTS) if (segment == code).any()]
    )
    assert (table <= np.maximum(0, np.maximum(seen.max(axis=0), effects.mean(axis=0))) + 1e-9).all()


def test_expectations_come_from_other_users_and_leave_the_effect_alone():
    parts, *_ = drawn(1, differ=0.0)
    rows, segment = parts[0].rows, parts[0].segment
    fold = (rows.unit % 5).astype(np.intp)
    table = expected_outcomes(rows, fold, segment, SEGMENTS)
    own = fold == 0
    changed = replace(rows, outcome=np.where(own, 99.0, rows.outcome))
    assert (expected_outcomes(changed, fold, segment, SEGMENTS)[own] == table[own]).all()
    left = rows.outcome - table[np.arange(rows.rows), rows.arm]
    assert left.var() < 0.85 * rows.outcome.var()


def test_one_control_serves_all_amounts_and_is_counted_once():
    """Taken as apart, amounts that share a control look like more rows, and as much as foretold does not come."""
    slopes = []
    for seed in range(12):
        parts, *_ = drawn(100 + seed, differ=0.3, users=3_000)
        slopes.append(learn_factors(parts[1:2], segments=SEGMENTS, seed=seed).forward)
    weight = np.array([slope.error_est**-2 for slope in slopes])
    mean = float(weight @ [slope.value_est for slope in slopes] / weight.sum())
    assert mean == pytest.approx(1.0, abs=3 * weight.sum() ** -0.5)


def test_what_is_unknown_lies_at_the_mean_of_the_segment(visible):
    learned, _, features, segment, _ = visible
    untold = features.copy()
    untold[::3, 0] = np.nan
    told = scores(learned.model, lambda place: untold[:, place], segment)
    without = scores(
        replace(learned.model, weights=np.where(np.arange(12) == 0, 0.0, learned.model.weights)),
        lambda place: untold[:, place],
        segment,
    )
    assert told.score[::3] == pytest.approx(without.score[::3])
    assert not np.isin((told.reason[::3].astype(int) - 1) // 2, 0)[told.reason[::3] > 0].any()
    # Nor does it move those of whom it is known: their mean and spread are of the known alone.
    known = np.ones(len(segment), np.bool_)
    known[::3] = False
    alone = scores(learned.model, lambda place: untold[known, place], segment[known])
    weights = np.where(np.arange(12) == 0, learned.model.weights, 0.0)
    first = replace(learned.model, weights=weights)
    assert scores(first, lambda place: untold[:, place], segment).score[known] == pytest.approx(
        scores(first, lambda place: untold[known, place], segment[known]).score
    )
    assert np.isfinite(alone.score).all()


def test_a_feature_that_no_row_of_a_campaign_knows_takes_nothing_from_the_others(visible):
    learned, parts, *_ = visible
    gaps = []
    for number, part in enumerate(parts):
        table = part.rows.features.copy()
        table[:, 5] = np.nan if number == 0 else table[:, 5]
        gaps.append(replace(part, rows=replace(part.rows, features=table)))
    found = learn_factors(gaps, segments=SEGMENTS, seed=1)
    assert found.used
    assert np.isfinite(found.model.weights).all()
    assert found.model.weights[:2] == pytest.approx(learned.model.weights[:2], abs=0.05)
    assert found.model.spread == pytest.approx(learned.model.spread, rel=0.05), "spread is of what is known"
    untold = [replace(p, rows=replace(p.rows, features=np.where(np.arange(12) == 5, np.nan, p.rows.features)
              .astype(np.float32))) for p in parts]  # fmt: skip
    assert learn_factors(untold, segments=SEGMENTS, seed=1).model.weights[5] == pytest.approx(0.0, abs=1e-9)


def test_a_slope_is_believed_up_to_one_and_not_below_nothing():
    learned = Learned("users_differ", None, None, Estimate(1, 1), Estimate(1, 1), 0.0, (), 0, 0)
    assert not learned.used
    assert replace(learned, believed_est=0.5).used
