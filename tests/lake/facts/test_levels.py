"""The drain loop on a shop worked out by hand: whose orders got a level that only bonus had reached."""

from pathlib import Path

from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.facts import Facts
from huoshui.flow.gathering import gather
from huoshui.lake.engines import open_lake
from huoshui.lake.intake import read_folder

FILES = {
    "levels": "level,threshold,discount\n1,0,0\n2,100,0.05\n3,200,0.1\n",
    "users": "user_id,status\nabe,abuser\ntom,active\nuna,active\n",
    # Top-ups of one instant count together from then on: with 180 of one's own and 40 of bonus, level 3 for level 2.
    "recharges": """
recharge_id,user_id,created_at,status,amount,bonus
r1,tom,2026-01-01 10:00:00,paid,90,0
r2,tom,2026-01-01 10:00:00,paid,90,40
r3,abe,2026-01-01 10:00:00,paid,180,40
r4,una,2026-01-01 10:00:00,paid,180,40
r5,una,2026-01-03 10:00:00,paid,20,0
""",
    "orders": """
order_id,user_id,created_at,status,paid,level_discount
t0,tom,2026-01-01 09:59:59,paid,95,5
t1,tom,2026-01-01 10:00:00,paid,90,10
t2,tom,2026-01-04 10:00:00,paid,95,5
t3,tom,2026-01-05 10:00:00,unpaid,90,10
a1,abe,2026-01-02 10:00:00,paid,90,10
u1,una,2026-01-02 10:00:00,paid,90,10
u2,una,2026-01-03 10:00:00,paid,90,10
g1,,2026-01-02 10:00:00,paid,90,10
""",
}


def test_orders_at_a_level_that_only_bonus_reached_are_the_loop(tmp_path):
    told = _gathered(tmp_path)
    assert told.drain is not None
    # Tom's t1 and Una's u1 got level 3 for level 2; t2 got what Tom's own money had earned; by u2 so had Una's.
    assert (told.drain.users, told.drain.orders, told.drain.fits_without) == (2, 2, 1)
    assert (told.drain.excess_discount_fen, told.drain.discount_fen) == (1_000, 2_500)
    rows = told.rows["drain_loop"].rows
    assert [row[0] for row in rows] == ["t1", "u1"], "an abuser's order and one never paid for are not in it"


def _gathered(base: Path) -> Facts:
    (base / "files").mkdir()
    for name, text in FILES.items():
        (base / "files" / f"{name}.csv").write_text(text.lstrip(), encoding="utf-8")
    intake = read_folder(
        base / "files", work=base / "work", memory_bytes=400_000_000, language="zh", progress=None
    )
    lake = open_lake(intake.sources, work=base / "work", memory_bytes=400_000_000, threads=1)
    try:
        return gather(lake, Assumptions(), step=lambda _: None)
    finally:
        lake.close()
