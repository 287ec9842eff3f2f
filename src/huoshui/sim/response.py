"""What an amount would bring from everyone: expected value and cost by person, campaign and amount.

Kept on the world for planning work; never written to a file.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from huoshui.sim.arrays import Floats, Ints
from huoshui.sim.campaigns import LEVELS_FEN, PLANS, WINDOW_DAYS, Curves
from huoshui.sim.orders import Calendar, Orders
from huoshui.sim.people import People


@dataclass(frozen=True, slots=True)
class Response:
    """Arrays (user, campaign, level): expected fen of value in the window, fen spent, extra orders."""

    campaigns: tuple[str, ...]
    levels_fen: tuple[int, ...]
    value_est: npt.NDArray[np.float32]
    cost_est: npt.NDArray[np.float32]
    orders_est: npt.NDArray[np.float32]


def expected_response(
    people: People, curves: Curves, orders: Orders, value_fen: Ints, take_up: Floats, calendar: Calendar
) -> Response:
    """Curves times the worth of such a person's order; `take_up` is the share spent, by campaign."""
    users = np.arange(people.users)
    worth = _worth_of_an_order(people, orders, value_fen)[users]
    base_orders = people.orders_per_day[users] * calendar.busy_mean * WINDOW_DAYS
    shape = (people.users, len(PLANS), len(LEVELS_FEN))
    extra, cost = np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.float32)
    for number in range(len(PLANS)):
        for step, amount in enumerate(LEVELS_FEN):
            answer = curves.extra_orders(users, number, np.full(people.users, float(amount)))
            extra[:, number, step] = np.where(answer < 0, answer * base_orders, answer)
            cost[:, number, step] = amount * take_up[number]
    value = extra * worth[:, None, None].astype(np.float32)
    return Response(tuple(plan.key for plan in PLANS), LEVELS_FEN, value, cost, extra)


def _worth_of_an_order(people: People, orders: Orders, value_fen: Ints) -> Floats:
    """Mean value of an order of people with the same source and basket; else the overall mean."""
    cells = int(people.source.max() + 1) * int(people.basket.max() + 1)
    cell_of = people.source * int(people.basket.max() + 1) + people.basket
    counted = orders.sold
    number = np.bincount(cell_of[orders.person[counted]], minlength=cells)
    total = np.bincount(
        cell_of[orders.person[counted]], weights=value_fen[counted].astype(np.float64), minlength=cells
    )
    overall = total.sum() / max(1, number.sum())
    return np.asarray(np.where(number > 0, total / np.maximum(1, number), overall)[cell_of])
