"""Who gets what at which price: the knapsack of levels and users, solved by its dual. See docs/spec/allocation.md."""

from huoshui.core.allocate.compare import RulePrice, WhatIf, curve, price_of_rule, what_if
from huoshui.core.allocate.coupled import solve
from huoshui.core.allocate.explain import Candidate, Explanation, Obstacle, explain, next_amounts
from huoshui.core.allocate.one_budget import solve_one_budget
from huoshui.core.allocate.relax import Impossible, Loosening, Relaxation
from huoshui.core.allocate.rows import (
    EVERYTHING,
    Scope,
    at_least,
    at_most,
    return_at_least,
    share_at_least,
    share_at_most,
)
from huoshui.core.allocate.values import Certificate, CurvePoint, Offers, Option, Plan, Row, RowResult

__all__ = [
    "EVERYTHING",
    "Candidate",
    "Certificate",
    "CurvePoint",
    "Explanation",
    "Impossible",
    "Loosening",
    "Obstacle",
    "Offers",
    "Option",
    "Plan",
    "Relaxation",
    "Row",
    "RowResult",
    "RulePrice",
    "Scope",
    "WhatIf",
    "at_least",
    "at_most",
    "curve",
    "explain",
    "next_amounts",
    "price_of_rule",
    "return_at_least",
    "share_at_least",
    "share_at_most",
    "solve",
    "solve_one_budget",
    "what_if",
]
