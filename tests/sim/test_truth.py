"""The truth of a world, recounted another way: from flags, from tables, and as an experimenter would."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sim.test_world import rows_of

from huoshui.lake.tables import BONUS_KINDS, SOLD_STATUSES
from huoshui.sim.campaigns import DIP, FAMILIES, LEVELS_FEN, NEGATIVE, NONE, PLANS, STEP, WINDOW_DAYS, answer
from huoshui.sim.goods import draw_goods
from huoshui.sim.recount import recount_bonus
from huoshui.sim.world import World, make_world

WINDOW = timedelta(days=WINDOW_DAYS)
WINDOW_S = WINDOW_DAYS * 86_400
KEYS = [plan.key for plan in PLANS]
LEAKS = [(1, 1), (9, 2), (2, 3)]
"""Seeds and the layer that leaks there."""


@pytest.mark.parametrize("key", KEYS)
def test_effect_is_what_the_flags_say(world: World, key: str) -> None:
    """With less without, order by order, for every treated user."""
    number = KEYS.index(key)
    orders, value = world.effects.orders, world.effects.value_fen
    by_person: dict[int, list[int]] = defaultdict(list)
    for position, person in enumerate(orders.person.tolist()):
        by_person[person].append(position)
    rows = world.scene.assignments
    cap, total, induced, removed = PLANS[number].value_cap_fen, 0, 0, 0
    for row in np.flatnonzero((rows.campaign == number) & (rows.amount_fen > 0)).tolist():
        begin = int(rows.at_s[row])
        with_it = without = 0
        for position in by_person[int(rows.person[row])]:
            if not (begin <= orders.at_s[position] < begin + WINDOW_S) or not orders.sold[position]:
                continue
            worth = int(value[position])
            mine, lost = orders.induced_by[position] == number, orders.removed_by[position] == number
            written = orders.removed_by[position] < 0
            with_it += worth * written
            without += worth * ((written and not mine) or lost)
            induced += mine and written
            removed += lost
        total += min(with_it, cap) - min(without, cap)
    truth = world.truth.campaign(key).total
    assert (truth.incremental_value_fen, truth.induced_orders, truth.removed_orders) == (
        total,
        induced,
        removed,
    )
    assert truth.waste_fen == truth.spent_fen - total


def test_useless_campaign_changes_nothing_and_negative_one_harms(world: World) -> None:
    useless, negative = world.truth.campaign("useless").total, world.truth.campaign("negative").total
    assert (useless.incremental_value_fen, useless.induced_orders, useless.removed_orders) == (0, 0, 0)
    assert useless.waste_fen == useless.spent_fen > 0
    assert negative.incremental_value_fen < 0
    assert negative.removed_orders > 50
    assert negative.induced_orders == 0


def test_weekend_campaign_is_good_at_first_and_then_worn_out(world: World) -> None:
    first, *later = world.truth.campaign("weekend").by_month
    spent = sum(month.spent_fen for month in later)
    assert first.return_est is not None
    assert first.return_est > 1.5
    assert sum(month.incremental_value_fen for month in later) < 0.3 * spent


def test_targeted_campaign_looks_splendid_and_is_not(world: World) -> None:
    """Whoever counts all orders after the reward as its doing sees many times what it really brought."""
    number = KEYS.index("targeted")
    rows = world.scene.assignments.take(world.scene.assignments.campaign == number)
    given_at = dict(zip(rows.person.tolist(), rows.at_s.tolist(), strict=True))
    orders, after = world.effects.orders, 0
    for position in np.flatnonzero(orders.sold & (orders.removed_by < 0)).tolist():
        begin = given_at.get(int(orders.person[position]))
        if begin is not None and begin <= orders.at_s[position] < begin + WINDOW_S:
            after += int(world.effects.value_fen[position])
    truth = world.truth.campaign("targeted").total
    assert after > 2 * truth.spent_fen
    assert truth.incremental_value_fen < 0.25 * truth.spent_fen


def test_every_induced_order_lies_within_its_window(world: World) -> None:
    orders, rows = world.effects.orders, world.scene.assignments
    given_at = {
        (int(c), int(p)): int(at) for c, p, at in zip(rows.campaign, rows.person, rows.at_s, strict=True)
    }
    induced = np.flatnonzero(orders.induced_by >= 0)
    assert len(induced) > 300
    for position in induced.tolist():
        begin = given_at[int(orders.induced_by[position]), int(orders.person[position])]
        assert begin < orders.at_s[position] < begin + WINDOW_S


def test_cuts_of_a_campaign_add_up(world: World) -> None:
    for campaign in world.truth.campaigns:
        for cuts in (campaign.by_month, campaign.by_amount):
            for name in (
                "treated",
                "granted_fen",
                "spent_fen",
                "induced_orders",
                "incremental_value_fen",
                "waste_fen",
            ):
                assert sum(getattr(cut, name) for cut in cuts) == getattr(campaign.total, name), campaign.key


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_experimenter_finds_the_truth(seed: int) -> None:
    """A plain difference of means on matured users lies within its error of the truth."""
    world = make_world(seed, users=6_000)
    orders, rows = world.effects.orders, world.scene.assignments
    written = orders.sold & (orders.removed_by < 0)
    for key in ("useless", "negative", "newcomer", "retain", "weekend"):
        number = KEYS.index(key)
        mine = (rows.campaign == number) & (rows.at_s + WINDOW_S <= world.scene.until_s)
        person_row = {int(p): i for i, p in enumerate(rows.person[mine])}
        at, worth = rows.at_s[mine], np.zeros(int(mine.sum()))
        for position in np.flatnonzero(written).tolist():
            row = person_row.get(int(orders.person[position]))
            if row is not None and at[row] <= orders.at_s[position] < at[row] + WINDOW_S:
                worth[row] += world.effects.value_fen[position]
        treated = rows.amount_fen[mine] > 0
        matured = world.truth.campaign(key).matured
        assert matured.treated == int(treated.sum())
        difference = worth[treated].mean() - worth[~treated].mean()
        error = np.sqrt(worth[treated].var() / treated.sum() + worth[~treated].var() / (~treated).sum())
        assert abs(difference - matured.incremental_value_fen / matured.treated) < 3.5 * error, (seed, key)


def test_randomisation_is_logged_and_kept(world: World) -> None:
    rows = rows_of(world, "assignments")
    by_cell: dict[tuple[str, str, int], list[float]] = defaultdict(list)
    for row in rows:
        by_cell[row["campaign_id"], row["arm"], row["amount"]].append(float(row["probability"]))
    counts: dict[str, int] = defaultdict(int)
    for (campaign, _, _), logged in by_cell.items():
        counts[campaign] += len(logged)
    for (campaign, arm, amount), logged in by_cell.items():
        share, n = logged[0], counts[campaign]
        assert set(logged) == {share}
        assert abs(len(logged) / n - share) < 4.5 * np.sqrt(share * (1 - share) / n), (campaign, arm, amount)
    targeted = world.truth.campaign("targeted")
    assert targeted.campaign_id not in counts
    assert not targeted.randomised
    assert targeted.total.treated > 300


@pytest.mark.parametrize(("seed", "layer"), LEAKS)
def test_leak_layer_recounted_from_the_price_list(seed: int, layer: int) -> None:
    world = make_world(seed, users=400)
    price_of = {(row["product_id"], row["level"]): row["price"] for row in rows_of(world, "agent_prices")}
    takes, total = {1: 0, 2: 0, 3: 0}, 0
    for order in rows_of(world, "orders"):
        if order["source"] == "agent" and order["status"] in SOLD_STATUSES:
            price = order["paid"] + order["balance_paid"] + order["bonus_paid"]
            first, second, third = (
                price_of[order["product_id"], level] * order["qty"] for level in (1, 2, 3)
            )
            takes[3] += price - third
            takes[2] += third - second
            takes[1] += second - first
            total += price
    leak = world.truth.leak
    assert tuple(takes.values()) == leak.takes_by_layer_fen
    assert leak.layer == layer == max(takes, key=lambda level: takes[level])
    assert 0.10 < takes[layer] / total < 0.13
    assert all(0.035 < takes[level] / total < 0.045 for level in takes if level != layer)
    assert leak.months[-1].excess_fen == leak.months[-1].take_fen - leak.months[-1].fair_fen
    assert sum(month.excess_fen for month in leak.months[:-1]) == leak.months[-1].excess_fen


def test_agents_stand_in_three_layers_under_one_another(world: World) -> None:
    agents = {row["agent_id"]: row for row in rows_of(world, "agents")}
    for order in rows_of(world, "orders"):
        if order["source"] == "agent":
            chain = [agents[order["agent_id"]]]
            while chain[-1]["upline_id"] is not None:
                chain.append(agents[chain[-1]["upline_id"]])
            assert [agent["level"] for agent in chain] == [3, 2, 1]
    assert {row["level"] for row in agents.values()} == {1, 2, 3, None}


def test_leak_layer_depends_on_the_seed() -> None:
    assert {draw_goods(np.random.default_rng(seed)).leak_layer for seed in range(30)} == {1, 2, 3}


def test_drain_loop_recounted_from_top_ups_and_levels(world: World) -> None:
    levels = [(row["threshold"], Decimal(row["discount"])) for row in rows_of(world, "levels")]
    top_ups: dict[str, list[Any]] = defaultdict(list)
    counted: dict[str, int] = defaultdict(int)
    for row in rows_of(world, "recharges"):
        if row["status"] == "paid":
            top_ups[row["user_id"]].append(row)
            counted[row["user_id"]] += row["amount"] + row["bonus"]
    before = {
        row["user_id"]: row["cum_recharge"] - counted[row["user_id"]] for row in rows_of(world, "users")
    }

    def discount(cumulative: int) -> Decimal:
        return [rate for threshold, rate in levels if threshold <= cumulative][-1]

    excess, users = 0, set()
    for order in rows_of(world, "orders"):
        if order["user_id"] is None or order["source"] == "agent":
            assert order["level_discount"] == 0
            continue
        past = [row for row in top_ups[order["user_id"]] if row["paid_at"] < order["created_at"]]
        principal = before[order["user_id"]] + sum(row["amount"] for row in past)
        gross = order["list_price"] * order["qty"]
        assert order["level_discount"] == round(
            gross * discount(principal + sum(row["bonus"] for row in past))
        )
        more = order["level_discount"] - round(gross * discount(principal))
        if order["status"] in SOLD_STATUSES and more > 0:
            excess += more
            users.add(order["user_id"])
    whole = world.truth.drain[-1]
    assert (excess, len(users)) == (whole.excess_fen, whole.users)
    assert excess > 0


def test_incentive_adds_up(world: World) -> None:
    truth = world.truth.incentive
    entries = [
        row
        for row in rows_of(world, "balance_entries")
        if row["kind"] in BONUS_KINDS and row["direction"] == "in"
    ]
    assert truth.issued_fen == sum(row["amount"] for row in entries)
    assert (
        truth.issued_fen == sum(truth.issued_by_kind_fen.values()) == sum(truth.issued_by_month_fen.values())
    )
    assert truth.issued_fen == truth.spent_fen + truth.expired_fen + truth.clawed_back_fen + truth.open_fen
    sold = [row for row in rows_of(world, "orders") if row["status"] in SOLD_STATUSES]
    assert truth.spent_fen == sum(row["bonus_paid"] for row in sold)
    fees = sum(
        row["payment_fee"] * row["bonus_paid"] / max(1, row["paid"] + row["balance_paid"] + row["bonus_paid"])
        for row in sold
    )
    assert truth.fees_on_bonus_fen == pytest.approx(fees, abs=1)
    assert 0.5 < truth.reach_share_true < truth.reach_share < truth.reach_share_without_frozen < 0.8


def test_fates_of_a_statement_written_by_hand() -> None:
    """Oldest first; an expiry takes its own campaign's lot; a transfer carries lots; a clawback takes what is left."""
    statement = [
        ("A", "in", "task", None, "C1", 500),
        ("A", "in", "cashback", None, "C2", 300),
        ("A", "out", "spend", "O1", None, 700),
        ("A", "out", "expire", None, "C2", 100),
        ("A", "out", "transfer", None, None, 150),
        ("B", "in", "transfer", None, None, 150),
        ("B", "out", "spend", "O2", None, 60),
        ("A", "out", "clawback", None, None, 30),
    ]
    users, directions, kinds, orders, campaigns, amounts = zip(*statement, strict=True)
    at = np.datetime64("2026-07-30T10:00:00", "s") + np.array(
        [0, 60, 120, 180, 240, 240, 300, 360], "timedelta64[s]"
    )
    tables = {
        "users": {"user_id": ["A", "B"], "status": ["active", "abuser"]},
        "orders": {
            "order_id": ["O1", "O2"],
            "status": ["refunded", "paid"],
            "bonus_paid": np.array([400, 60]),
        },
        "balance_entries": {
            "user_id": users,
            "direction": directions,
            "kind": kinds,
            "order_id": orders,
            "campaign_id": campaigns,
            "memo": [*[None] * 4, "转账给B", "来自A", None, None],
            "amount": np.array(amounts),
            "at": at,
        },
    }
    first, second = recount_bonus(tables, frozenset({"B"}))
    assert (first.issued_fen, first.spent_fen, first.refunded_fen) == (500, 460, 400)
    assert (first.spent_by_marked_fen, first.spent_by_rings_fen) == (60, 60)
    assert (first.clawed_back_fen, first.open_fen, first.open_with_marked_fen) == (0, 40, 40)
    assert (second.spent_fen, second.expired_fen, second.clawed_back_fen, second.open_fen) == (
        0,
        100,
        30,
        170,
    )


