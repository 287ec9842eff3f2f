"""Bonus lots: what was given, which order drew it, what expired, what is still open.

The shop's files hold no lots, so they are inferred. An expiry names its campaign, so it is first taken out of that
campaign's grants, oldest first. What is left of a user's grants, and what their orders drew, are then laid end to end
on one line of fen, oldest first; where a grant's stretch and a draw's stretch overlap, that order drew that grant. A
draw that no grant covers (balance from before the files) is legacy and shifts nothing.

Sorting a user's moves costs most, so only whole numbers go through the sorts; texts and amounts of the orders are
joined to what comes out.
"""

import ibis
from ibis.expr.types import IntegerValue
from ibis.expr.types import Table as IbisTable

from huoshui.lake.engines import Lake
from huoshui.lake.facts.arithmetic import DAY_US, MICRO, micros, person_key, quotient, row_key
from huoshui.lake.facts.prepared import Prepared, riding_costs
from huoshui.lake.facts.spends import moment, running, uncovered
from huoshui.lake.tables import BONUS_KINDS

DAY_S = 86_400
WINDOW_DAYS = 14
"""Attribution window of a grant whose campaign names none."""
TAKEN_BACK = ("clawback", "adjust")
"""Entries out that take bonus away without naming a grant: like a spend, they draw the oldest first."""


def grants(prepared: Prepared) -> IbisTable:
    """One row a grant, materialised.

    Columns: grant (a number: row_key of its id), grant_id, user_id, person, at, kind, campaign_id, purpose, fen,
    window_days, abuser, frozen.
    """
    lake = prepared.lake
    rows = _grant_rows(lake)
    rows = rows.mutate(grant=row_key(rows.grant_id), person=person_key(rows.user_id))
    return lake.materialise("grants", _with_standing(lake, _with_window(lake, rows)))


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


def lapses(prepared: Prepared, given: IbisTable) -> IbisTable:
    """lapsed_grant, lapsed: fen of each grant that expired (of the others no row), materialised.

    An expiry falls on the user's grant of its campaign (or of none: top-up bonus, tasks) whose term had just come.
    """
    entries = prepared.lake.table("balance_entries")
    expiries = entries.filter(entries.direction == "out", entries.kind == "expire")
    expiries = expiries.select(
        "amount",
        expiry=row_key(expiries.entry_id),
        expired_person=person_key(expiries.user_id),
        expired_campaign=person_key(expiries.campaign_id.fill_null("")),
        expired_at=micros(expiries.at),
    )
    lots = given.select(
        "grant",
        "person",
        "fen",
        at=micros(given.at),
        campaign=person_key(given.campaign_id.fill_null("")),
        kind=person_key(given.kind),
    )
    pairs = expiries.join(
        lots,
        [
            expiries.expired_person == lots.person,
            expiries.expired_campaign == lots.campaign,
            expiries.expired_at >= lots.at,
        ],
    )
    age = quotient(pairs.expired_at, MICRO) - quotient(pairs.at, MICRO)
    pairs = pairs.select("expiry", "campaign", "kind", "grant", "fen", "amount", age=age)
    pairs = prepared.lake.materialise("expiry_pairs", pairs)
    terms = prepared.lake.materialise("grant_terms", _terms(pairs))
    timed = pairs.join(terms, [pairs.campaign == terms.term_campaign, pairs.kind == terms.term_kind])
    # Of two terms that fit alike, the one that more expiries speak for; of grants of one moment, always the same.
    misfit = (timed.age - timed.term).abs() + DAY_S / timed.support
    best = ibis.struct({"misfit": misfit, "grant": timed.grant, "fen": timed.fen}).min()
    meant = timed.group_by("expiry").aggregate(best=best, amount=timed.amount.max())
    meant = meant.select("amount", lapsed_grant=meant.best["grant"], fen=meant.best["fen"])
    sums = meant.group_by("lapsed_grant").aggregate(amount=meant.amount.sum(), fen=meant.fen.max())
    lapsed = ibis.least(sums.amount, sums.fen).cast("int64")
    found = prepared.lake.materialise("lapses", sums.select("lapsed_grant", lapsed=lapsed))
    prepared.lake.drop(pairs, terms)
    return found


