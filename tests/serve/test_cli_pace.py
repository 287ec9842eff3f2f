"""`huoshui pace` as people run it, on a small simulated platform with a month half past, and what it refuses."""

import json
import zipfile
from pathlib import Path

import pytest

from huoshui.serve.cli import main
from huoshui.sim.files import write_canonical
from huoshui.sim.world import make_world

CALENDAR = """
settle_hours = 24
[[day]]
date = "2026-10-24"
name = "sale"
factor = 3
value_factor = 1.4
protected_yuan = "500"
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pace") / "shop"
    write_canonical(make_world(5, users=1_200, months=4), folder)
    (folder / "calendar.toml").write_text(CALENDAR, encoding="utf-8")
    return folder


def test_a_month_half_past_is_paced_from_where_the_files_end(shop, capsys):
    asked = [
        "pace",
        str(shop),
        "--period",
        "2026-10",
        "--budget",
        "5万",
        "--what-if",
        "peaks=double",
        "--json",
    ]
    assert main(asked) in (0, 4)
    told = json.loads(capsys.readouterr().out)
    assert told["simulated"] is True
    out = shop / "huoshui-pace"
    pace = json.loads((out / "pace.json").read_text("utf-8"))
    past = [day for day in pace["days"] if day["past"]]
    assert pace["scope"]["begins"] == "2026-10-21"
    assert len(past) == 20
    assert len(pace["days"]) == 31
    assert pace["committed_fen"] == round(sum(day["granted_est"] for day in past)) > 0
    assert pace["left_fen"] == pace["offers_fen"] - pace["committed_fen"] + pace["released_fen"]
    assert pace["what_ifs"][0]["code"] == "peaks"
    assert [peak["day"] for peak in pace["peaks"]] == ["2026-10-24"]
    assert pace["settle_hours"] == 24
    assert "模拟数据" in (out / "pace.html").read_text("utf-8")
    assert zipfile.is_zipfile(out / "pace.xlsx")


@pytest.mark.parametrize(
    "more",
    [
        ["--period", "2026-09"],
        ["--what-if", "weather=+5%"],
        ["--calendar", "no-such.toml"],
        ["--budget", "much"],
    ],
)
def test_what_cannot_be_paced_is_refused_with_a_reason(shop, capsys, more):
    options = {"--period": "2026-10", "--budget": "5万", "--lang": "en"} | dict([more])
    asked = ["pace", str(shop), *(word for pair in options.items() for word in pair)]
    assert main(asked) not in (0, 4)
    assert capsys.readouterr().err


def test_the_example_of_a_calendar_can_be_read_again(tmp_path, capsys):
    assert main(["pace", "--calendar-example", "--lang", "zh"]) == 0
    assert "[[day]]" in capsys.readouterr().out
