"""The close's page, workbook and lines from figures made by hand: both languages, to the fen, safe with any name."""

import re
from pathlib import Path
from types import ModuleType

import openpyxl
import pytest
from html_pages import DESK, PHONE, Read

from huoshui.base.errors import Language
from huoshui.serve.close_page import close_lines, close_page, write_close_workbook

LANGUAGES: list[Language] = ["zh", "en"]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def read(text: str) -> Read:
    page = Read()
    page.feed(text)
    return page


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_shows_every_amount_to_the_fen_and_who_signed(made: ModuleType, language: Language) -> None:
    text = read(close_page(made.even(), language)).text
    for amount in ("4,574.43", "21,557.77", "-9,876.54", "12,345.67", "68.00", "7.77", "3,571.43"):
        assert amount in text
    assert "财务甲" in text
    assert bytes(range(32)).hex() in text
    assert ("一分不差" if language == "zh" else "balance to the fen") in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_off_stands_on_the_first_sheet(made: ModuleType, language: Language) -> None:
    text = read(close_page(made.off(), language)).text
    count = len(made.off().closing.figures.off)
    assert count == 7
    assert (f"有 {count} 处对不上" if language == "zh" else f"{count} things do not add up") in text
    assert "通道次日结算" in text
    assert "600.00" in text


@pytest.mark.parametrize(("language", "words"), [("zh", "模拟数据"), ("en", "SIMULATED DATA")])
def test_simulated_books_say_so_wherever_they_show(
    made: ModuleType, tmp_path: Path, language: Language, words: str
) -> None:
    """In the window's title, above and below the page, on each sheet of paper and of the workbook, in line 1."""
    page = close_page(made.simulated(), language)
    found = read(page)
    assert page.index(words) < page.index("</title>")
    assert found.text.upper().count(words) >= 3
    assert "@top-center" in page
    assert words in close_lines(made.simulated(), language)[0]
    path = tmp_path / "close.xlsx"
    write_close_workbook(made.simulated(), path, language)
    for sheet in openpyxl.load_workbook(path):
        top = [str(cell.value) for row in sheet.iter_rows(max_row=3) for cell in row]
        assert any(words in cell.upper() for cell in top), sheet.title


@pytest.mark.parametrize("language", LANGUAGES)
def test_real_books_are_not_called_simulated(made: ModuleType, tmp_path: Path, language: Language) -> None:
    said = close_page(made.even(), language) + "".join(close_lines(made.even(), language))
    path = tmp_path / "close.xlsx"
    write_close_workbook(made.even(), path, language)
    cells = [str(c.value) for s in openpyxl.load_workbook(path) for row in s.iter_rows() for c in row]
    for words in ("模拟数据", "SIMULATED"):
        assert words not in said
        assert words not in "".join(cells)


@pytest.mark.parametrize("name", ["even", "off", "draft"])
def test_no_name_can_break_the_page(made: ModuleType, name: str) -> None:
    page = read(close_page(getattr(made, name)(), "zh"))
    assert made.HOSTILE in page.text
    assert [tag for tag, _ in page.elements if tag == "b"] == ["b"]
    assert len(page.scripts) == 3
    assert len(close_page(getattr(made, name)(), "zh")) < 100_000, "a page without charts carries no library"


def test_an_english_page_has_no_chinese_of_ours(made: ModuleType) -> None:
    ours = read(close_page(made.draft(), "en")).text
    for given in ("甲代理 (一级)", "老客召回", "大促", "财务甲", "财务乙", "运营丙", "发错了", "活水"):
        ours = ours.replace(given, "")
    assert CHINESE.findall(ours) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_lines_of_the_terminal(made: ModuleType, language: Language) -> None:
    lines = close_lines(made.even(), language)
    assert len(lines) <= 10
    assert all(amount in lines[1] for amount in ("2,500.05", "12,345.67", "-9,876.54", "4,574.43"))
    assert "huoshui receipt" in lines[-1]
    assert "--sign" in close_lines(made.draft(), language)[-1]


def test_workbook_holds_numbers_and_no_formula(made: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "close.xlsx"
    write_close_workbook(made.off(), path, "zh")
    book = openpyxl.load_workbook(path)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []
    users = book["用户余额"]
    closing = [cell.value for cell in list(users.iter_rows())[-1]]
    assert closing == ["期末", None, 4574.43, 21557.77, 68]
    moved = [row[2].value or 0 for row in list(users.iter_rows())[1:-1]]
    assert round(sum(moved), 2) == 4574.43
    assert {"分活动", "分代理", "三方核对", "审批", "对不上的地方"} <= set(book.sheetnames)


@pytest.mark.parametrize(
    ("name", "language", "size", "scheme"),
    [
        ("even", "zh", DESK, "light"),
        ("off", "zh", PHONE, "dark"),
        ("off", "en", DESK, "dark"),
        ("draft", "en", PHONE, "light"),
    ],
)
def test_opens_without_network_or_complaint_and_fits(
    browser,
    made: ModuleType,
    tmp_path: Path,
    name: str,
    language: Language,
    size: dict[str, int],
    scheme: str,
) -> None:
    path = tmp_path / "close.html"
    path.write_text(close_page(getattr(made, name)(), language), encoding="utf-8")
    context = browser.new_context(viewport=size, color_scheme=scheme)
    page = context.new_page()
    complaints, asked = [], []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_function("document.documentElement.dataset.ready === 'true'")
    assert complaints == []
    assert [url for url in asked if not url.startswith("file:")] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_first_sheet_of_paper_holds_roll_forward_and_signature(
    browser, made: ModuleType, tmp_path: Path, language: Language
) -> None:
    pypdf = pytest.importorskip("pypdf")
    html, pdf = tmp_path / "close.html", tmp_path / "close.pdf"
    html.write_text(close_page(made.off(), language), encoding="utf-8")
    page = browser.new_page()
    page.goto(html.as_uri())
    page.pdf(path=pdf, prefer_css_page_size=True)
    page.close()
    sheets = pypdf.PdfReader(pdf).pages
    assert [round(float(side)) for side in sheets[0].mediabox[2:]] == [595, 842]
    first = sheets[0].extract_text()
    assert "4,574.43" in first
    assert "____" in first
    assert len(sheets) <= 4
