"""Response curves where the truth is known: intervals, pooling, shapes, months, costs, and what is left unsaid."""

from dataclasses import replace

import numpy as np
import pytest
from drawn_arms import BASE_FEN, drawn_arms

from huoshui.core.uplift import CostTerms, fit_curves, fit_responses
from huoshui.core.uplift.shapes import shape_test

SEGMENTS = tuple(BASE_FEN)
AMOUNTS = (200, 500, 1_000, 2_000)
HEIGHT_FEN = {"high_value": 500, "regular": 600, "low_frequency": 400, "dormant": 600, "lost": 500}


def concave(segment, amount):
    return HEIGHT_FEN[segment] * (1 - np.exp(-amount / 400))


def step(segment, amount):
    return HEIGHT_FEN[segment] * (amount >= 1_000)


def negative(segment, amount):
    return -HEIGHT_FEN[segment] / 2


def fitted(cells, segments=SEGMENTS):
    (response,) = fit_responses(cells, terms={}, plan_segments=segments)
    return response


def test_the_truth_lies_in_the_interval_nearly_as_often_as_it_says():
    inside, cells = 0, 0
    for seed in range(30):
        for curve in fit_curves(drawn_arms(seed, concave, (500,)), terms={}, plan_segments=SEGMENTS):
            for point in curve.points:
                inside += point.low_est <= concave(curve.segment, point.amount_fen) <= point.high_est
                cells += 1
    assert cells == 150
    assert inside / cells >= 0.87


def test_pooling_comes_nearer_to_the_truth_than_each_segment_alone():
    raw, pooled = 0.0, 0.0
    for seed in range(12):
        response = fitted(drawn_arms(seed, concave, AMOUNTS, users=120))
        true = np.array([[concave(segment, amount) for amount in AMOUNTS] for segment in SEGMENTS])
        raw += float(((response.contrasts.effect - true) ** 2).sum())
        pooled += float(((response.value_est - true) ** 2).sum())
    assert pooled < 0.85 * raw


def test_one_control_serves_all_amounts_so_their_errors_move_together():
    covariance = fitted(drawn_arms(1, concave, AMOUNTS)).contrasts.covariance[1]
    shared = covariance[~np.eye(len(AMOUNTS), dtype=bool)]
    assert np.allclose(shared, shared[0])
    assert 0.3 < shared[0] / covariance[0, 0] < 0.7


@pytest.mark.parametrize(("truth", "shape"), [(concave, "concave"), (step, "monotone"), (negative, "free")])
def test_the_shape_is_the_narrowest_that_the_data_do_not_speak_against(truth, shape):
    shapes = [fitted(drawn_arms(seed, truth, AMOUNTS, users=1_500)).shape for seed in range(8)]
    assert shapes.count(shape) >= 7, shapes


def test_a_concave_curve_rises_ever_less_from_nothing_on():
    response = fitted(drawn_arms(3, concave, AMOUNTS, users=150))
    assert response.shape == "concave"
    slopes = np.diff(response.value_est, axis=1, prepend=0.0) / np.diff((0, *AMOUNTS))
    assert (slopes >= -1e-9).all()
    assert (np.diff(slopes, axis=1) <= 1e-9).all()


def test_what_lowers_value_is_shown_as_such_and_not_as_nothing():
    assert (fitted(drawn_arms(5, negative, AMOUNTS, users=1_500)).value_est[:3] < 0).all()


def test_a_campaign_that_wore_out_is_planned_as_it_is_now():
    months = ("2026-07", "2026-08", "2026-09")
    worn = {"2026-08": 0.05, "2026-09": 0.05}
    response = fitted(drawn_arms(7, concave, (500,), months=months, fresh=worn, users=800))
    assert response.contrasts.change is not None
    assert response.contrasts.change.before_est > 2 * abs(response.contrasts.change.since_est)
    assert "2026-07" not in response.contrasts.since
    now = concave("high_value", 500)
    assert abs(response.value_est[0, 0]) < now / 2


def test_months_that_differ_by_chance_alone_are_no_change():
    months = ("2026-07", "2026-08", "2026-09")
    changes = [
        fitted(drawn_arms(seed, concave, (500,), months=months)).contrasts.change for seed in range(40)
    ]
    assert sum(change is not None for change in changes) <= 2


def test_without_a_control_there_is_no_curve():
    treated = [cell for cell in drawn_arms(1, concave, AMOUNTS) if not cell.control]
    assert fit_curves(treated, terms={}) == ()


def test_only_amounts_that_were_tried_have_a_point():
    for curve in fit_curves(drawn_arms(1, concave, (200, 1_000)), terms={}, plan_segments=SEGMENTS):
        assert [point.amount_fen for point in curve.points] == [200, 1_000]


