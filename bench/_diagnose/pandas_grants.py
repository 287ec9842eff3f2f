"""In pandas, what was given and what became of it: lots, outcomes of arms, segments, unit costs, the drain loop."""

from pathlib import Path

import numpy as np
import pandas as pd

BONUS = ["recharge_bonus", "task", "cashback", "adjust", "gift_card_given"]
WINDOW_DAYS = 14
DAY = pd.Timedelta(days=1)
PURPOSES = {"acquire": "CAC", "convert": "CCV", "retain": "CRC", "reactivate": "CRC"}
DEPTHS = {
    "all": [], "month": ["month"], "segment": ["segment"], "campaign": ["campaign_id"], "source": ["source"],
    "cell": ["month", "segment", "campaign_id", "source"],
}  # fmt: skip


def grant_facts(orders: pd.DataFrame, people: pd.DataFrame, folder: Path) -> dict[str, pd.DataFrame]:
    """The fact tables about grants, by the names of the statements that compute the same."""
    entries = pd.read_parquet(folder / "balance_entries.parquet")
    campaigns = pd.read_parquet(folder / "campaigns.parquet")
    users = pd.read_parquet(folder / "users.parquet")
    lots, line = lot_results(orders, entries, campaigns)
    lots["abuser"] = lots.user_id.isin(users.user_id[users.status == "abuser"])
    assigned = assignments(folder, campaigns)
    bars = high_value_bars(orders[~orders.abuser])
    lots = lots.join(states(lots, orders, people, users, bars, after_days=30))
    assigned = assigned.join(states(assigned, orders, people, users, bars, after_days=90))
    lots = classed(lots, folder)
    end = orders["at"].max().normalize() + DAY
    return {
        "grant_sums": grant_sums(lots, end),
        "arm_moments": arm_sums(assigned, lots, end),
        "campaign_days": lots[lots.campaign_id.notna()]
        .groupby(["campaign_id", lots["at"].dt.date])
        .fen.sum()
        .reset_index(),
        "unit_cost_sums": unit_costs(lots, first_orders(orders, people, lots), unexplained(line, people)),
        "segment_sums": segment_sums(lots, people, orders["at"].min().normalize(), end),
        "day_issues": day_issues(lots, orders),
        "drain_sums": drain_sums(orders, users, folder),
    }