def _terms(pairs: IbisTable) -> IbisTable:
    """term_campaign, term_kind, term (seconds), support: how long each kind of a campaign's grants lasts.

    An expiry that only one grant can have had tells it; where there is none, the commonest whole number of days does
    (of two as common, the shorter).
    """
    one = pairs.group_by("expiry").aggregate(
        grants=pairs.count(), campaign=pairs.campaign.max(), kind=pairs.kind.max(), age=pairs.age.max()
    )
    one = one.filter(one.grants == 1)
    sure = one.group_by("campaign", "kind").aggregate(sure=one.age.median())
    pairs = pairs.mutate(age_days=quotient(pairs.age, DAY_S))
    counts = pairs.group_by("campaign", "kind", "age_days").aggregate(n=pairs.count(), age=pairs.age.median())
    commonest = ibis.struct({"n": counts.n, "sooner": -counts.age_days, "age": counts.age}).max()
    usual = counts.group_by(term_campaign=counts.campaign, term_kind=counts.kind).aggregate(usual=commonest)
    terms = usual.left_join(sure, [usual.term_campaign == sure.campaign, usual.term_kind == sure.kind])
    return terms.select(
        "term_campaign",
        "term_kind",
        term=ibis.coalesce(terms.sure, terms.usual["age"]),
        support=terms.usual["n"],
    )


def lines(prepared: Prepared, given: IbisTable, lapsed: IbisTable) -> IbisTable:
    """One row a grant (what of it did not expire) or draw on bonus, materialised, in the order of its user's moves.

    Columns: person, line (see spends.moment), number (of a grant, or row_key of an order's id; below zero where bonus
    was taken back), fen (above zero: drawn; below: given), drawn and owed (fen up to and with this row).
    """
    lake = prepared.lake
    orders = prepared.orders.filter(prepared.orders.bonus > 0, prepared.orders.by_user)
    rows = orders.select("person", line=moment(orders.at, drawn=True), number="key", fen="bonus")
    if lake.has("balance_entries"):
        entries = lake.table("balance_entries")
        gone = entries.filter(entries.direction == "out", entries.kind.isin(TAKEN_BACK))
        taken = gone.select(
            person=person_key(gone.user_id),
            line=moment(gone.at, drawn=True),
            number=-1 - row_key(gone.entry_id),
            fen=gone.amount,
        )
        rows = rows.union(taken)
    kept = given.left_join(lapsed, given.grant == lapsed.lapsed_grant)
    kept = kept.select(
        "person", line=moment(kept.at, drawn=False), number="grant", fen=kept.lapsed.fill_null(0) - kept.fen
    )
    return lake.materialise("lines", running(rows.union(kept.filter(kept.fen < 0))))


def draws(prepared: Prepared, line: IbisTable, people: IbisTable) -> IbisTable:
    """One row a draw on bonus, materialised, with the stretch of its user's line that it drew.

    Columns: person, at (None for what is no order), ordered (by an order, else taken back), first (by a new user's
    first order not wholly refunded), fen, legacy (fen outside the line), start, stop, and the order's value, costs
    (riding_costs), price (0 for what is no order).
    """
    drawn = uncovered(line)
    orders = prepared.orders.filter(prepared.orders.bonus > 0, prepared.orders.by_user)
    orders = orders.select("key", "at", "value", "price", costs=riding_costs(orders))
    rows = drawn.left_join(orders, drawn.number == orders.key)
    new = people.filter(~people.old).select(new_key="first_kept_key")
    rows = rows.left_join(new, rows.key == new.new_key)
    return prepared.lake.materialise(
        "draws",
        rows.select(
            "person",
            "at",
            "fen",
            ordered=rows.key.notnull(),
            first=rows.new_key.notnull(),
            legacy=rows.uncovered - rows.uncovered_before,
            start=rows.drawn - rows.fen - rows.uncovered_before,
            stop=rows.drawn - rows.uncovered,
            value=rows.value.fill_null(0),
            costs=rows.costs.fill_null(0),
            price=rows.price.fill_null(0),
        ),
    )


