"""Fact rows for tests, with every field that a test does not speak of set to something harmless."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import numpy as np

from huoshui.core.costs.facts import (
    AgentSums,
    ArmMoments,
    CampaignTerms,
    CostRule,
    Facts,
    GrantSums,
    MonthSums,
    OrderSums,
    UnitCostSums,
)
from huoshui.core.costs.values import AmountOutcome, CampaignOutcome, Scope


def scope(**given: Any) -> Scope:
    """Sixty days of one shop."""
    usual: dict[str, Any] = {
        "first_day": "2026-07-01",
        "last_day": "2026-08-29",
        "days": 60,
        "months": ("2026-07", "2026-08"),
        "orders": 100,
        "users": 50,
        "simulated": False,
        "gross": False,
        "book_mode": "mirror",
        "lots_inferred": True,
        "history_before": True,
        "tables": ("orders", "users", "balance_entries"),
        "missing_tables": (),
    }
    return Scope(**(usual | given))


def facts(**given: Any) -> Facts:
    """Facts that hold what is given and nothing else."""
    return Facts(**({"scope": scope(), "orders": [], "months": []} | given))


def orders_row(**given: Any) -> OrderSums:
    """Orders of one month; `value_fen` follows from the parts unless given."""
    row: dict[str, Any] = _zeroes(OrderSums) | {"month": "2026-07", "source": "direct", "abuser": False}
    row |= given
    if "paid_fen" not in given:
        row["paid_fen"] = row["price_fen"] - row["principal_fen"] - row["bonus_fen"]
    if "value_fen" not in given:
        taken = ("refund", "goods", "goods_estimated", "fee", "site_fee", "platform_cut", "agent")
        row["value_fen"] = row["price_fen"] - sum(row[f"{name}_fen"] for name in taken)
    return OrderSums(**row)


def agent_row(**given: Any) -> AgentSums:
    """What one agent took."""
    return AgentSums(**(_zeroes(AgentSums) | {"source": "agent", "layer": 1, "agent_id": "a"} | given))


def grants_row(**given: Any) -> GrantSums:
    """Bonus of one month; open is what neither was spent nor expired unless given."""
    row = _zeroes(GrantSums) | {"month": "2026-07", "kind": "task", "campaign_id": None, "abuser": False}
    row |= given
    if "open_fen" not in given:
        row["open_fen"] = row["issued_fen"] - row["spent_fen"] - row["expired_fen"]
    return GrantSums(**row)


def unit_row(**given: Any) -> UnitCostSums:
    """One cell of unit costs, of everything unless it says more."""
    usual = {
        "kind": "CAC",
        "depth": "all",
        "month": None,
        "segment": None,
        "campaign_id": None,
        "source": None,
    }
    return UnitCostSums(**(_zeroes(UnitCostSums) | usual | given))


def month_row(**given: Any) -> MonthSums:
    """One month's people."""
    return MonthSums(**(_zeroes(MonthSums) | {"month": "2026-07", "days": 31} | given))


def terms(**given: Any) -> CampaignTerms:
    """A campaign with a bar of 1 and a window of 14 days."""
    usual: dict[str, Any] = {
        "campaign_id": "c",
        "name": "C",
        "purpose": None,
        "first_day": None,
        "last_day": None,
        "budget_fen": None,
        "bar": 1.0,
        "window_days": 14,
        "value_cap_fen": None,
    }
    return CampaignTerms(**(usual | given))


def rule(**given: Any) -> CostRule:
    """A row of `costs` that covers everything at all times."""
    usual: dict[str, Any] = {
        "scope": "all",
        "scope_id": None,
        "part": "risk_reserve",
        "base": "bonus_issued",
        "first_day": None,
        "last_day": None,
        "rate": 0.0,
        "fixed_fen": 0,
    }
    return CostRule(**(usual | given))


def cell(
    value: Iterable[float],
    *,
    before: Iterable[float] | None = None,
    weight: Iterable[float] | None = None,
    **given: Any,
) -> ArmMoments:
    """The moments of these users' values, written out as the definition of each field says."""
    y = np.asarray(list(value), dtype=np.float64)
    x = np.zeros(len(y)) if before is None else np.asarray(list(before), dtype=np.float64)
    w = np.ones(len(y)) if weight is None else np.asarray(list(weight), dtype=np.float64)
    usual: dict[str, Any] = _zeroes(ArmMoments) | {
        "campaign_id": "c",
        "month": "2026-07",
        "segment": "regular",
        "control": False,
        "n_all": len(y),
        "maturity_sum": float(len(y)),
        "n": len(y),
        "buyers": int((y != 0).sum()),
        "sum_w": w.sum(),
        "sum_wy": (w * y).sum(),
        "sum_w2": (w * w).sum(),
        "sum_w2y": (w * w * y).sum(),
        "sum_w2y2": (w * w * y * y).sum(),
        "sum_wx": (w * x).sum(),
        "sum_w2x": (w * w * x).sum(),
        "sum_w2x2": (w * w * x * x).sum(),
        "sum_w2xy": (w * w * x * y).sum(),
    }
    bought = given.get("buyers", int((y != 0).sum())) / max(1, len(y))
    usual |= {"sum_wb": bought * w.sum(), "sum_w2b": bought * (w * w).sum()}
    return ArmMoments(**(usual | given))


def amount_row(**given: Any) -> AmountOutcome:
    """One amount of a campaign whose interval is its value give or take 100 unless given."""
    value = given.get("value_per_user_est", 0.0)
    usual = _zeroes(AmountOutcome) | {"n": 1_000, "low_est": value - 100, "high_est": value + 100}
    return AmountOutcome(**(usual | given))


def outcome(**given: Any) -> CampaignOutcome:
    """A campaign without a control about which nobody knows anything."""
    usual: dict[str, Any] = dict.fromkeys((f.name for f in fields(CampaignOutcome)), None) | {
        "campaign_id": "c",
        "name": "C",
        "window_days": 14,
        "bar_est": 1.0,
        "users_treated": 1_000,
        "users_control": 0,
        "granted_fen": 0,
        "spent_fen": 0,
        "expired_fen": 0,
        "open_fen": 0,
        "cost_fen_est": 0.0,
        "maturity_est": 1.0,
        "verdict": "unknown",
        "amounts": (),
        "gross": False,
    }
    return CampaignOutcome(**(usual | given))


def _zeroes(row: type) -> dict[str, Any]:
    return {f.name: 0 for f in fields(row)}
