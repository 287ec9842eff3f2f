"""Channel bills as channels write them: the columns found, refunds and sums passed over, a bad amount named."""

from pathlib import Path

import pytest

from huoshui.base.errors import UnreadableFile
from huoshui.core.ledger.three_way import Payment
from huoshui.lake.payments import billed_payments

MEMORY = 500_000_000
ALIPAY = """#支付宝业务明细查询
#账号：[20881234]
支付宝交易号,商户订单号,业务类型,商品名称,创建时间,订单金额（元）,商家实收（元）
2026101522001\t,R1001\t,交易,充值,2026-10-15 10:00:00,100.00,99.40
2026101522002\t,R1002\t,交易,充值,2026-10-15 11:00:00,50.5,50.20
2026101522003\t,R1002\t,退款,充值,2026-10-16 11:00:00,-50.5,-50.20
#业务明细列表结束
"""
WECHAT = """交易时间,公众账号ID,商户号,微信订单号,商户订单号,交易状态,订单金额,手续费
`2026-10-15 10:00:00,`wx1,`19000,`4200001,`R2001,`SUCCESS,`12.34,`0.07
`2026-10-15 10:00:00,`wx1,`19000,`4200002,`R2002,`REFUND,`8.00,`-0.05
总交易单数,应结订单总金额,退款总金额
`2,`12.34,`8.00
"""
STRIPE = "status,reference,amount_cents,currency\nsucceeded,R3001,1999,cny\nfailed,R3002,500,cny\n"


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        (ALIPAY, "gb18030", [Payment("R1001", 10_000), Payment("R1002", 5_050)]),
        (WECHAT, "utf-8-sig", [Payment("R2001", 1_234)]),
    ],
)
def test_bill_as_its_channel_writes_it(
    text: str, encoding: str, expected: list[Payment], tmp_path: Path
) -> None:
    file = tmp_path / "账单.csv"
    file.write_text(text, encoding=encoding)
    assert billed_payments([file], memory_bytes=MEMORY) == expected


def test_an_amount_in_fen_says_so_in_its_header(tmp_path: Path) -> None:
    file = tmp_path / "bill.csv"
    file.write_text("out_trade_no,金额(分)\nR1,1999\n", encoding="utf-8")
    assert billed_payments([file, file], memory_bytes=MEMORY) == [Payment("R1", 1999)] * 2


def test_a_bad_amount_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "bill.csv"
    file.write_text("商户订单号,订单金额\nR1,10\nR2,ten\n", encoding="utf-8")
    with pytest.raises(UnreadableFile, match="line 3, column '订单金额': 'ten'"):
        billed_payments([file], memory_bytes=MEMORY)


def test_a_file_that_is_no_bill_is_told(tmp_path: Path) -> None:
    file = tmp_path / "bill.csv"
    file.write_text(STRIPE.replace("reference", "nothing"), encoding="utf-8")
    with pytest.raises(UnreadableFile, match="payment number"):
        billed_payments([file], memory_bytes=MEMORY)
