"""Rows of trials whose true effects are known, drawn from a seed."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from huoshui.core.uplift.rows import TrialRows

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Trial:
    """Rows, and what no trial shows: each user's true effect (N, K) and outcome without anything."""

    rows: TrialRows
    truth: Floats
    base: Floats


def drawn_trial(
    seed: int,
    users: int = 4_000,
    *,
    amounts: tuple[int, ...] = (500,),
    apart: float = 0.06,
    mean: float = 0.08,
    control: float = 0.4,
    uneven: bool = False,
    household: int = 1,
) -> Trial:
    """Effects on a line of the first of four features, `apart` their spread; larger amounts bring more, ever less.

    `uneven`: who is likely to answer is drawn into control less often. `household`: so many users share a draw, their
    features and their luck.
    """
    rng = np.random.default_rng(seed)
    groups = users // household
    z = np.repeat(rng.normal(size=(groups, 4)), household, axis=0)
    base = 0.3 + 0.08 * z[:, 1].clip(-2, 2)
    height = (np.arange(1, len(amounts) + 1) / len(amounts)) ** 0.5
    truth = (mean + apart * z[:, :1].clip(-2.5, 2.5)) * height
    held = np.where(z[:, 1] > 0.7, control / 4, control) if uneven else np.full(len(z), control)
    drawn = np.repeat(rng.random(groups), household)
    arm = np.where(drawn < held, 0, 1 + ((drawn - held) / (1 - held) * len(amounts)).astype(int))
    chance = base + np.concatenate([np.zeros((len(z), 1)), truth], axis=1)[np.arange(len(z)), arm]
    luck = np.repeat(rng.random(groups), household)
    rows = TrialRows(
        names=("a", "b", "c", "d"),
        features=z.astype(np.float32),
        amount_fen=np.array((0, *amounts))[arm],
        probability=np.where(arm == 0, held, (1 - held) / len(amounts)),
        outcome=(luck < chance).astype(np.float64),
        unit=np.repeat(np.arange(groups, dtype=np.uint64), household) if household > 1 else None,
    )
    return Trial(rows, truth, base)


def true_qini(score: Floats, truth: Floats) -> float:
    """By definition: the integral of q(phi) - phi q(1), over a ranking without ties."""
    gain = np.concatenate([[0.0], np.cumsum(truth[np.argsort(-score)])]) / len(score)
    share = np.linspace(0, 1, len(gain))
    return float(np.trapezoid(gain - share * gain[-1], share))
