"""Who may get an offer at an issuing share: told by the hash of the user, so a lower share is a subset of a higher.

Users lie between 0 and 1 by their hash; a share is everybody below it. The trickle is the topmost part of the share, so
it too is a subset of what was in before: half of it gets the offer and half is control, by a draw of its own.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from huoshui.core.trials.draws import Flags, Keys, below, draws, fractions

TREATED_IN_TRICKLE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Issued:
    """Each (N,). `may`: may get an offer. `trickle`: was drawn by chance, with `probability_est` of getting it.

    Outside the trickle nothing is drawn here: `probability_est` is NaN.
    """

    may: Flags
    trickle: Flags
    probability_est: npt.NDArray[np.float64]


def issue(keys: Keys, campaign_id: str, *, share: float, trickle_share: float = 0.0, seed: int = 0) -> Issued:
    """Who may get an offer of a campaign at this share. The draw lasts: it does not change with day or period."""
    if not 0 <= trickle_share <= share <= 1:
        raise ValueError(f"a trickle lies within its share: {trickle_share} of {share}")
    place = fractions(draws(keys, f"issuing|{campaign_id}", seed=seed))
    trickle = (place < share) & (place >= share - trickle_share)
    treated = below(draws(keys, f"trickle|{campaign_id}", seed=seed), TREATED_IN_TRICKLE)
    return Issued(
        may=np.asarray((place < share) & (treated | ~trickle)),
        trickle=np.asarray(trickle),
        probability_est=np.where(trickle, TREATED_IN_TRICKLE, np.nan),
    )
