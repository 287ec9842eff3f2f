"""A policy through a month: it asks, the ledger's floor holds, coins fall, and it is told what an installation sees."""

from dataclasses import dataclass

import numpy as np

from _pacing.shop import AUDIENCES, DAYS, HOURS, Asked, Floats, Ints, Policy, Shop
from _pacing.world import HELD_OUT_ERROR, LIMIT_HOURS, Month, uses_of
from huoshui.core.pacing import Measured, Observed, Settled

WINDOW_DAYS = 14
"""A day's grants can be measured against the holdout only when their window has passed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a month came to. `value`: true expected value of what was granted; `spent_fen`: really used.

    `over_fen`: the most that used and open came to beyond the budget at any hour. In days, DAYS for never: `out_day`,
    from which on the floor refused most of what was asked for over a day; `first_refused_day`, of a single user.
    By use, what was tied up at the end: `early_est`, expected cost at the plain mean of the days' redemption, and
    `late_fen`, face of what settles later.
    """

    value: float
    spent_fen: int
    over_fen: int
    out_day: float
    first_refused_day: float
    early_est: tuple[float, ...]
    late_fen: tuple[float, ...]
    prices: Floats

    def had(self, rate: float) -> tuple[float, ...]:
        """By use, what it had of its minimum at `rate` times that redemption."""
        return tuple(rate * early + late for early, late in zip(self.early_est, self.late_fen, strict=True))


class Ledger:
    """Face granted, used and released: what is left is the floor, whatever anybody believes."""

    def __init__(self, shop: Shop, hours: int) -> None:
        self.budget, self.committed, self.released = shop.budget_fen, 0, 0
        self.used = np.zeros((hours, LIMIT_HOURS), np.int64)
        self.face = np.zeros(hours, np.int64)
        self.over = 0

    @property
    def left(self) -> int:
        """The uncommitted rest."""
        return self.budget - self.committed + self.released

    def settle(self, hour: int) -> tuple[Settled, ...]:
        """What shows in an hour."""
        told = []
        for granted in range(max(0, hour - LIMIT_HOURS + 1), hour + 1):
            age = hour - granted
            used = int(self.used[granted, age])
            released = int(self.face[granted] - self.used[granted].sum()) if age == LIMIT_HOURS - 1 else 0
            self.released += released
            if used or released:
                told.append(Settled(granted, used, released))
        self.over = max(self.over, -self.left)
        return tuple(told)


def play(shop: Shop, month: Month, policy: Policy) -> Outcome:
    """The whole month."""
    hours = DAYS * HOURS
    ledger = Ledger(shop, hours)
    bounds = np.searchsorted(month.hour, np.arange(hours + 1))
    faces = np.array(shop.faces_fen, np.int64)
    use = uses_of(month)
    late = month.hour + LIMIT_HOURS >= hours
    value, asked_fen, refused_fen = 0.0, np.zeros(hours), np.zeros(hours)
    early, face_late = np.zeros(3), np.zeros(3)
    promised, brought = np.zeros(DAYS), np.zeros(DAYS)
    prices = np.zeros(hours)
    for hour in range(hours):
        own = slice(int(bounds[hour]), int(bounds[hour + 1]))
        asked = policy.ask()
        prices[hour] = asked.model_price_est[0] if asked.model_price_est else 0.0
        level = wanted(month, own, asked, faces)
        face = np.where(level > 0, faces[level - 1], 0)
        kept = within_floor(face, month.audience[own], asked, ledger.left)
        asked_fen[hour], refused_fen[hour] = face.sum(), face[~kept].sum()
        level = np.where(kept, level, 0)
        some = np.flatnonzero(level)
        at, taken = some + own.start, level[some] - 1
        granted = faces[taken]
        true_cost, true_value = month.cost[at, taken], month.value[at, taken]
        value += float(true_value.sum())
        mean_cost = month.mean_cost[at, taken]
        early += np.bincount(use[at], weights=np.where(late[at], 0.0, mean_cost), minlength=3)
        face_late += np.bincount(use[at], weights=np.where(late[at], granted, 0), minlength=3)
        used = month.coin[at] < true_cost / granted
        np.add.at(ledger.used[hour], month.delay[at][used], granted[used])
        ledger.face[hour] = granted.sum()
        ledger.committed += int(granted.sum())
        ledger.over = max(ledger.over, -ledger.left)
        day = hour // HOURS
        factor = 1.4 if np.isin(hour, month.peak_hours) else 1.0
        promised[day] += float(month.model_value[at, taken].sum()) * factor
        brought[day] += float(true_value.sum())
        audience = month.audience[at]
        policy.told(
            Observed(
                hour,
                tuple(np.bincount(month.audience[own], minlength=2).tolist()),
                tuple(int(granted[audience == one].sum()) for one in range(len(AUDIENCES))),
                tuple(
                    float(month.model_cost[at, taken][audience == one].sum()) for one in range(len(AUDIENCES))
                ),
                ledger.settle(hour),
                _measured(month, hour, promised, brought),
            )
        )
    spent = int(ledger.used.sum())
    first, out = first_refused(refused_fen), out_of_money(asked_fen, refused_fen)
    return Outcome(
        value, spent, ledger.over, out, first, tuple(early.tolist()), tuple(face_late.tolist()), prices
    )


def first_refused(refused: Floats) -> float:
    """The day on which anybody was first refused."""
    hours = np.flatnonzero(refused > 0)
    return float(hours[0] / HOURS) if len(hours) else float(DAYS)


def out_of_money(asked: Floats, refused: Floats) -> float:
    """The day from which on, for a day, most of what was asked for was refused."""
    for hour in np.flatnonzero(refused > 0):
        day = slice(hour, hour + HOURS)
        if refused[day].sum() > asked[day].sum() / 2:
            return float(hour / HOURS)
    return float(DAYS)


def wanted(month: Month, own: slice, asked: Asked, faces: Ints) -> Ints:
    """The level each arrival of an hour would get; explorers what chance drew."""
    if asked.model_price_est is None:
        level = np.full(own.stop - own.start, month.model_value.shape[1])
    else:
        price = np.array(asked.model_price_est)[month.audience[own]]
        on_face = np.array(asked.face_price_est)[month.audience[own]]
        score = month.model_value[own] - price[:, None] * month.model_cost[own] - on_face[:, None] * faces
        best = score.argmax(axis=1)
        level = np.where(score[np.arange(len(best)), best] > 0, best + 1, 0)
    return np.where(month.explores[own], month.explored[own], level)


def within_floor(face: Ints, audience: Ints, asked: Asked, left: int) -> np.ndarray:
    """Who is served in the order of arrival, before the floor or a policy's own bound stops them."""
    room = np.minimum(np.array(asked.may_commit_fen, np.int64), left)
    if int(face.sum()) <= int(room.min()):
        return np.ones(len(face), bool)
    kept, committed = np.zeros(len(face), bool), 0
    for place, (fen, who) in enumerate(zip(face.tolist(), audience.tolist(), strict=True)):
        if committed + fen <= room[who]:
            kept[place] = True
            committed += fen
    return kept


def _measured(month: Month, hour: int, promised: Floats, brought: Floats) -> Measured | None:
    """Once a day, what a holdout says of the day two weeks before."""
    day = hour // HOURS - WINDOW_DAYS
    if hour % HOURS or day < 0 or not promised[day]:
        return None
    error = HELD_OUT_ERROR * promised[day]
    return Measured(promised[day], float(brought[day] + error * month.measured_noise[day]), float(error**2))
