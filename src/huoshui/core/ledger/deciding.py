"""One batch of one kind: its kernel, its groups, each taken whole or not at all, its approvals, each used once."""

from collections.abc import Callable

import numpy as np

from huoshui.core.ledger import kernels
from huoshui.core.ledger.kernels import Out
from huoshui.core.ledger.values import Batch, Books, Code, Decision, Ints, Kind

NOBODY = np.zeros(0, np.int64)
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


def decide(
    batch: Batch, books: Books, *, groups: Ints | None = None, approvals: Ints | None = None
) -> tuple[Decision, Books]:
    """What becomes of each item, in order; and the books after it.

    Items with the same number above 0 in `groups` (they stand together) are accepted together or refused together: the
    member that failed keeps its own code, the others get GROUP_FAILED, and later items see no trace of them. Of items
    with the same number above 0 in `approvals` the first that is accepted uses it up; NEEDS_APPROVAL for all after it.
    `books` stays as it is.
    """
    groups = np.zeros(len(batch.fen), np.int64) if groups is None else groups
    preset = batch.preset.copy()
    while True:
        after = books.copied()
        out = kernels.room(batch, books)
        KERNELS[Kind(batch.kind)](batch._replace(preset=preset), after, out)
        late = _without_approval(approvals, groups, out.code, preset)
        failed = _of_failed_group(groups, out.code, preset)
        # Only what comes first: what is wrong behind it may be wrong because of it.
        if len(late) and (failed is None or late[0] <= failed):
            preset[late] = Code.NEEDS_APPROVAL
        elif failed is not None:
            members = groups == groups[failed]
            preset[members] = np.where(out.code[members] == Code.OK, Code.GROUP_FAILED, out.code[members])
        else:
            break
    postings, draws, new_lots = (int(count) for count in out.counts)
    return Decision(out.code, out.postings[:postings], out.draws[:draws], out.new_lots[:new_lots]), after


def _of_failed_group(groups: Ints, code: Ints, preset: Ints) -> int | None:
    """The first refused item whose group is not refused whole yet."""
    for item in np.flatnonzero((groups > 0) & (code != Code.OK)):
        if not preset[groups == groups[item]].all():
            return int(item)
    return None


def _without_approval(approvals: Ints | None, groups: Ints, code: Ints, preset: Ints) -> Ints:
    """Items whose approval an earlier one has used up, of the first such approval; none where there is none.

    Inside of one group it is the first such item alone: the group fails with it, and its approval is free again.
    """
    if approvals is None:
        return NOBODY
    places = np.arange(len(code))
    used_at = np.full(approvals.max() + 1, len(code))
    accepted = np.flatnonzero((approvals > 0) & (code == Code.OK))
    np.minimum.at(used_at, approvals[accepted], accepted)
    late = np.flatnonzero((approvals > 0) & (preset == Code.OK) & (places > used_at[approvals]))
    if not len(late):
        return NOBODY
    approval = approvals[late[0]]
    group = groups[late[0]]
    if group and group == groups[used_at[approval]]:
        return late[:1]
    same: Ints = late[approvals[late] == approval]
    return same
