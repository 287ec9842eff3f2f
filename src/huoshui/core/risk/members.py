"""Groups as rows of a group and a user: what sums over members are made from."""

from dataclasses import dataclass

import numpy as np

from huoshui.core.risk.values import Ints


@dataclass(frozen=True, slots=True)
class Members:
    """Rows of (group, user), sorted by group, 0..count-1; a user may be in several."""

    count: int
    group: Ints
    user: Ints

    @property
    def sizes(self) -> Ints:
        """Members of each group."""
        return np.bincount(self.group, minlength=self.count)

    def counts(self, flag: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Ints:
        """Members with `flag` (N,) of each group."""
        return np.bincount(self.group[flag[self.user]], minlength=self.count)


def members_of(group: Ints) -> Members:
    """Of a group a user (N,), -1 for none."""
    users = np.flatnonzero(group >= 0)
    order = np.argsort(group[users], kind="stable")
    return Members(int(group.max(initial=-1)) + 1, group[users][order], users[order])