def lot_draws(line: IbisTable, drawn: IbisTable) -> IbisTable:
    """One row a piece of a grant drawn: grant, ordered, first, at, fen, value, ride.

    `value` and `ride` (the bonus share of fees, agents, site and cut) are the order's, split over its pieces by fen.
    """
    lots = line.filter(line.fen < 0)
    lots = lots.select(
        grant="number",
        lot_person="person",
        lot_start=lots.drawn - lots.owed + lots.fen,
        lot_stop=lots.drawn - lots.owed,
    )
    pieces = drawn.join(
        lots, [drawn.person == lots.lot_person, lots.lot_start < drawn.stop, drawn.start < lots.lot_stop]
    )
    pieces = pieces.mutate(
        begin=ibis.greatest(pieces.start, pieces.lot_start) - pieces.start,
        end=ibis.least(pieces.stop, pieces.lot_stop) - pieces.start,
    )
    return pieces.select(
        "grant",
        "ordered",
        "first",
        "at",
        fen=pieces.end - pieces.begin,
        value=_piece(pieces, pieces.value, pieces.fen),
        ride=_piece(pieces, pieces.costs, pieces.price),
    )


def _piece(pieces: IbisTable, amount: IntegerValue, whole: IntegerValue) -> IntegerValue:
    """The piece's part of `amount`: differences of one rising function, so pieces add up to the stretch exactly."""
    base = whole.nullif(0)
    return (quotient(amount * pieces.end, base) - quotient(amount * pieces.begin, base)).fill_null(0)


def last_grant_values(prepared: Prepared, given: IbisTable) -> IbisTable:
    """Orders that drew no bonus, credited to the last grant within its window: credited_grant, credited (fen)."""
    orders = prepared.orders
    plain = orders.filter(orders.bonus == 0, orders.by_user)
    plain = plain.select("person", "value", order="key", ordered_at=micros(plain.at))
    lots = given.select(
        "grant",
        lot_person="person",
        given_at=micros(given.at),
        until=micros(given.at) + given.window_days * DAY_US,
    )
    near = plain.join(
        lots,
        [plain.person == lots.lot_person, plain.ordered_at >= lots.given_at, plain.ordered_at < lots.until],
    )
    last = near.group_by("order").aggregate(
        last=ibis.struct({"at": near.given_at, "grant": near.grant}).max(), value=near.value.max()
    )
    return last.group_by(credited_grant=last["last"]["grant"]).aggregate(
        credited=last.value.sum().cast("int64")
    )


def grant_results(prepared: Prepared, given: IbisTable, lapsed: IbisTable, pieces: IbisTable) -> IbisTable:
    """Grants, without their ids, with what became of them, materialised.

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
    # One by one: together they hold so much at once that the engine spills and no longer works in parallel.
    sums = prepared.lake.materialise("lot_sums", sums)
    credited = prepared.lake.materialise("credited_grants", last_grant_values(prepared, given))
    rows = given.left_join(lapsed, given.grant == lapsed.lapsed_grant)
    rows = rows.left_join(sums, rows.grant == sums.drawn_grant)
    rows = rows.left_join(credited, rows.grant == credited.credited_grant)
    rows = rows.mutate(
        spent=rows.spent.fill_null(0),
        expired=rows.lapsed.fill_null(0) + rows.taken_back.fill_null(0),
        ride=rows.ride.fill_null(0),
        first_ride=rows.first_ride.fill_null(0),
        attributed=rows.drawn_value.fill_null(0) + rows.credited.fill_null(0),
    )
    rows = rows.mutate(open=rows.fen - rows.spent - rows.expired).drop(
        "drawn_grant",
        "drawn_value",
        "credited_grant",
        "credited",
        "taken_back",
        "lapsed_grant",
        "lapsed",
        "grant_id",
        "user_id",
    )
    results = prepared.lake.materialise("grant_results", rows)
    prepared.lake.drop(sums, credited)
    return results
