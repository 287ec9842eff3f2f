"""What does not add up is found with its amount; what does is not spoken of."""

# ruff: noqa: E501 -- rows of files as they stand

from pathlib import Path

import pytest

from huoshui.lake.engines import open_lake
from huoshui.lake.intake import read_folder
from huoshui.lake.reconcile import CHECKS, Difference, reconcile

SOUND = {
    "订单": "订单号,用户ID,下单时间,订单状态,数量,单价,实付金额,本金余额支付,激励余额支付,优惠券抵扣,支付通道,支付手续费,代理佣金\n"
    "A1,u1,2026-08-02,已完成,2,10,15,0,4,1,微信,0.09,2\nA2,u1,2026-08-03,已退款,1,10,10,0,0,0,微信,0.06,0\n",
    "余额流水": "流水号,用户ID,时间,方向,金额,类型,订单号,变动后余额\n"
    "9,u1,2026-08-01 00:00:00,收入,100,充值,,100\n10,u1,2026-08-01 00:00:00,收入,8,充值赠送,,108\n"
    "11,u1,2026-08-02 00:00:00,支出,4,消费,A1,104\n",
    "充值": "充值单号,用户ID,下单时间,状态,充值金额,赠送金额\nR1,u1,2026-08-01,已支付,100,8\nR2,u1,2026-08-01,未支付,50,0\n",
    "佣金": "佣金单号,订单号,代理ID,佣金金额,状态\nC1,A1,g1,2,已结算\nC2,A1,g2,5,已拒绝\n",
    "支付通道": "支付通道,费率\n微信,0.6%\n",
    "退款": "退款单号,订单号,退款金额,退款时间\nT1,A2,10,2026-08-04\n",
    "用户": "用户ID,累计充值\nu1,100\n",
}
BROKEN: dict[str, tuple[str, str, str, int]] = {
    "balance_moves": ("余额流水", "A1,104", "A1,90", 1400),
    "commissions": ("佣金", "g1,2,", "g1,1.5,", 50),
    "channel_fees": ("订单", "微信,0.09", "微信,0.30", 21),
    "price_parts": ("订单", "2,10,15", "2,11,15", 200),
    "balance_spends": ("余额流水", "支出,4,消费,A1,104", "支出,3,消费,A1,105", 100),
    "top_ups": ("充值", "已支付,100,8", "已支付,99,8", 100),
    "top_up_bonus": ("充值", "已支付,100,8", "已支付,100,5", 300),
    "refunds": ("退款", "A2,10,", "A2,12,", 200),
    "cumulative": ("用户", "u1,100", "u1,40", 6000),
}


def differences(tmp_path: Path, tables: dict[str, str]) -> list[Difference]:
    folder = tmp_path / "in"
    folder.mkdir()
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    intake = read_folder(folder, work=tmp_path / "work", memory_bytes=300_000_000)
    assert not intake.faults
    lake = open_lake(intake.sources, work=tmp_path / "lake", memory_bytes=300_000_000)
    try:
        return reconcile(lake)
    finally:
        lake.close()


def test_sound_books_have_no_difference(tmp_path: Path) -> None:
    assert differences(tmp_path, SOUND) == []


@pytest.mark.parametrize("code", BROKEN)
def test_each_difference_is_found_with_its_amount(tmp_path: Path, code: str) -> None:
    name, old, new, amount = BROKEN[code]
    assert old in SOUND[name]
    (found,) = differences(tmp_path, {**SOUND, name: SOUND[name].replace(old, new)})
    assert (found.code, found.rows, found.amount_fen) == (code, 1, amount)
    assert found.examples
    assert found.cause.zh
    assert found.cause.en


def test_every_check_is_tried() -> None:
    assert {check.code for check in CHECKS} == set(BROKEN)


def test_orders_alone_say_nothing(tmp_path: Path) -> None:
    assert differences(tmp_path, {"订单": "订单号,下单时间,实付金额\nA1,2026-08-01,1\n"}) == []
