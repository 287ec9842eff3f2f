"""Bonus lots: what was given, which order drew it, what expired, what is still open.

The shop's files hold no lots, so they are inferred. An expiry names its campaign, so it is first taken out of that
campaign's grants, oldest first. What is left of a user's grants, and what their orders drew, are then laid end to end
on one line of fen, oldest first; where a grant's stretch and a draw's stretch overlap, that order drew that grant. A
draw that no grant covers (balance from before the files) is legacy and shifts nothing.
"""

import ibis
from ibis.expr.types import IntegerValue
from ibis.expr.types import Table as IbisTable

from huoshui.lake.engines import Lake
from huoshui.lake.facts.arithmetic import days
from huoshui.lake.facts.prepared import Prepared
from huoshui.lake.tables import BONUS_KINDS

WINDOW_DAYS = 14
"""Attribution window of a grant whose campaign names none."""
TAKEN_BACK = ("clawback", "adjust")
"""Entries out that take bonus away without naming a grant: like a spend, they draw the oldest first."""


def grants(prepared: Prepared) -> IbisTable:
    """Materialised, one row a grant: grant_id, user_id, at, kind, campaign_id, purpose, fen, window_days, lapsed, start,

    stop, abuser, frozen. `lapsed` fen expired; `start` and `stop` place the rest on its user's line.
    """
    lake = prepared.lake
    rows = _grant_rows(lake)
    rows = _with_window(lake, rows)
    rows = _with_standing(lake, rows)
    rows = _with_lapsed(lake, rows)
    in_order = ibis.window(group_by=rows.user_id, order_by=[rows.at, rows.grant_id], preceding=None, following=0)
    rows = rows.mutate(lasting=rows.fen - rows.lapsed)
    rows = rows.mutate(stop=rows.lasting.sum().over(in_order).cast("int64"))
    return lake.materialise("grants", rows.mutate(start=rows.stop - rows.lasting))


def _with_lapsed(lake: Lake, rows: IbisTable) -> IbisTable:
    """`lapsed`: fen of each grant that expired.

    An expiry falls on the user's grant of its campaign whose term had just come. Terms are not in the files: a
    campaign's is the median time between grant and expiry of users who hold a single grant of it.
    """
    if not lake.has("balance_entries"):
        return rows.mutate(lapsed=ibis.literal(0, "int64"))
    entries = lake.table("balance_entries")
    expiries = entries.filter(entries.direction == "out", entries.kind == "expire")
    expiries = expiries.select(
        "entry_id", expired_user="user_id", expired_at="at", expired=expiries.campaign_id.fill_null(""), amount="amount"
    )
    lots = rows.mutate(campaign=rows.campaign_id.fill_null(""))
    alone = ibis.window(group_by=[lots.user_id, lots.campaign])
    lots = lots.select("grant_id", "user_id", "campaign", "at", "fen", held=lots.count().over(alone))
    pairs = expiries.join(
        lots,
        [expiries.expired_user == lots.user_id, expiries.expired == lots.campaign, expiries.expired_at >= lots.at],
    )
    pairs = pairs.mutate(age=pairs.expired_at.epoch_seconds() - pairs.at.epoch_seconds())
    terms = pairs.group_by(term_campaign=pairs.campaign).aggregate(
        term=ibis.coalesce(pairs.age.quantile(0.5, where=pairs.held == 1), pairs.age.min())
    )
    pairs = pairs.join(terms, pairs.campaign == terms.term_campaign)
    meant = pairs.group_by("entry_id").aggregate(
        lapsed_grant=pairs.grant_id.argmin((pairs.age - pairs.term).abs()), amount=pairs.amount.max()
    )
    lapsed = meant.group_by("lapsed_grant").aggregate(amount=meant.amount.sum())
    joined = rows.left_join(lapsed, rows.grant_id == lapsed.lapsed_grant)
    return joined.mutate(lapsed=ibis.least(joined.amount.fill_null(0), joined.fen).cast("int64")).drop(
        "lapsed_grant", "amount"
    )


