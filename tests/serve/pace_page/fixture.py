"""Paces made by hand: one that lasts exactly, one that keeps money, one that is empty."""

from dataclasses import replace

from huoshui.base.errors import Text
from huoshui.core.allocate.plan_values import ReserveLine
from huoshui.core.pacing.pace_values import (
    PaceDay,
    PaceScope,
    PaceWhatIf,
    PeakSaid,
    PeriodPace,
    UsePaced,
)
from huoshui.serve.pace_page import PaceInput

MADE = "2026-12-15 09:00"
DANGEROUS = "</script><script>alert(1)</script>{x}"


def lasting() -> PaceInput:
    """A month half past, with a peak of a dangerous name ahead."""
    return PaceInput(pace=_pace(), folder_name="演示店", made_at=MADE)


def keeping() -> PaceInput:
    """The same where the price is the edge and money stays."""
    return PaceInput(
        pace=replace(_pace(), price_est=1.0, rest_stays_est=250_000.0), folder_name="shop", made_at=MADE
    )


def empty() -> PaceInput:
    """Nothing left, nothing known of the runway's end."""
    pace = replace(_pace(), left_fen=0, back_est=0.0, runway_est=0.0, runway_low_est=0.0, runway_high_est=0.0)
    return PaceInput(pace=replace(pace, peaks=(), uses=(), what_ifs=()), folder_name="shop", made_at=MADE)


def _pace() -> PeriodPace:
    days = tuple(
        PaceDay(
            day=f"2026-12-{number:02d}",
            kind="weekend" if number % 7 in (5, 6) else "weekday",
            peak=DANGEROUS if number == 20 else None,
            arrivals_est=1_000.0,
            arrivals_low_est=900.0,
            arrivals_high_est=1_100.0,
            granted_est=60_000.0,
            used_est=40_000.0,
            value_est=None if number < 15 else 70_000.0,
            price_est=None if number < 15 else 1.31,
            left_est=2_000_000.0 - 60_000 * number,
            past=number < 15,
        )
        for number in range(1, 32)
    )
    return PeriodPace(
        scope=PaceScope(
            "2026-12", "2026-12-01", "2026-12-31", "2026-12-15", "2026-08-01", "2026-12-14", "events", 19, True, False
        ),
        budget_fen=3_000_000,
        edge_est=1.0,
        price_est=1.31,
        reserves=(ReserveLine("entitlements", 900_000), ReserveLine("exploration", 100_000, 30)),
        offers_fen=2_000_000,
        committed_fen=840_000,
        released_fen=100_000,
        left_fen=1_260_000,
        back_est=80_000.0,
        rest_stays_est=0.0,
        used_est=680_000.0,
        value_est=1_190_000.0,
        runway_est=17.4,
        runway_low_est=14.2,
        runway_high_est=21.0,
        level_sd=0.08,
        settle_hours=48,
        use_share_est=0.66,
        a_day_est=(("weekday", 1_000.0), ("weekend", 1_200.0)),
        peaks=(PeakSaid("2026-12-20", DANGEROUS, 3.0, 1.4, "operator"),),
        days=days,
        uses=(UsePaced(DANGEROUS, 200_000, 230_000.0, 1.1),),
        what_ifs=(
            PaceWhatIf("traffic", 1.25, 3_000_000, 1.52, 690_000.0, 1.3e6, 0.0, None, "2026-12-27", 1.1e6, 0.0),
            PaceWhatIf("traffic", 0.75, 3_000_000, 1.1, 600_000.0, 1.0e6, 0.0, None, None, 0.9e6, 180_000.0),
            PaceWhatIf("peaks", 0.5, 3_000_000, 1.28, 680_000.0, 1.1e6, 0.0, None, None, 1.1e6, 10_000.0),
            PaceWhatIf("budget", 1.2, 3_600_000, 1.05, 900_000.0, 1.5e6, 0.0, "2026-12-30", None, 1.2e6, 0.0),
        ),
        notes=(Text("假定 {y}", "assumes {y}"),),
    )  # fmt: skip