def lot_results(
    orders: pd.DataFrame, entries: pd.DataFrame, campaigns: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Grants with what of them expired, was drawn (oldest first), the value of the orders that drew; and the draws."""
    given = entries[(entries.direction == "in") & entries.kind.isin(BONUS) & (entries.amount > 0)]
    lots = given[["entry_id", "user_id", "at", "kind", "campaign_id"]].assign(fen=given.amount)
    lots = lots.merge(campaigns[["campaign_id", "purpose", "window_days"]], on="campaign_id", how="left")
    lots["window"] = pd.to_timedelta(lots.window_days.fillna(WINDOW_DAYS), unit="D")
    lots["month"] = lots["at"].dt.strftime("%Y-%m")
    lots = lots.sort_values(["user_id", "at", "entry_id"], ignore_index=True)
    lapsed = lots.entry_id.map(lapses(entries, lots)).fillna(0)
    lots["lapsed"] = lapsed.clip(upper=lots.fen).astype("int64")
    lots["stop"] = (lots.fen - lots.lapsed).groupby(lots.user_id).cumsum()
    lots["start"] = lots.stop - lots.fen + lots.lapsed
    line = draws(orders, entries, lots)
    pairs = lots[["entry_id", "user_id", "start", "stop"]].merge(line, on="user_id")
    pairs = pairs[(pairs.start < pairs.to) & (pairs["from"] < pairs.stop)]
    pairs["part"] = pairs[["stop", "to"]].min(axis=1) - pairs[["start", "from"]].max(axis=1)
    pairs["value"] = pairs.value * pairs.part / pairs.fen
    pairs["ride"] = (pairs.costs * pairs.part / pairs.price).fillna(0)
    by_orders = pairs[pairs.ordered].groupby("entry_id")
    drawn = by_orders.agg(
        spent=("part", "sum"), value=("value", "sum"), ride=("ride", "sum"), last_draw=("at", "max")
    )
    lots = lots.merge(drawn, left_on="entry_id", right_index=True, how="left")
    taken = pairs[~pairs.ordered].groupby("entry_id").part.sum().rename("taken_back")
    lots = lots.merge(taken, left_on="entry_id", right_index=True, how="left")
    lots = lots.fillna({"spent": 0, "value": 0, "ride": 0, "taken_back": 0})
    lots["attributed"] = lots.value + lots.entry_id.map(credited(orders, lots)).fillna(0)
    lots["expired"] = lots.lapsed + lots.taken_back
    lots["open"] = lots.fen - lots.spent - lots.expired
    return lots.drop(columns=["value", "start", "stop"]), line


def lapses(entries: pd.DataFrame, lots: pd.DataFrame) -> "pd.Series[int]":
    """Fen expired by grant: an expiry falls on its campaign's grant whose age is nearest to the usual one."""
    gone = entries[(entries.direction == "out") & (entries.kind == "expire")]
    gone = gone[["user_id", "at", "amount"]].assign(
        expiry=gone.entry_id, campaign=gone.campaign_id.fillna("")
    )
    held = lots[["entry_id", "user_id", "at", "kind"]].assign(campaign=lots.campaign_id.fillna(""))
    pairs = gone.merge(held, on=["user_id", "campaign"], suffixes=("", "_given"))
    pairs = pairs[pairs["at"] >= pairs.at_given]
    pairs["age"] = (pairs["at"].dt.floor("s") - pairs.at_given.dt.floor("s")).dt.total_seconds()
    pairs["age_days"] = pairs.age // 86_400
    pairs["candidates"] = pairs.groupby("expiry").entry_id.transform("size")
    usual = pairs.groupby(["campaign", "kind"]).age_days.agg(lambda ages: ages.mode().iloc[0])
    pairs = pairs.merge(usual.rename("usual"), left_on=["campaign", "kind"], right_index=True)
    fits = pairs[pairs.age_days == pairs.usual].groupby(["campaign", "kind"]).age.agg(["median", "size"])
    alone = pairs[pairs.candidates == 1].groupby(["campaign", "kind"]).age.median().rename("alone")
    terms = fits.join(alone)
    terms["term"] = terms.alone.fillna(terms["median"])
    pairs = pairs.merge(terms[["term", "size"]], left_on=["campaign", "kind"], right_index=True)
    pairs["misfit"] = (pairs.age - pairs.term).abs() + 86_400 / pairs["size"]
    return pairs.sort_values("misfit").drop_duplicates("expiry").groupby("entry_id").amount.sum()


def draws(orders: pd.DataFrame, entries: pd.DataFrame, lots: pd.DataFrame) -> pd.DataFrame:
    """What drew bonus, laid end to end by user; what no earlier grant covers is left out."""
    paid = orders[(orders.bonus_paid > 0) & orders.user_id.notna()]
    costs = paid.own_fee + paid.site_cost + paid.platform_cut + paid.agent
    moves = [
        paid[["user_id", "at", "value", "price"]].assign(
            tie=paid.order_id, fen=paid.bonus_paid, costs=costs, place=1, ordered=True
        )
    ]
    gone = entries[(entries.direction == "out") & entries.kind.isin(["clawback", "adjust"])]
    nothing = {"value": 0, "price": 0, "costs": 0, "ordered": False}
    moves.append(gone[["user_id", "at"]].assign(tie=gone.entry_id, fen=gone.amount, place=1, **nothing))
    moves.append(
        lots[["user_id", "at"]].assign(tie=lots.entry_id, fen=lots.fen - lots.lapsed, place=0, **nothing)
    )
    line = pd.concat(moves).sort_values(["user_id", "at", "place", "tie"], ignore_index=True)
    owed = line.fen.where(line.place == 1, -line.fen).groupby(line.user_id).cumsum()
    uncovered = owed.groupby(line.user_id).cummax().clip(lower=0)
    line["covered"] = line.fen - (uncovered - uncovered.groupby(line.user_id).shift().fillna(0))
    line = line[line.place == 1].sort_values(["user_id", "at", "tie"])
    line["to"] = line.groupby("user_id").covered.cumsum()
    line["from"] = line.to - line.covered
    return line


def credited(orders: pd.DataFrame, lots: pd.DataFrame) -> "pd.Series[float]":
    """Value of orders that drew no bonus, credited to the last grant if its window still ran."""
    plain = orders.loc[(orders.bonus_paid == 0) & orders.user_id.notna(), ["user_id", "at", "value"]]
    given = lots[["user_id", "at", "entry_id", "window"]].assign(given_at=lots["at"]).sort_values("at")
    last = pd.merge_asof(plain.sort_values("at"), given, on="at", by="user_id")
    return last[last["at"] < last.given_at + last.window].groupby("entry_id").value.sum()


def assignments(folder: Path, campaigns: pd.DataFrame) -> pd.DataFrame:
    """Assignments with their campaign's window and cap, and whether they are controls."""
    rows = pd.read_parquet(folder / "assignments.parquet")
    rows = rows.merge(campaigns[["campaign_id", "window_days", "value_cap"]], on="campaign_id", how="left")
    rows["window"] = pd.to_timedelta(rows.window_days.fillna(WINDOW_DAYS), unit="D")
    rows["month"] = rows["at"].dt.strftime("%Y-%m")
    rows["control"] = (rows.arm == "control") | ((rows.arm == "explore") & (rows.amount.fillna(0) == 0))
    rows["amount"] = rows.amount.where(~rows.control, 0)
    rows["w"] = 1 / rows.probability.astype("float64")
    return rows


def states(
    decisions: pd.DataFrame,
    orders: pd.DataFrame,
    people: pd.DataFrame,
    users: pd.DataFrame,
    bars: "pd.Series[float]",
    *,
    after_days: int,
) -> pd.DataFrame:
    """Each decision's user as of then: the orders around it, and the segment."""
    sold = orders.loc[orders.user_id.notna(), ["user_id", "at", "value", "margin"]].rename(
        columns={"at": "ordered_at"}
    )
    pairs = decisions[["user_id", "at", "window"]].reset_index(names="decision").merge(sold, on="user_id")
    age = pairs.ordered_at - pairs["at"]
    before = age < pd.Timedelta(0)
    found = pd.DataFrame(index=decisions.index)
    found["last_before"] = pairs[before].groupby("decision").ordered_at.max()
    found["next_after"] = pairs[~before].groupby("decision").ordered_at.min()
    recent = pairs[before & (age >= -90 * DAY)].groupby("decision").margin.agg(["size", "sum"])
    found[["orders_90", "margin_90_before"]] = recent
    if after_days > 30:
        found["before"] = pairs[before & (age >= -60 * DAY)].groupby("decision").value.sum()
        found["after"] = pairs[~before & (age < pairs.window)].groupby("decision").value.sum()
        found["after_30"] = pairs[~before & (age < 30 * DAY)].groupby("decision").margin.sum()
        found["after_90"] = pairs[~before & (age < 90 * DAY)].groupby("decision").margin.sum()
    sums = [name for name in found if not name.startswith(("last_", "next_"))]
    found[sums] = found[sums].fillna(0)
    known = (
        people[["first_at", "last_at", "source", "old"]].reindex(decisions.user_id).set_axis(decisions.index)
    )
    # Who spent and has no order in the files spent it before them.
    spent = decisions.user_id.isin(users.user_id[users.cum_spend > 100])
    idle = found.last_before.isna() & found.next_after.isna()
    found = found.join(known.assign(old=known.old.astype("boolean").fillna(spent & idle).astype(bool)))
    found["segment"] = segments(
        at=decisions["at"], first_day=orders["at"].min().normalize(), first_at=found.first_at,
        last_before=found.last_before, orders_90=found.orders_90, margin_90=found.margin_90_before,
        bar=decisions.month.map(bars), old=found.old,
    )  # fmt: skip
    return found


def segments(*, at, first_day, first_at, last_before, orders_90, margin_90, bar, old):  # type: ignore[no-untyped-def]
    """The first segment that fits."""
    never = last_before.isna()
    return np.select(
        [
            ~old & (never | (first_at >= at - 30 * DAY)),
            never & (first_day <= at - 180 * DAY),
            never,
            last_before < at - 180 * DAY,
            last_before < at - 60 * DAY,
            (orders_90 > 0) & (margin_90 >= bar),
            orders_90 == 1,
        ],
        ["newcomer", "lost", "unknown", "lost", "dormant", "high_value", "low_frequency"],
        "regular",
    )


def high_value_bars(orders: pd.DataFrame) -> "pd.Series[float]":
    """The top fifth's least margin in the 90 days before each month, of those who ordered in them."""
    months = pd.period_range(orders["at"].min(), orders["at"].max() + 90 * DAY, freq="M")
    bars = {}
    for month in months:
        start = month.to_timestamp()
        recent = orders[(orders["at"] < start) & (orders["at"] >= start - 90 * DAY)]
        bars[str(month)] = recent.groupby("person").margin.sum().quantile(0.8)
    return pd.Series(bars).round()


def classed(lots: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Grants by what they were for, and whether that happened."""
    events = pd.read_parquet(folder / "events.parquet", columns=["user_id", "at"]).dropna()
    top_ups = pd.read_parquet(folder / "recharges.parquet", columns=["user_id", "created_at"])
    signs = pd.concat([events, top_ups.rename(columns={"created_at": "at"})]).sort_values("at")
    asked = lots.purpose.isna() | (lots.purpose == "convert")
    open_question = lots[asked & (lots.kind != "recharge_bonus")].sort_values("at")
    seen = pd.merge_asof(
        open_question[["entry_id", "user_id", "at"]],
        signs.assign(seen_at=signs["at"]),
        on="at",
        by="user_id",
    )
    intending = seen.entry_id[seen.seen_at >= seen["at"] - 7 * DAY]
    intent = (lots.kind == "recharge_bonus") | lots.entry_id.isin(intending)
    never = lots.last_before.isna()
    hesitant = intent & (never | (lots.last_before < lots["at"] - 7 * DAY))
    by_state = np.select(
        [never & ~lots.old, hesitant],
        ["CAC", "CCV"],
        "CRC",
    )
    lots["unit_kind"] = lots.purpose.map(PURPOSES).fillna(pd.Series(by_state, index=lots.index))
    again = (~never | lots.old) & (lots.next_after < lots["at"] + 30 * DAY)
    within = hesitant & (lots.next_after < lots["at"] + lots.window)
    acted = np.select([lots.unit_kind == "CRC", lots.unit_kind == "CCV"], [again, within], False)
    lots["acted"] = acted & ~lots.abuser
    lots["source"] = lots.source.fillna("none")
    return lots


def grant_sums(lots: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    """By month, kind and campaign what was issued and what became of it."""
    told = lots.last_draw + 60 * DAY <= end
    lots["never_back"] = lots.spent.where(told & (lots.last_at <= lots.last_draw), 0)
    lots["never_back_known"] = lots.spent.where(told, 0)
    grouped = lots.groupby(["month", "kind", "campaign_id", "abuser"], dropna=False)
    summed = ["fen", "spent", "expired", "open", "never_back", "never_back_known", "attributed"]
    return grouped[summed].sum().assign(grants=grouped.size(), users=grouped.user_id.nunique()).reset_index()


def arm_sums(rows: pd.DataFrame, lots: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    """Each arm's moments of value after and before, weighted by 1 / probability, and what its grants cost."""
    keys = rows[["assignment_id", "user_id", "campaign_id", "at"]].sort_values("at")
    own = lots.loc[lots.campaign_id.notna(), ["user_id", "campaign_id", "at", "fen", "spent", "open"]]
    given = pd.merge_asof(own.sort_values("at"), keys, on="at", by=["user_id", "campaign_id"])
    costs = given.groupby("assignment_id")[["fen", "spent", "open"]].sum()
    rows = rows.merge(costs, left_on="assignment_id", right_index=True, how="left")
    rows = rows[rows["at"] + rows.window <= end].copy()
    rows["y"] = rows[["after", "value_cap"]].min(axis=1)
    rows["x"] = rows.before
    for name, moment in {
        "wy": rows.w * rows.y, "w2": rows.w**2, "w2y": rows.w**2 * rows.y, "w2y2": (rows.w * rows.y) ** 2,
        "wx": rows.w * rows.x, "w2x": rows.w**2 * rows.x, "w2x2": (rows.w * rows.x) ** 2,
        "w2xy": rows.w**2 * rows.x * rows.y,
    }.items():  # fmt: skip
        rows[name] = moment
    grouped = rows.groupby(["campaign_id", "month", "segment", "control", "amount"])
    summed = [
        "w",
        "wy",
        "w2",
        "w2y",
        "w2y2",
        "wx",
        "w2x",
        "w2x2",
        "w2xy",
        "fen",
        "spent",
        "open",
        "after_30",
        "after_90",
    ]
    return grouped[summed].sum().assign(n=grouped.size()).reset_index()


def first_orders(orders: pd.DataFrame, people: pd.DataFrame, lots: pd.DataFrame) -> pd.DataFrame:
    """Each new user's first order that was kept, its fees, and the campaign whose grant came before."""
    new = people.index[~people.old]
    kept = orders[~orders.abuser & (orders.refund < orders.price) & orders.person.isin(new)]
    kept = kept.sort_values(["at", "order_id"]).drop_duplicates("person")
    costs = kept.fee + kept.agent + kept.site_cost + kept.platform_cut
    first = kept[["person", "at", "month", "source"]].assign(fees=costs, segment="newcomer")
    acquiring = lots.campaign_id.notna() & (lots.unit_kind == "CAC")
    named = lots.loc[acquiring, ["user_id", "at", "campaign_id", "window"]]
    named = named.assign(given_at=named["at"]).rename(columns={"user_id": "person"}).sort_values("at")
    first = pd.merge_asof(first, named, on="at", by="person")
    first["campaign_id"] = first.campaign_id.where(first["at"] < first.given_at + first.window)
    return first


def unexplained(line: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """What orders drew of bonus that no grant explains."""
    rows = line[line.ordered & (line.fen > line.covered)]
    source = rows.user_id.map(people.source).fillna("none")
    return pd.DataFrame(
        {"unit_kind": "other", "month": rows["at"].dt.strftime("%Y-%m"), "segment": "unknown", "campaign_id": None,
         "source": source, "spent": rows.fen - rows.covered}
    )  # fmt: skip


def unit_costs(lots: pd.DataFrame, firsts: pd.DataFrame, unexplained: pd.DataFrame) -> pd.DataFrame:
    """CAC, CRC, CCV and other in every cut, but for the fees: rewards, people once a month, and what was got."""
    lots = lots.sort_values(["at", "acted"], ascending=[True, False])
    converted = lots[lots.acted & (lots.unit_kind == "CCV")].drop_duplicates(
        ["user_id", "next_after"], keep="last"
    )
    tables = []
    for depth, keys in DEPTHS.items():
        by = ["unit_kind", *keys]
        grouped = lots.groupby(by, dropna=False)
        tables.append(grouped[["fen", "spent", "open"]].sum().assign(grants=grouped.size()))
        people = lots.drop_duplicates([*dict.fromkeys([*by, "user_id", "month"])])
        kept = (people.acted & (people.unit_kind == "CRC")).groupby([people[key] for key in by], dropna=False)
        tables.append(pd.DataFrame({"users": kept.size(), "n": kept.sum()}))
        tables.append(converted.groupby(by, dropna=False).size().rename("n").to_frame())
        won = firsts.assign(unit_kind="CAC").groupby(by, dropna=False)
        tables.append(won.size().rename("n").to_frame())
        tables.append(unexplained.groupby(by, dropna=False)[["spent"]].sum())
        tables = [
            table.reset_index().assign(depth=depth) if "depth" not in table else table for table in tables
        ]
    return pd.concat(tables)


def segment_sums(
    lots: pd.DataFrame, people: pd.DataFrame, first_day: pd.Timestamp, end: pd.Timestamp
) -> pd.DataFrame:
    """People by their segment now, bonus by the segment at its grant."""
    bar = people.margin_90[people.orders_90 > 0].quantile(0.8).round()
    now = segments(
        at=pd.Series(end, index=people.index), first_day=first_day, first_at=people.first_at,
        last_before=people.last_at, orders_90=people.orders_90, margin_90=people.margin_90, bar=bar, old=people.old,
    )  # fmt: skip
    given = lots.groupby("segment")[["fen", "spent", "attributed"]].sum()
    return (
        given.join(pd.Series(now).value_counts().rename("users"), how="outer")
        .fillna(0)
        .reset_index(names="segment")
    )


def day_issues(lots: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    """Bonus that left the pot a day, beside the day's turnover."""
    sold = orders.groupby(orders["at"].dt.date).price.sum()
    day = lots["at"].dt.date
    of_campaigns = lots.fen.where(lots.campaign_id.notna(), 0).groupby(day).sum()
    to_newcomers = lots.fen.where(lots.unit_kind == "CAC", 0).groupby(day).sum()
    return pd.DataFrame(
        {
            "price": sold,
            "issued": lots.groupby(day).fen.sum(),
            "campaigns": of_campaigns,
            "newcomers": to_newcomers,
        }
    ).fillna(0)


def drain_sums(orders: pd.DataFrame, users: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Orders whose user's level with bonus counted lies above the one their principal had earned."""
    topped = pd.read_parquet(folder / "recharges.parquet")
    topped = topped[topped.status == "paid"].assign(at=topped.paid_at).sort_values("at")
    topped["principal"] = topped.groupby("user_id").amount.cumsum()
    topped["counted"] = topped.groupby("user_id").bonus.cumsum()
    sold = orders[orders.user_id.notna() & ~orders.abuser].sort_values("at")
    rows = pd.merge_asof(sold, topped[["user_id", "at", "principal", "counted"]], on="at", by="user_id")
    rows = rows[rows.counted > 0]
    inside = topped.groupby("user_id")[["amount", "bonus"]].sum().sum(axis=1)
    opening = (users.set_index("user_id").cum_recharge - inside).clip(lower=0).fillna(0)
    own = rows.principal + rows.user_id.map(opening).fillna(0)
    levels = pd.read_parquet(folder / "levels.parquet").sort_values("threshold")
    discounts = np.concatenate([[0], levels.discount.astype("float64")])
    listed = (rows.list_price.astype("float64") * rows.qty * 100).round()
    earned = (listed * discounts[np.searchsorted(levels.threshold, own, side="right")] + 0.5) // 1
    held = (
        listed * discounts[np.searchsorted(levels.threshold, own + rows.counted, side="right")] + 0.5
    ) // 1
    rows = rows.assign(excess=held - earned)
    fits = ((rows.level_discount - held).abs() < (rows.level_discount - earned).abs())[rows.excess > 0]
    rows = rows[rows.excess > 0]
    return pd.DataFrame(
        [{"users": rows.user_id[fits].nunique(), "orders": fits.sum(), "excess_discount_fen": rows.excess[fits].sum(),
          "fits_without": (~fits).sum(), "discount_fen": rows.level_discount.sum()}]
    )  # fmt: skip