def _grant_rows(lake: Lake) -> IbisTable:
    entries = lake.table("balance_entries")
    given = entries.filter(entries.direction == "in", entries.kind.isin(BONUS_KINDS), entries.amount > 0)
    rows = given.select(
        "user_id", "at", "kind", "campaign_id", grant_id=given.entry_id, fen=given.amount
    )
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
    standing = users.filter(users.status.isin(("abuser", "frozen"))).group_by(known_user=users.user_id).aggregate(
        standing=users.status.min()
    )
    joined = rows.left_join(standing, rows.user_id == standing.known_user)
    return joined.mutate(
        abuser=(joined.standing == "abuser").fill_null(False), frozen=(joined.standing == "frozen").fill_null(False)
    ).drop("known_user", "standing")


def draws(prepared: Prepared, given: IbisTable) -> IbisTable:
    """Materialised, one row a draw on bonus: user_id, at, how (order | gone), order_id, fen, start, stop, legacy.

    `start` to `stop` is the stretch of the user's line it drew; `legacy` fen lie outside it.
    """
    lake = prepared.lake
    orders = prepared.orders.filter(prepared.orders.bonus > 0, prepared.orders.user_id.notnull())
    rows = orders.select(
        "user_id", "at", "order_id", how=ibis.literal("order"), draw_id=orders.order_id, fen=orders.bonus
    )
    if lake.has("balance_entries"):
        entries = lake.table("balance_entries")
        gone = entries.filter(entries.direction == "out", entries.kind.isin(TAKEN_BACK))
        rows = rows.union(
            gone.select(
                "user_id",
                "at",
                order_id=ibis.null("string"),
                how=ibis.literal("gone"),
                draw_id=gone.entry_id,
                fen=gone.amount,
            )
        )
    moves = given.select(
        "user_id", "at", order_id=ibis.null("string"), how=ibis.literal("given"), draw_id=given.grant_id, fen=given.fen - given.lapsed
    ).union(rows)
    drawn = _covered_draws(moves)
    in_order = ibis.window(group_by=drawn.user_id, order_by=[drawn.at, drawn.draw_id], preceding=None, following=0)
    drawn = drawn.mutate(covered=drawn.fen - drawn.legacy)
    drawn = drawn.mutate(stop=drawn.covered.sum().over(in_order).cast("int64"))
    return lake.materialise("draws", drawn.mutate(start=drawn.stop - drawn.covered))


def _covered_draws(moves: IbisTable) -> IbisTable:
    """Draws with `legacy`: the part that no earlier grant covers (see spends.py for the running maximum)."""
    is_given = moves.how == "given"
    order = [moves.at, is_given.ifelse(0, 1), moves.draw_id]
    running = moves.mutate(
        owed=is_given.ifelse(-moves.fen, moves.fen)
        .sum()
        .over(ibis.window(group_by=moves.user_id, order_by=order, preceding=None, following=0))
    )
    order = [running.at, (running.how == "given").ifelse(0, 1), running.draw_id]
    uncovered = ibis.greatest(
        running.owed.max().over(ibis.window(group_by=running.user_id, order_by=order, preceding=None, following=0)), 0
    )
    marked = running.mutate(uncovered=uncovered)
    order = [marked.at, (marked.how == "given").ifelse(0, 1), marked.draw_id]
    before = marked.uncovered.lag().over(ibis.window(group_by=marked.user_id, order_by=order)).fill_null(0)
    marked = marked.mutate(legacy=(marked.uncovered - before).cast("int64"))
    return marked.filter(marked.how != "given").drop("owed", "uncovered")


