"""Shop, ledger and bill, payment by payment: every way to disagree, and its cause."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huoshui.core.ledger.three_way import EXAMPLES_MAX, Payment, three_way

SIDES = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 99))


@pytest.mark.parametrize(
    ("shop", "ledger", "bill", "cause"),
    [
        (10, None, 10, "not_booked"),
        (10, None, None, "not_booked"),
        (10, 10, None, "not_settled"),
        (None, 10, 10, "booked_alone"),
        (None, None, 10, "paid_unnoticed"),
        (10, 9, 10, "amount_ledger"),
        (10, 10, 9, "amount_bill"),
        (9, 10, 10, "amount_shop"),
        (8, 9, 10, "amounts_differ"),
    ],
)
def test_cause(shop: int | None, ledger: int | None, bill: int | None, cause: str) -> None:
    sides = [[Payment("a", fen)] if fen else [] for fen in (shop, ledger, bill)]
    found = three_way(*sides)
    assert [one.cause for one in found.unequal] == [cause]
    assert found.agreed == 0


def test_a_side_that_is_not_there_is_not_asked() -> None:
    booked = [Payment("a", 10), Payment("b", 5)]
    assert three_way(None, booked, booked).agreed == 2
    assert [one.cause for one in three_way(None, booked, booked[:1]).unequal] == ["not_settled"]
    assert [one.cause for one in three_way(booked, booked[:1], None).unequal] == ["not_booked"]
    assert [one.cause for one in three_way(None, [], booked[:1]).unequal] == ["paid_unnoticed"]
    assert [one.cause for one in three_way(None, booked[:1], [Payment("a", 9)]).unequal] == ["amount_bill"]
    assert [one.cause for one in three_way([Payment("a", 9)], booked[:1], None).unequal] == ["amount_ledger"]


@given(SIDES, SIDES, SIDES)
def test_sums_and_counts(shop: dict[str, int], ledger: dict[str, int], bill: dict[str, int]) -> None:
    found = three_way(*([Payment(key, fen) for key, fen in side.items()] for side in (shop, ledger, bill)))
    assert found.sums == {
        name: sum(side.values()) for name, side in zip(found.sums, (shop, ledger, bill), strict=True)
    }
    keys = {*shop, *ledger, *bill}
    same = {key for key in keys if shop.get(key) == ledger.get(key) == bill.get(key)}
    assert found.agreed == len(same)
    assert {one.key for one in found.unequal} == keys - same
    assert sum(one.payments for one in found.causes) == len(keys - same)
    assert sum(one.fen for one in found.causes) == sum(one.fen for one in found.unequal)


def test_a_key_twice_counts_with_its_sum_and_examples_are_bounded() -> None:
    assert three_way([Payment("a", 4), Payment("a", 6)], [Payment("a", 10)], None).agreed == 1
    found = three_way([Payment(f"{at:04}", at + 1) for at in range(500)], [], None)
    assert len(found.unequal) == EXAMPLES_MAX
    assert found.causes[0].payments == 500
    assert found.unequal[0].fen == 500