def test_every_fate_of_bonus_is_whole(world: World) -> None:
    fates = recount_bonus(world.tables, frozenset())
    assert fates
    for fate in fates:
        ends = (fate.spent_fen, fate.expired_fen, fate.clawed_back_fen, fate.open_fen)
        assert fate.issued_fen == sum(ends)
        assert min(ends) >= 0


def test_pot_is_empty_before_the_month_ends(world: World) -> None:
    pot = world.truth.pot
    for month in pot.months:
        assert month.pot_fen < month.granted_fen
        assert month.empty_day is not None
        assert month.empty_day.startswith(month.month)
    assert pot.rest_fen > 0
    assert pot.runway_days is not None
    assert 1 <= pot.runway_days <= 11
    assert pot.empty_day == (date.fromisoformat(pot.as_of) + timedelta(days=pot.runway_days)).isoformat()
    assert tuple(world.tables["campaigns"]["budget"].tolist()) == pot.budget_fen


def test_dear_channels_recounted_payment_by_payment(world: World) -> None:
    payments = [
        (row["payment_channel"], row["paid"], row["payment_fee"])
        for row in rows_of(world, "orders")
        if row["status"] in SOLD_STATUSES and row["paid"]
    ] + [
        (row["payment_channel"], row["amount"], row["fee"])
        for row in rows_of(world, "recharges")
        if row["paid_at"]
    ]
    rules = {row["payment_channel"]: row for row in rows_of(world, "payment_channels")}
    for channel in world.truth.channels:
        mine = [(amount, fee) for name, amount, fee in payments if name == channel.payment_channel]
        assert (channel.payments, channel.amount_fen) == (len(mine), sum(amount for amount, _ in mine))
        assert channel.fee_fen == sum(fee for _, fee in mine)
        rule = rules[channel.payment_channel]
        rate, fixed = Decimal(rule["fee_rate"]), rule["fee_fixed"]
        listed = sum(min(amount, round(amount * rate) + fixed) for amount, _ in mine)
        assert channel.fee_fen == listed
        assert channel.cheapest_fee_fen == sum(round(amount * Decimal("0.006")) for amount, _ in mine)
    dear = [channel.fee_fen - channel.cheapest_fee_fen for channel in world.truth.channels]
    assert dear[0] > 0 < dear[1]
    assert dear[2] == dear[3] == 0