def lot_draws(prepared: Prepared, given: IbisTable, drawn: IbisTable) -> IbisTable:
    """Materialised, one row a piece of a grant drawn: grant_id, how, order_id, at, fen, value, ride, whole orders telescoped.

    `value` and `ride` (the bonus share of fees, agents, site and cut) are the order's, split over its pieces by fen.
    """
    orders = prepared.orders
    facts = orders.filter(orders.bonus > 0).select(
        drawn_order=orders.order_id,
        order_bonus=orders.bonus,
        order_price=orders.price,
        order_value=orders.value,
        order_costs=orders.fee - orders.carried_fee + orders.site_fee + orders.platform_cut + orders.agent,
    )
    lots = given.select("grant_id", lot_user=given.user_id, lot_start=given.start, lot_stop=given.stop)
    pieces = drawn.join(
        lots, [drawn.user_id == lots.lot_user, lots.lot_start < drawn.stop, drawn.start < lots.lot_stop]
    )
    first = ibis.greatest(pieces.start, pieces.lot_start)
    last = ibis.least(pieces.stop, pieces.lot_stop)
    pieces = pieces.mutate(begin=first - pieces.start, end=last - pieces.start).drop("lot_user")
    pieces = pieces.left_join(facts, pieces.order_id == facts.drawn_order)
    return prepared.lake.materialise(
        "lot_draws",
        pieces.select(
            "grant_id",
            "how",
            "order_id",
            "at",
            fen=pieces.end - pieces.begin,
            value=_piece(pieces, pieces.order_value, pieces.order_bonus),
            ride=_piece(pieces, pieces.order_costs, pieces.order_price),
        ),
    )


def _piece(pieces: IbisTable, amount: IntegerValue, whole: IntegerValue) -> IntegerValue:
    """The piece's part of `amount`: differences of one rising function, so pieces add up to the stretch exactly."""
    base = whole.nullif(0)
    return ((amount * pieces.end) // base - (amount * pieces.begin) // base).fill_null(0)


def last_grant_values(prepared: Prepared, given: IbisTable) -> IbisTable:
    """Orders that drew no bonus, credited to the last grant within its window: grant_id, value."""
    orders = prepared.orders
    plain = orders.filter(orders.bonus == 0, orders.user_id.notnull()).select("order_id", "user_id", "at", "value")
    lots = given.select(
        "grant_id", lot_user=given.user_id, given_at=given.at, until=given.at + given.window_days * days(1)
    )
    near = plain.join(lots, [plain.user_id == lots.lot_user, plain.at >= lots.given_at, plain.at < lots.until])
    credited = near.group_by("order_id").aggregate(
        grant_id=near.grant_id.argmax(near.given_at), value=near.value.max()
    )
    return credited.group_by("grant_id").aggregate(credited=credited.value.sum().cast("int64"))


def grant_results(prepared: Prepared, given: IbisTable, pieces: IbisTable) -> IbisTable:
    """Grants with what became of them: spent, expired, open, attributed value, riding costs, last draw by an order."""
    ordered = pieces.how == "order"
    sums = pieces.group_by(drawn_grant=pieces.grant_id).aggregate(
        spent=pieces.fen.sum(where=ordered).fill_null(0).cast("int64"),
        taken_back=pieces.fen.sum(where=~ordered).fill_null(0).cast("int64"),
        drawn_value=pieces.value.sum().fill_null(0).cast("int64"),
        ride=pieces.ride.sum().fill_null(0).cast("int64"),
        last_draw=pieces.at.max(where=ordered),
    )
    credited = last_grant_values(prepared, given)
    rows = given.left_join(sums, given.grant_id == sums.drawn_grant)
    rows = rows.left_join(credited, rows.grant_id == credited.grant_id).drop("grant_id_right")
    rows = rows.mutate(
        spent=rows.spent.fill_null(0),
        expired=rows.lapsed + rows.taken_back.fill_null(0),
        ride=rows.ride.fill_null(0),
        attributed=rows.drawn_value.fill_null(0) + rows.credited.fill_null(0),
    )
    return rows.mutate(open=rows.fen - rows.spent - rows.expired).drop(
        "drawn_grant", "drawn_value", "credited", "taken_back", "lapsed", "lasting", "start", "stop"
    )
