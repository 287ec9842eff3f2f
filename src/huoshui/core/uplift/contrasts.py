"""What the arms of one campaign say by segment and amount: differences to control with their joint error.

One control serves every amount of its segment, so the errors of a segment's amounts move together: each segment has a
covariance, not a column of errors. Where months differ by more than chance only those since the change are read.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np
import numpy.typing as npt

from huoshui.core.costs.effects import Arm, slope
from huoshui.core.costs.facts import ArmMoments
from huoshui.core.costs.values import Segment

Floats = npt.NDArray[np.float64]
CHANGE_LEVEL = 0.01
"""Months are told apart where chance would do so once in a hundred campaigns."""
VARIANCE_USERS = 20
"""The spread of a small arm is drawn to that of its campaign as if so many users had shown it."""
USERS_LEAST = 5
"""Fewer users in an arm say nothing of their own."""
UNSEEN = 1e6
"""Variance of what was not seen, in squared worths of a buyer: the pooled figure stands in its place."""


@dataclass(frozen=True, slots=True)
class Contrasts:
    """Of one campaign: value beyond control by (segment, amount), in fen a user.

    `covariance` is (segment, amount, amount); `n` (segment, amount) and `n_control` (segment,) count users whose
    window has passed; `worth_fen` (segment,) is what a buyer of the segment is worth in a window, `rate` (segment,) the
    share of its users who buy in one without a reward. `since` (segment,) is the first month read.
    """

    campaign_id: str
    segments: tuple[Segment, ...]
    amounts_fen: tuple[int, ...]
    effect: Floats
    covariance: Floats
    n: npt.NDArray[np.int64]
    n_control: npt.NDArray[np.int64]
    worth_fen: Floats
    rate: Floats
    since: tuple[str, ...]
    change: "Change | None"
    cells: tuple[ArmMoments, ...]
    """Those read."""


@dataclass(frozen=True, slots=True)
class Change:
    """A campaign's effect before and since `month`, in fen a user, over all its segments and amounts."""

    month: str
    before_est: float
    since_est: float


def contrasts_of(
    campaign_id: str, cells: Sequence[ArmMoments], segments: tuple[Segment, ...]
) -> Contrasts | None:
    """The contrasts of one campaign; None without a control or without a treated arm."""
    seen = [cell for cell in cells if cell.n > 0]
    amounts = tuple(sorted({cell.amount_fen for cell in seen if not cell.control and cell.amount_fen > 0}))
    if not amounts or not any(cell.control for cell in seen):
        return None
    theta = slope(_arms(seen))
    frame = _Frame(segments, amounts, theta, _spread(seen, theta))
    since, change = _since(seen, frame)
    read = [cell for cell in seen if cell.month >= since[cell.segment]]
    effect, covariance, n, n_control = frame.measured(read)
    return Contrasts(
        campaign_id=campaign_id,
        segments=segments,
        amounts_fen=amounts,
        effect=effect,
        covariance=covariance,
        n=n,
        n_control=n_control,
        worth_fen=frame.worth(seen),
        rate=frame.rate(seen),
        since=tuple(since[segment] for segment in segments),
        change=change,
        cells=tuple(read),
    )


def _arms(cells: Iterable[ArmMoments]) -> list[Arm]:
    """Arms within segments: what varies between segments is no spread of an arm."""
    parts: dict[tuple[Segment, bool, int], list[ArmMoments]] = defaultdict(list)
    for cell in cells:
        parts[cell.segment, cell.control, 0 if cell.control else cell.amount_fen].append(cell)
    return [Arm(amount, control, tuple(own)) for (_, control, amount), own in sorted(parts.items())]


def _spread(cells: Sequence[ArmMoments], theta: float) -> dict[Segment, float]:
    """Variance of one user's adjusted value by segment, over arms; no less than a hundredth of the campaign's."""
    squares: dict[Segment, float] = defaultdict(float)
    users: dict[Segment, float] = defaultdict(float)
    for arm in _arms(cells):
        segment = arm.cells[0].segment
        squares[segment] += _variance(arm, theta) * arm.n
        users[segment] += arm.n
    overall = sum(squares.values()) / max(1.0, sum(users.values()))
    return {
        segment: max(
            (squares[segment] + VARIANCE_USERS * overall) / (users[segment] + VARIANCE_USERS), overall / 100
        )
        for segment in squares
    }


def _variance(arm: Arm, theta: float) -> float:
    """Variance of y - theta x over the users of an arm, by their squared weights."""
    weight2 = arm.total("sum_w2")
    if weight2 <= 0:
        return 0.0
    mean = arm.mean("y") - theta * arm.mean("x")
    squares = arm.total("sum_w2y2") - 2 * theta * arm.total("sum_w2xy") + theta**2 * arm.total("sum_w2x2")
    sums = arm.total("sum_w2y") - theta * arm.total("sum_w2x")
    return max(0.0, squares - 2 * mean * sums + mean**2 * weight2) / weight2