def test_rings_share_what_honest_people_do_not(world: World) -> None:
    users = {row["user_id"]: row for row in rows_of(world, "users")}
    marked = {row["user_id"] for row in users.values() if row["status"] == "abuser"}
    rings = world.truth.rings
    assert marked == {member for ring in rings if ring.marked for member in ring.members}
    assert any(not ring.marked for ring in rings)
    for ring in rings:
        devices = {users[member]["device_hash"] for member in ring.members}
        assert len(devices) < len(ring.members)
        assert ring.issued_fen > 0
    members = {member for ring in rings for member in ring.members}
    addresses: dict[str, int] = defaultdict(int)
    for user in users.values():
        addresses[user["ip_hash"]] += user["user_id"] not in members
    assert max(addresses.values()) >= 8, "dorms share an address innocently"


def test_people_answer_in_curves_of_several_families(world: World) -> None:
    dose = world.truth.campaign("dose")
    for curve in dose.response:
        assert curve.orders_est[0] == curve.value_fen_est[0] == 0
        assert len(curve.families) == 5
        assert curve.orders_est[-1] < 1.05 * curve.orders_est[-2], "flat beyond ten yuan"
        assert curve.orders_est[2] > curve.orders_est[1] > 0
    assert dose.flat_from_fen == 1_000
    step = world.truth.campaign("reactivate").response[0]
    assert step.orders_est[1] == 0 < step.orders_est[2] < step.orders_est[3]


