"""Bonus lots: what was given, which order drew it, what expired, what is still open.

The shop's files hold no lots, so they are inferred. An expiry names its campaign, so it is first taken out of that
campaign's grants, oldest first. What is left of a user's grants, and what their orders drew, are then laid end to end
on one line of fen, oldest first; where a grant's stretch and a draw's stretch overlap, that order drew that grant. A
draw that no grant covers (balance from before the files) is legacy and shifts nothing.
"""

import ibis
from ibis.expr.builders import WindowBuilder
from ibis.expr.types import IntegerValue, StringValue
from ibis.expr.types import Table as IbisTable

from huoshui.lake.engines import Lake
from huoshui.lake.facts.arithmetic import days, person_key, quotient
from huoshui.lake.facts.prepared import Prepared
from huoshui.lake.tables import BONUS_KINDS

DAY_S = 86_400
WINDOW_DAYS = 14
"""Attribution window of a grant whose campaign names none."""
TAKEN_BACK = ("clawback", "adjust")
"""Entries out that take bonus away without naming a grant: like a spend, they draw the oldest first."""


def grants(prepared: Prepared) -> IbisTable:
    """One row a grant, materialised, with what of it expired and where the rest lies on its user's line of fen.

    Columns: grant (a number), grant_id, user_id, person, at, kind, campaign_id, purpose, fen, window_days, lapsed,
    lasting (fen - lapsed), start, stop, abuser, frozen.
    """
    lake = prepared.lake
    rows = _grant_rows(lake)
    # Numbered once and kept: a number computed twice in one query need not be the same.
    rows = lake.materialise(
        "grant_rows", rows.mutate(grant=ibis.row_number().over(), person=person_key(rows.user_id))
    )
    rows = _with_window(lake, rows)
    rows = _with_standing(lake, rows)
    rows = _with_lapsed(lake, rows)
    in_order = ibis.window(
        group_by=rows.person, order_by=[rows.at, rows.grant_id], preceding=None, following=0
    )
    rows = rows.mutate(lasting=rows.fen - rows.lapsed)
    rows = rows.mutate(stop=rows.lasting.sum().over(in_order).cast("int64"))
    return lake.materialise("grants", rows.mutate(start=rows.stop - rows.lasting))


def _with_lapsed(lake: Lake, rows: IbisTable) -> IbisTable:
    """`lapsed`: fen of each grant that expired.

    An expiry falls on the user's grant of its campaign (or of none: top-up bonus, tasks) whose term had just come.
    """
    if not lake.has("balance_entries"):
        return rows.mutate(lapsed=ibis.literal(0, "int64"))
    entries = lake.table("balance_entries")
    expiries = entries.filter(entries.direction == "out", entries.kind == "expire")
    expiries = expiries.select(
        expiry=ibis.row_number().over(),
        expired_user=person_key(expiries.user_id),
        expired_at=expiries.at,
        expired=expiries.campaign_id.fill_null(""),
        amount=expiries.amount,
    )
    expiries = lake.materialise("expiries", expiries)
    lots = rows.mutate(campaign=rows.campaign_id.fill_null(""))
    alone = ibis.window(group_by=[lots.person, lots.campaign])
    lots = lots.select("grant", "person", "campaign", "kind", "at", held=lots.count().over(alone))
    pairs = expiries.join(
        lots,
        [
            expiries.expired_user == lots.person,
            expiries.expired == lots.campaign,
            expiries.expired_at >= lots.at,
        ],
    )
    pairs = pairs.mutate(age=pairs.expired_at.epoch_seconds() - pairs.at.epoch_seconds())
    terms = _terms(pairs)
    pairs = pairs.join(terms, [pairs.campaign == terms.term_campaign, pairs.kind == terms.term_kind])
    # Of two terms that fit alike, the one that more expiries speak for.
    misfit = (pairs.age - pairs.term).abs() + DAY_S / pairs.support
    meant = pairs.group_by("expiry").aggregate(
        lapsed_grant=pairs.grant.argmin(misfit), amount=pairs.amount.max()
    )
    lapsed = meant.group_by("lapsed_grant").aggregate(amount=meant.amount.sum())
    joined = rows.left_join(lapsed, rows.grant == lapsed.lapsed_grant)
    return joined.mutate(lapsed=ibis.least(joined.amount.fill_null(0), joined.fen).cast("int64")).drop(
        "lapsed_grant", "amount"
    )