@dataclass(frozen=True, slots=True)
class _Frame:
    """How cells of one campaign are measured: the same slope and spread whatever the months."""

    segments: tuple[Segment, ...]
    amounts_fen: tuple[int, ...]
    theta: float
    spread: dict[Segment, float]

    def measured(
        self, cells: Iterable[ArmMoments]
    ) -> tuple[Floats, Floats, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Effects, covariances, users treated and users of the control."""
        shape = (len(self.segments), len(self.amounts_fen))
        effect, n = np.zeros(shape), np.zeros(shape, np.int64)
        covariance = np.zeros((*shape, shape[1]))
        n_control = np.zeros(shape[0], np.int64)
        unseen = UNSEEN * max(1.0, max(self.spread.values(), default=1.0))
        by_arm = {(arm.cells[0].segment, arm.amount_fen): arm for arm in _arms(cells)}
        for row, segment in enumerate(self.segments):
            control = by_arm.get((segment, 0))
            n_control[row] = control.n if control else 0
            known = control is not None and control.n >= USERS_LEAST
            base, noise = self._mean(control, segment) if control is not None and known else (0.0, unseen)
            covariance[row] += noise
            for column, amount in enumerate(self.amounts_fen):
                arm = by_arm.get((segment, amount))
                n[row, column] = arm.n if arm else 0
                if arm is None or arm.n < USERS_LEAST or not known:
                    covariance[row, column, column] += unseen
                    continue
                mean, own = self._mean(arm, segment)
                effect[row, column] = mean - base
                covariance[row, column, column] += own
        return effect, covariance, n, n_control

    def _mean(self, arm: Arm, segment: Segment) -> tuple[float, float]:
        """Hajek mean of y - theta x and its variance; a small arm's spread is drawn to its segment's."""
        weight = arm.total("sum_w")
        share = arm.total("sum_w2") / weight**2
        own = _variance(arm, self.theta) * arm.n / max(1, arm.n - 1)
        spread = ((arm.n - 1) * own + VARIANCE_USERS * self.spread[segment]) / (arm.n - 1 + VARIANCE_USERS)
        return arm.mean("y") - self.theta * arm.mean("x"), spread * share

    def worth(self, cells: Sequence[ArmMoments]) -> Floats:
        """Fen that a buyer of each segment brings in a window, drawn to the campaign's as if 20 more were seen."""
        value, buyers = defaultdict[Segment, float](float), defaultdict[Segment, float](float)
        for cell in cells:
            value[cell.segment] += cell.sum_wy
            buyers[cell.segment] += cell.sum_wb
        whole = sum(buyers.values())
        overall = abs(sum(value.values())) / whole if whole > 0 else 0.0
        worths = [
            (max(0.0, value[segment]) + VARIANCE_USERS * overall) / (buyers[segment] + VARIANCE_USERS)
            for segment in self.segments
        ]
        return np.array([max(1.0, worth) for worth in worths])

    def rate(self, cells: Iterable[ArmMoments]) -> Floats:
        """Share of the control that buys, drawn to the campaign's as if 20 more were seen."""
        users, buyers = defaultdict[Segment, float](float), defaultdict[Segment, float](float)
        for cell in cells:
            if cell.control:
                users[cell.segment] += cell.n
                buyers[cell.segment] += cell.buyers
        overall = (sum(buyers.values()) + 1) / (sum(users.values()) + 1)
        return np.array(
            [
                (buyers[segment] + VARIANCE_USERS * overall) / (users[segment] + VARIANCE_USERS)
                for segment in self.segments
            ]
        )


def _since(cells: Sequence[ArmMoments], frame: _Frame) -> tuple[dict[Segment, str], Change | None]:
    """The first month to read, by segment: since the last change of the whole campaign, then of the segment."""
    months = sorted({cell.month for cell in cells})
    first, change = months[0], None
    while True:
        late = [month for month in months if month > first]
        found = _strongest([cell for cell in cells if cell.month >= first], late, frame, len(late))
        if found is None:
            break
        first, change = found.month, found
    since: dict[Segment, str] = dict.fromkeys(frame.segments, first)
    for segment in frame.segments:
        own = [cell for cell in cells if cell.segment == segment and cell.month >= first]
        late = [month for month in months if month > first]
        found = _strongest(own, late, frame, len(late) * len(frame.segments))
        if found is not None:
            since[segment] = found.month
    return since, change


def _strongest(
    cells: Sequence[ArmMoments], months: Sequence[str], frame: _Frame, looks: int
) -> Change | None:
    """The month since which effects differ most from before, where more than chance among so many looks."""
    best, found = 0.0, None
    for month in months:
        before = frame.measured([cell for cell in cells if cell.month < month])
        after = frame.measured([cell for cell in cells if cell.month >= month])
        weight = np.linalg.inv(before[1] + after[1])
        total = float(weight.sum())
        score = float(np.einsum("sij,sj->", weight, after[0] - before[0])) / sqrt(total)
        if abs(score) > best and erfc(abs(score) / sqrt(2)) * max(1, looks) < CHANGE_LEVEL:
            best = abs(score)
            means = [float(np.einsum("sij,sj->", weight, part[0])) / total for part in (before, after)]
            found = Change(month, means[0], means[1])
    return found