def test_response_agrees_with_what_happened(world: World) -> None:
    """Expected extra orders of the treated, summed, against the orders that came."""
    response = world.response
    assert response.value_est.shape == (world.scene.people.users, len(PLANS), len(LEVELS_FEN))
    assert not np.isnan(response.value_est).any()
    assert (response.cost_est >= 0).all()
    number = KEYS.index("dose")
    rows = world.scene.assignments.take(world.scene.assignments.campaign == number)
    level = np.searchsorted(LEVELS_FEN, rows.amount_fen)
    gains = world.effects.curves.family[rows.person, number] != NEGATIVE
    expected = float(response.orders_est[rows.person, number, level][gains].sum())
    assert abs(world.truth.campaign("dose").total.induced_orders - expected) < 5 * np.sqrt(expected)


@given(
    # The dip goes down before it rises: that is what it is for.
    family=st.sampled_from([number for number in range(len(FAMILIES)) if number != DIP]),
    height=st.floats(0.01, 3),
    scale=st.floats(120, 600),
    low=st.integers(0, 2_000),
    more=st.integers(0, 2_000),
)
def test_curves_start_at_nothing_and_only_go_one_way(
    family: int, height: float, scale: float, low: int, more: int
) -> None:
    amounts = np.array([0.0, low, low + more])
    curve = answer(np.full(3, family), np.full(3, height), np.full(3, scale), amounts)
    assert curve[0] == pytest.approx(0, abs=1e-9)
    direction = {NONE: 0, NEGATIVE: -1}.get(family, 1)
    assert (direction * np.diff(curve) >= -1e-12).all()
    assert (np.abs(curve) <= height * (direction != 0) + 1e-12).all()
    if family == STEP:
        assert set(np.round(curve, 9)) <= {0.0, round(height, 9)}
