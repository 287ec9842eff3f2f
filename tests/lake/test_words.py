"""The words for columns and choices: each says one thing, and what the template offers is understood."""

import pytest

from huoshui.lake.intake.words import (
    CHOICE_WORDS,
    COLUMN_WORDS,
    FILE_WORDS,
    choice_words,
    column_words,
    fold,
    fold_value,
    is_fen_header,
    is_percent_header,
    is_personal_header,
    is_secret_header,
    spoken_choices,
)
from huoshui.lake.tables import TABLES


@pytest.mark.parametrize("name", TABLES)
def test_a_word_stands_for_one_column(name: str) -> None:
    known = {fold(c.name): c.name for c in TABLES[name].columns} | {
        fold(c.title.zh): c.name for c in TABLES[name].columns
    }
    for column, text in COLUMN_WORDS[name].items():
        for word in map(fold, text.split()):
            assert known.setdefault(word, column) == column, word


def test_a_word_stands_for_one_choice() -> None:
    for (table, column), choices in CHOICE_WORDS.items():
        known = {choice: choice for choice in TABLES[table].column(column).choices}
        for choice, text in choices.items():
            assert choice in known
            for word in map(fold_value, text.split()):
                assert known.setdefault(word, choice) == choice, (table, column, word)


def test_every_choice_has_a_chinese_word() -> None:
    for name, table in TABLES.items():
        for column in table.columns:
            if column.kind == "choice":
                assert set(spoken_choices(name, column)) == set(column.choices), (name, column.name)
                assert set(choice_words(name, column).values()) == set(column.choices)


def test_every_table_and_column_is_known_by_its_own_name_and_titles() -> None:
    assert set(FILE_WORDS) == set(COLUMN_WORDS) == set(TABLES)
    for name, table in TABLES.items():
        for column in table.columns:
            for word in (column.name, column.title.zh, column.title.en):
                assert column_words(name)[fold(word)] == column.name


@pytest.mark.parametrize(
    "header", ["实付金额(元)", "实付金额（元）", " 实付 金额 ", "实付金额[CNY]", "实付金额*", "实付金额："]
)
def test_headers_are_compared_folded(header: str) -> None:
    assert fold(header) == "实付金额"


def test_units_stand_in_headers() -> None:
    assert is_fen_header("金额(分)")
    assert is_fen_header("amount_fen")
    assert not is_fen_header("积分")
    assert is_percent_header("费率(%)")
    assert is_percent_header("rate_percent")
    assert not is_percent_header("费率")


@pytest.mark.parametrize(
    "header", ["卡密", "card_secret", "密码", "password", "api_key", "app_key", "Token", "salt", "发货内容"]
)
def test_secrets_are_seen(header: str) -> None:
    assert is_secret_header(header)


@pytest.mark.parametrize(
    "header", ["手机号", "收货地址", "last_login_ip", "ip", "qq", "真实姓名", "nick_email"]
)
def test_persons_are_seen(header: str) -> None:
    assert is_personal_header(header)


def test_our_own_columns_are_no_secrets() -> None:
    for table in TABLES.values():
        for column in table.columns:
            assert not is_secret_header(column.name)
            assert not is_secret_header(column.title.zh)
