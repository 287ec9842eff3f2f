"""Who gets what at which price: the knapsack of levels and users, solved by its dual. See docs/spec/allocation.md."""

from huoshui.core.allocate.one_budget import solve_one_budget
from huoshui.core.allocate.values import Certificate, CurvePoint, Offers, Option, Plan, Row, RowResult

__all__ = ["Certificate", "CurvePoint", "Offers", "Option", "Plan", "Row", "RowResult", "solve_one_budget"]