def _terms(pairs: IbisTable) -> IbisTable:
    """term_campaign, term_kind, term (seconds), support: how long each kind of a campaign's grants lasts.

    A user with a single grant tells it; where nobody has just one, the commonest whole number of days does.
    """
    keys = {"term_campaign": pairs.campaign, "term_kind": pairs.kind}
    pairs = pairs.mutate(age_days=pairs.age // DAY_S)
    usual = pairs.group_by(**keys).aggregate(usual=pairs.age_days.mode())
    pairs = pairs.join(usual, [pairs.campaign == usual.term_campaign, pairs.kind == usual.term_kind])
    fits = pairs.age_days == pairs.usual
    return pairs.group_by("term_campaign", "term_kind").aggregate(
        term=ibis.coalesce(
            pairs.age.quantile(0.5, where=pairs.held == 1), pairs.age.quantile(0.5, where=fits)
        ),
        support=fits.sum(),
    )


def _grant_rows(lake: Lake) -> IbisTable:
    entries = lake.table("balance_entries")
    given = entries.filter(entries.direction == "in", entries.kind.isin(BONUS_KINDS), entries.amount > 0)
    rows = given.select("user_id", "at", "kind", "campaign_id", grant_id=given.entry_id, fen=given.amount)
    if lake.has("balance_entries") or not lake.has("recharges", "bonus"):
        return rows
    recharges = lake.table("recharges")
    paid = recharges.filter((recharges.status == "paid").fill_null(True), recharges.bonus > 0)
    return paid.select(
        "user_id",
        at=ibis.coalesce(paid.paid_at, paid.created_at),
        kind=ibis.literal("recharge_bonus"),
        campaign_id=ibis.null("string"),
        grant_id=paid.recharge_id,
        fen=paid.bonus,
    )


def _with_window(lake: Lake, rows: IbisTable) -> IbisTable:
    campaigns = lake.table("campaigns")
    windows = campaigns.group_by(known_campaign=campaigns.campaign_id).aggregate(
        window=campaigns.window_days.max(), purpose=campaigns.purpose.max()
    )
    joined = rows.left_join(windows, rows.campaign_id == windows.known_campaign)
    return joined.mutate(window_days=joined.window.fill_null(WINDOW_DAYS)).drop("known_campaign", "window")


def _with_standing(lake: Lake, rows: IbisTable) -> IbisTable:
    users = lake.table("users")
    standing = (
        users.filter(users.status.isin(("abuser", "frozen")))
        .group_by(known_user=person_key(users.user_id))
        .aggregate(standing=users.status.min())
    )
    joined = rows.left_join(standing, rows.person == standing.known_user)
    return joined.mutate(
        abuser=(joined.standing == "abuser").fill_null(False),
        frozen=(joined.standing == "frozen").fill_null(False),
    ).drop("known_user", "standing")


def draws(prepared: Prepared, given: IbisTable, people: IbisTable) -> IbisTable:
    """One row a draw on bonus, materialised, with the stretch of its user's line that it drew.

    Columns: person, at, ordered (by an order, else taken back), first (by a new user's first order not wholly
    refunded), fen, covered, legacy (fen outside the line), start, stop, and the order's value, costs, price (0 for what
    is no order).
    """
    lake = prepared.lake
    orders = prepared.orders.filter(prepared.orders.bonus > 0, prepared.orders.by_user)
    new = people.filter(~people.old).select(new_key="first_kept_key")
    orders = orders.mutate(key=person_key(orders.order_id))
    orders = orders.left_join(new, orders.key == new.new_key)
    rows = orders.select(
        "person",
        "at",
        rank=ibis.literal(1, "int8"),
        tie=orders.order_id,
        ordered=ibis.literal(True),
        first=orders.new_key.notnull(),
        fen=orders.bonus,
        value=orders.value,
        costs=orders.fee - orders.carried_fee + orders.site_fee + orders.platform_cut + orders.agent,
        price=orders.price,
    )
    if lake.has("balance_entries"):
        entries = lake.table("balance_entries")
        gone = entries.filter(entries.direction == "out", entries.kind.isin(TAKEN_BACK))
        rows = rows.union(_move(gone, person_key(gone.user_id), 1, gone.entry_id, gone.amount))
    moves = rows.union(_move(given, given.person, 0, given.grant_id, given.fen - given.lapsed))
    drawn = _covered_draws(moves)
    in_order = ibis.window(group_by=drawn.person, order_by=[drawn.at, drawn.tie], preceding=None, following=0)
    drawn = drawn.mutate(covered=drawn.fen - drawn.legacy)
    drawn = drawn.mutate(stop=drawn.covered.sum().over(in_order).cast("int64"))
    return lake.materialise("draws", drawn.mutate(start=drawn.stop - drawn.covered).drop("tie", "rank"))


def _move(rows: IbisTable, person: IntegerValue, rank: int, tie: StringValue, fen: IntegerValue) -> IbisTable:
    """A move that is no order: a grant (rank 0) or bonus taken back (rank 1)."""
    zero = ibis.literal(0, "int64")
    return rows.select(
        person=person,
        at=rows.at,
        rank=ibis.literal(rank, "int8"),
        tie=tie,
        ordered=ibis.literal(False),
        first=ibis.literal(False),
        fen=fen,
        value=zero,
        costs=zero,
        price=zero,
    )


def _covered_draws(moves: IbisTable) -> IbisTable:
    """Draws with `legacy`: the part that no earlier grant covers (see spends.py for the running maximum)."""
    owed = (moves["rank"] == 0).ifelse(-moves.fen, moves.fen).sum().over(_running(moves))
    # A sum of int64 is 128 bits wide in the engine; the next two windows need not carry that.
    running = moves.mutate(owed=owed.cast("int64"))
    uncovered = ibis.greatest(running.owed.max().over(_running(running)), 0)
    marked = running.mutate(uncovered=uncovered)
    before = (
        marked.uncovered.lag().over(ibis.window(group_by=marked.person, order_by=_line(marked))).fill_null(0)
    )
    marked = marked.mutate(legacy=(marked.uncovered - before).cast("int64"))
    return marked.filter(marked["rank"] == 1).drop("owed", "uncovered")


def _line(moves: IbisTable) -> list[ibis.Value]:
    """The order of a user's moves: by time, grants first."""
    return [moves.at, moves["rank"], moves.tie]


def _running(moves: IbisTable) -> WindowBuilder:
    return ibis.window(group_by=moves.person, order_by=_line(moves), preceding=None, following=0)


def lot_draws(prepared: Prepared, given: IbisTable, drawn: IbisTable) -> IbisTable:
    """One row a piece of a grant drawn, materialised: grant, ordered, first, at, fen, value, ride.

    `value` and `ride` (the bonus share of fees, agents, site and cut) are the order's, split over its pieces by fen.
    """
    lots = given.select("grant", lot_person=given.person, lot_start=given.start, lot_stop=given.stop)
    pieces = drawn.join(
        lots, [drawn.person == lots.lot_person, lots.lot_start < drawn.stop, drawn.start < lots.lot_stop]
    )
    first = ibis.greatest(pieces.start, pieces.lot_start)
    last = ibis.least(pieces.stop, pieces.lot_stop)
    pieces = pieces.mutate(begin=first - pieces.start, end=last - pieces.start)
    return prepared.lake.materialise(
        "lot_draws",
        pieces.select(
            "grant",
            "ordered",
            "first",
            "at",
            fen=pieces.end - pieces.begin,
            value=_piece(pieces, pieces.value, pieces.fen),
            ride=_piece(pieces, pieces.costs, pieces.price),
        ),
    )


def _piece(pieces: IbisTable, amount: IntegerValue, whole: IntegerValue) -> IntegerValue:
    """The piece's part of `amount`: differences of one rising function, so pieces add up to the stretch exactly."""
    base = whole.nullif(0)
    return (quotient(amount * pieces.end, base) - quotient(amount * pieces.begin, base)).fill_null(0)


def last_grant_values(prepared: Prepared, given: IbisTable) -> IbisTable:
    """Orders that drew no bonus, credited to the last grant within its window: credited_grant, credited (fen)."""
    orders = prepared.orders
    plain = orders.filter(orders.bonus == 0, orders.by_user)
    plain = plain.select("person", "at", "value", order=person_key(plain.order_id))
    lots = given.select(
        "grant", lot_person=given.person, given_at=given.at, until=given.at + given.window_days * days(1)
    )
    near = plain.join(
        lots, [plain.person == lots.lot_person, plain.at >= lots.given_at, plain.at < lots.until]
    )
    last = near.group_by("person", "order").aggregate(
        grant=near.grant.argmax(near.given_at), value=near.value.max()
    )
    return last.group_by(credited_grant=last.grant).aggregate(credited=last.value.sum().cast("int64"))


def grant_results(prepared: Prepared, given: IbisTable, pieces: IbisTable) -> IbisTable:
    """Grants, without their ids, with what became of them.

    Adds spent, expired, open, attributed (value), ride (costs riding on it), first_ride (the part of it on a new user's
    first order), last_draw (by an order).
    """
    ordered = pieces.ordered
    sums = pieces.group_by(drawn_grant=pieces.grant).aggregate(
        spent=pieces.fen.sum(where=ordered).fill_null(0).cast("int64"),
        taken_back=pieces.fen.sum(where=~ordered).fill_null(0).cast("int64"),
        drawn_value=pieces.value.sum().fill_null(0).cast("int64"),
        ride=pieces.ride.sum().fill_null(0).cast("int64"),
        first_ride=pieces.ride.sum(where=pieces.first).fill_null(0).cast("int64"),
        last_draw=pieces.at.max(where=ordered),
    )
    credited = last_grant_values(prepared, given)
    rows = given.left_join(sums, given.grant == sums.drawn_grant)
    rows = rows.left_join(credited, rows.grant == credited.credited_grant)
    rows = rows.mutate(
        spent=rows.spent.fill_null(0),
        expired=rows.lapsed + rows.taken_back.fill_null(0),
        ride=rows.ride.fill_null(0),
        first_ride=rows.first_ride.fill_null(0),
        attributed=rows.drawn_value.fill_null(0) + rows.credited.fill_null(0),
    )
    return rows.mutate(open=rows.fen - rows.spent - rows.expired).drop(
        "drawn_grant",
        "drawn_value",
        "credited_grant",
        "credited",
        "taken_back",
        "lapsed",
        "lasting",
        "start",
        "stop",
        "grant_id",
        "user_id",
    )
