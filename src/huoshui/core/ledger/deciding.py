"""One batch of one kind: its kernel, and its groups, each taken whole or not at all."""

from collections.abc import Callable

import numpy as np

from huoshui.core.ledger import kernels
from huoshui.core.ledger.kernels import Out
from huoshui.core.ledger.values import Batch, Books, Code, Decision, Ints, Kind

Kernel = Callable[[Batch, Books, Out], None]

KERNELS: dict[Kind, Kernel] = {
    Kind.TRANSFER: kernels.transfer,
    Kind.GRANT: kernels.grant,
    Kind.TOP_UP: kernels.top_up,
    Kind.OPENING: kernels.top_up,
    Kind.WITHDRAW: kernels.withdraw,
    Kind.SPEND: kernels.spend,
    Kind.HOLD: kernels.spend,
    Kind.LOCK: kernels.spend,
    Kind.CAPTURE: kernels.settle,
    Kind.RELEASE: kernels.settle,
    Kind.UNLOCK: kernels.settle,
    Kind.HOLD_TIMEOUT: kernels.settle,
    Kind.RESERVE: kernels.reserve,
    Kind.ACTIVATE: kernels.end_reservation,
    Kind.CANCEL: kernels.end_reservation,
    Kind.RESERVE_TIMEOUT: kernels.end_reservation,
    Kind.EXPIRE: kernels.expire,
    Kind.REFUND: kernels.refund,
    Kind.CLAWBACK: kernels.clawback,
}


def decide(batch: Batch, books: Books, *, groups: Ints | None = None) -> tuple[Decision, Books]:
    """What becomes of each item, in order; and the books after it.

    Items with the same number above 0 in `groups` are accepted together or refused together: the member that failed
    keeps its own code, the others get GROUP_FAILED, and later items see no trace of them. `books` stays as it is.
    """
    preset = batch.preset.copy()
    while True:
        after = books.copied()
        out = kernels.room(batch, books)
        KERNELS[Kind(batch.kind)](batch._replace(preset=preset), after, out)
        failed = None if groups is None else _first_failed_group(groups, out.code, preset)
        if failed is None or groups is None:
            break
        # Only the first: what failed behind it may have failed because of it.
        members = groups == failed
        preset = np.where(members & (out.code == Code.OK), Code.GROUP_FAILED, preset)
        preset = np.where(members & (out.code != Code.OK), out.code, preset)
    postings, draws, new_lots = (int(count) for count in out.counts)
    return Decision(out.code, out.postings[:postings], out.draws[:draws], out.new_lots[:new_lots]), after


def _first_failed_group(groups: Ints, code: Ints, preset: Ints) -> int | None:
    """The first group with a refused member that is not refused whole yet."""
    for item in np.flatnonzero((groups > 0) & (code != Code.OK)):
        members = groups == groups[item]
        if not preset[members].all():
            return int(groups[item])
    return None