def test_a_segment_that_tells_nothing_has_no_points():
    cells = [cell for cell in drawn_arms(2, step, (500, 1_000)) if cell.segment != "lost"]
    few = [replace(cell, n=3) for cell in drawn_arms(2, step, (500, 1_000), users=3, segments=("lost",))]
    wild = [replace(cell, sum_wy=cell.sum_wy * (3 if cell.segment == "high_value" else -2)) for cell in cells]
    curves = {c.segment: c for c in fit_curves(wild + few, terms={}, plan_segments=SEGMENTS)}
    assert curves["lost"].points == ()
    assert curves["regular"].points


def test_cost_is_what_is_used_and_what_rides_on_what_is_granted():
    terms = {"c": CostTerms(use_rate_est=0.5, riding_est=0.03)}
    cells = [
        replace(cell, spent_fen=cell.granted_fen // 2, open_fen=cell.granted_fen // 4)
        for cell in drawn_arms(1, concave, (1_000,), users=2_000)
    ]
    for curve in fit_curves(cells, terms=terms, plan_segments=SEGMENTS):
        assert curve.points[0].cost_est == pytest.approx(1_000 * (0.5 + 0.25 * 0.5 + 0.03), rel=1e-6)


def test_cost_is_told_by_the_months_whose_bonus_has_ended():
    """Used early, expiring late: of what is still open less will be used than of what has ended so far."""
    ended = {"2026-07": (0.3, 0.0), "2026-08": (0.25, 0.75)}
    cells = [
        replace(
            cell,
            spent_fen=round(cell.granted_fen * ended[cell.month][0]),
            open_fen=round(cell.granted_fen * ended[cell.month][1]),
        )
        for cell in drawn_arms(1, concave, (1_000,), users=2_000)
    ]
    terms = {"c": CostTerms(use_rate_est=0.5)}
    for curve in fit_curves(cells, terms=terms, plan_segments=SEGMENTS):
        assert curve.points[0].cost_est == pytest.approx(300, rel=1e-6)
    late = [cell for cell in cells if cell.month == "2026-08"]
    for curve in fit_curves(late, terms=terms, plan_segments=SEGMENTS):
        assert curve.points[0].cost_est == pytest.approx(1_000 * (0.25 + 0.75 * 0.5), rel=1e-6)


def test_all_months_are_read_where_none_differs_by_more_than_chance():
    months = ("2026-06", "2026-07", "2026-08", "2026-09")
    contrasts = fitted(drawn_arms(11, concave, (500,), months=months)).contrasts
    assert set(contrasts.since) == {"2026-06"}
    assert (contrasts.n == 4 * 400).all()


@pytest.mark.parametrize("users", [120, 400, 1_200])
def test_pooling_does_no_harm_where_segments_answer_alike_but_are_worth_what_they_are_worth(users):
    """Answers alike in fen, buyers' worth apart by three: in worths of a buyer alone segments would seem to differ."""
    raw, pooled = 0.0, 0.0
    for seed in range(8):
        response = fitted(drawn_arms(seed, concave, AMOUNTS, users=users))
        true = np.array([[concave(segment, amount) for amount in AMOUNTS] for segment in SEGMENTS])
        raw += float(((response.contrasts.effect - true) ** 2).sum())
        pooled += float(((response.value_est - true) ** 2).sum())
    assert pooled < 0.9 * raw


def test_a_shape_has_its_say_as_far_as_the_data_do_not_speak_against_it():
    """Of errors of 30 fen: on the shape it has all of it, far from it none, and in between ever less."""
    amounts, errors = (200, 500, 1_000), np.eye(3)[None] * 30.0**2
    says = []
    for less in (0.0, 100.0, 165.0, 185.0, 300.0):  # Concave up to 140 less.
        effect = np.array([[300.0 - less, 400.0, 450.0]])
        weights = shape_test(effect, errors, amounts, seed=1).weights(effect[None])[0]
        assert weights.sum() == pytest.approx(1.0)
        assert (weights >= 0).all()
        says.append(weights[0])
    assert says[0] == 1.0
    assert says == sorted(says, reverse=True)
    assert says[1] == 1.0
    assert 0.0 < says[3] < says[2] < 1.0
    assert says[-1] == 0.0


def test_the_same_arms_in_any_order_give_the_same_curves():
    cells = drawn_arms(4, concave, AMOUNTS)
    terms = {"c": CostTerms()}
    one = fit_curves(cells, terms=terms, plan_segments=SEGMENTS)
    other = fit_curves(cells[::-1], terms=terms, plan_segments=SEGMENTS)
    for left, right in zip(one, other, strict=True):
        assert [p.value_est for p in left.points] == pytest.approx([p.value_est for p in right.points])
    assert one == fit_curves(cells, terms=terms, plan_segments=SEGMENTS)
