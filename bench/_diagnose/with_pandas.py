"""The main facts as a user of pandas would write them: read_parquet, merge, groupby; no loop over rows, no heroics.

It covers order sums with every cost, agents by layer with price gaps, bonus lots oldest first by campaign, arms'
outcome sums, cohorts and unit costs by kind. It leaves out the rows behind findings, segments, the funnel, fifths,
channels, the drain loop, unit costs by cell, and what an expiry names (it burns the oldest lots like a spend).
"""

from pathlib import Path

import pandas as pd

SOLD = ["paid", "delivered", "partly_refunded", "refunded"]
BONUS = ["recharge_bonus", "task", "cashback", "adjust"]
WINDOW_DAYS = 14


def facts_with_pandas(folder: Path) -> dict[str, pd.DataFrame]:
    """The main fact tables, by the names of the statements that compute the same."""
    orders = costed_orders(folder)
    real = orders[~orders.abuser]
    entries = pd.read_parquet(folder / "balance_entries.parquet")
    campaigns = pd.read_parquet(folder / "campaigns.parquet")
    lots = lot_results(orders, entries, campaigns)
    return {
        "order_sums": order_sums(orders),
        "agent_sums": agent_sums(real, folder),
        "cohort_cells": cohort_cells(real),
        "lot_sums": lots.groupby(["kind", "campaign_id"], dropna=False)[["fen", "spent", "open"]]
        .sum()
        .reset_index(),
        "arm_moments": arm_sums(orders, folder, campaigns),
        "unit_cost_sums": unit_costs(real, lots),
    }


def costed_orders(folder: Path) -> pd.DataFrame:
    """Sold orders with every cost on them, in fen."""
    orders = pd.read_parquet(folder / "orders.parquet")
    orders = orders[orders.status.isin(SOLD)].copy()
    users = pd.read_parquet(folder / "users.parquet", columns=["user_id", "status"])
    orders["abuser"] = orders.user_id.isin(users.user_id[users.status == "abuser"])
    orders["person"] = orders.user_id.fillna("guest:" + orders.guest_key)
    orders["at"] = orders.paid_at.fillna(orders.created_at)
    orders["month"] = orders["at"].dt.strftime("%Y-%m")
    orders["price"] = orders.paid + orders.balance_paid + orders.bonus_paid
    refunds = pd.read_parquet(folder / "refunds.parquet").groupby("order_id").amount.sum()
    orders = orders.merge(refunds.rename("refunded"), left_on="order_id", right_index=True, how="left")
    whole = orders.price.where(orders.status == "refunded", 0)
    orders["refund"] = orders.refunded.fillna(whole).clip(upper=orders.price).astype("int64")
    products = pd.read_parquet(folder / "products.parquet", columns=["product_id", "cost"])
    products["cost"] = products.cost.astype("float64")
    orders = orders.merge(products, on="product_id", how="left")
    orders["goods"] = (
        orders.cost_of_goods.fillna((orders.cost * orders.qty * 100).round()).fillna(0).astype("int64")
    )
    orders = with_fees(orders, folder)
    orders = with_agents(orders, folder)
    taken = orders[["refund", "goods", "fee", "site_cost", "platform_cut", "agent"]].sum(axis=1)
    orders["value"] = orders.price - taken
    return orders


def with_fees(orders: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Payment fees, the part of top-ups' fees that principal carries, site fees and the platform's cut."""
    channels = pd.read_parquet(folder / "payment_channels.parquet").drop(columns="provider")
    orders = orders.merge(channels, on="payment_channel", how="left")
    listed = half_up(orders.paid * orders.fee_rate.astype("float64")) + orders.fee_fixed
    orders["own_fee"] = orders.payment_fee.fillna(listed.where(orders.paid > 0, 0)).fillna(0).astype("int64")
    top_ups = pd.read_parquet(folder / "recharges.parquet")
    top_ups = top_ups[top_ups.status == "paid"]
    carried = half_up(orders.balance_paid * round(top_ups.fee.sum() / top_ups.amount.sum(), 8))
    orders["fee"] = orders.own_fee + carried.astype("int64")
    orders["site_cost"] = orders.site_fee.fillna(0).astype("int64")
    costs = pd.read_parquet(folder / "costs.parquet")
    cuts = costs[(costs.part == "platform_cut") & (costs.base == "order_price") & (costs.scope == "source")]
    orders["platform_cut"] = 0
    for cut in cuts.to_dict("records"):
        inside = (orders.source == cut["scope_id"]) & orders["at"].between(cut["from"], cut["to"])
        orders.loc[inside, "platform_cut"] += half_up(orders.price[inside] * float(cut["rate"])).astype(
            "int64"
        )
    return orders


def with_agents(orders: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Commission that stands, and the price gap above the first layer's price."""
    commissions = pd.read_parquet(folder / "commissions.parquet")
    paid_out = commissions[commissions.status != "rejected"].groupby("order_id").amount.sum()
    orders = orders.merge(paid_out.rename("paid_out"), left_on="order_id", right_index=True, how="left")
    orders["commission"] = orders.paid_out.fillna(orders.agent_commission).fillna(0).astype("int64")
    prices = pd.read_parquet(folder / "agent_prices.parquet")
    first = prices[prices.level == prices.level.min()].groupby("product_id").price.min().astype("float64")
    gap = (orders.price - (orders.product_id.map(first) * orders.qty * 100).round()).clip(lower=0).fillna(0)
    gap = gap.where(orders.agent_id.notna() & ~orders.source.isin(["promoter", "ad", "direct"]), 0)
    orders["gap"] = gap.where((orders.commission - gap).abs() > 1, 0).astype("int64")
    orders["agent"] = orders.commission + orders.gap
    return orders


def order_sums(orders: pd.DataFrame) -> pd.DataFrame:
    """Every cost part by month, source and kind of user, with the share that bonus paid."""
    parts = {
        "own_fee": "bonus_fee",
        "site_cost": "bonus_site_fee",
        "platform_cut": "bonus_cut",
        "agent": "bonus_agent",
    }
    for part, name in parts.items():
        orders[name] = half_up((orders.bonus_paid * orders[part] / orders.price).fillna(0)).astype("int64")
    summed = [
        "price", "paid", "balance_paid", "bonus_paid", "refund", "goods", "fee", "site_cost", "platform_cut", "agent",
        "value", *parts.values(),
    ]  # fmt: skip
    grouped = orders.groupby(["month", "source", "abuser"])
    return grouped[summed].sum().assign(orders=grouped.size()).reset_index()


def agent_sums(orders: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """What each agent took in each layer, by commission and by price gaps along the chain."""
    commissions = pd.read_parquet(folder / "commissions.parquet")
    known = commissions.order_id.unique()
    commissions = commissions[commissions.status != "rejected"]
    by_rows = orders[["order_id", "source", "price"]].merge(commissions, on="order_id")
    by_rows = by_rows.rename(columns={"level": "layer"})[["source", "layer", "agent_id", "price", "amount"]]
    agents = pd.read_parquet(folder / "agents.parquet")
    alone = orders[(orders.commission > 0) & ~orders.order_id.isin(known)].merge(
        agents, on="agent_id", how="left"
    )
    by_column = alone.rename(columns={"level": "layer", "commission": "amount"})
    by_column = by_column[["source", "layer", "agent_id", "price", "amount"]]
    takes = pd.concat([by_rows.assign(gap=0), by_column.assign(gap=0), gaps_by_layer(orders, agents, folder)])
    grouped = takes.groupby(["source", "layer", "agent_id"], dropna=False)
    return grouped[["price", "amount", "gap"]].sum().assign(orders=grouped.size()).reset_index()


def gaps_by_layer(orders: pd.DataFrame, agents: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Each layer's price gap on orders that were sold at a level's price."""
    step = agents.rename(columns={"agent_id": "seller", "level": "seller_layer"}).assign(distance=0)
    step["taker"] = step.seller
    steps = [step]
    ups = agents[["agent_id", "upline_id"]]
    while len(step):
        step = step.merge(ups, left_on="upline_id", right_on="agent_id", suffixes=("_below", ""))
        step = step.assign(taker=step.agent_id, distance=step.distance + 1)[steps[0].columns]
        steps.append(step)
    chain = pd.concat(steps)
    chain["layer"] = chain.seller_layer - chain.distance
    prices = pd.read_parquet(folder / "agent_prices.parquet")
    prices["price"] = prices.price.astype("float64")
    prices = prices.groupby(["product_id", "level"]).price.min().reset_index()
    own = prices.rename(columns={"level": "layer", "price": "own_price"})
    below = (
        prices.assign(layer=prices.level - 1).rename(columns={"price": "below_price"}).drop(columns="level")
    )
    rows = orders[orders.gap > 0].merge(chain, left_on="agent_id", right_on="seller")
    rows = rows.merge(own, on=["product_id", "layer"]).merge(below, on=["product_id", "layer"], how="left")
    sold_at = (rows.below_price * rows.qty * 100).round().where(rows.distance > 0).fillna(rows.price)
    gap = (sold_at - (rows.own_price * rows.qty * 100).round()).clip(lower=0).astype("int64")
    rows = rows.drop(columns=["agent_id", "gap"]).rename(columns={"taker": "agent_id"})
    return rows[["source", "layer", "agent_id", "price"]].assign(amount=gap, gap=gap)


def cohort_cells(orders: pd.DataFrame) -> pd.DataFrame:
    """Buyers by their first month and months since."""
    months = orders.assign(number=orders["at"].dt.year * 12 + orders["at"].dt.month)
    months = months.groupby(["person", "number"]).value.sum().reset_index()
    first = months.groupby("person").number.transform("min")
    months = months.assign(first=first, offset=months.number - first)
    grouped = months.groupby(["first", "offset"])
    return grouped.value.sum().to_frame().assign(users=grouped.size()).reset_index()


def lot_results(orders: pd.DataFrame, entries: pd.DataFrame, campaigns: pd.DataFrame) -> pd.DataFrame:
    """Grants with what of them was drawn, oldest first, and the value of the orders that drew them."""
    given = entries[(entries.direction == "in") & entries.kind.isin(BONUS) & (entries.amount > 0)]
    lots = given[["entry_id", "user_id", "at", "kind", "campaign_id"]].assign(fen=given.amount)
    lots = lots.merge(campaigns[["campaign_id", "purpose", "window_days"]], on="campaign_id", how="left")
    lots = lots.sort_values(["user_id", "at", "entry_id"])
    lots["stop"] = lots.groupby("user_id").fen.cumsum()
    lots["start"] = lots.stop - lots.fen
    paid = orders[(orders.bonus_paid > 0) & orders.user_id.notna()]
    draws = paid[["user_id", "at", "order_id", "value"]].assign(drawn=paid.bonus_paid, ordered=True)
    gone = entries[(entries.direction == "out") & entries.kind.isin(["expire", "clawback", "adjust"])]
    taken = gone[["user_id", "at"]].assign(order_id=gone.entry_id, value=0, drawn=gone.amount, ordered=False)
    draws = pd.concat([draws, taken]).sort_values(["user_id", "at", "order_id"])
    draws["to"] = draws.groupby("user_id").drawn.cumsum()
    draws["from"] = draws.to - draws.drawn
    pairs = lots[["entry_id", "user_id", "start", "stop"]].merge(draws, on="user_id")
    pairs = pairs[(pairs.start < pairs.to) & (pairs["from"] < pairs.stop)]
    pairs["fen"] = pairs[["stop", "to"]].min(axis=1) - pairs[["start", "from"]].max(axis=1)
    pairs["value"] = pairs.value * pairs.fen / pairs.drawn
    spent = pairs[pairs.ordered].groupby("entry_id")[["fen", "value"]].sum()
    lots = lots.merge(
        spent.rename(columns={"fen": "spent"}), left_on="entry_id", right_index=True, how="left"
    )
    all_drawn = pairs.groupby("entry_id").fen.sum().rename("drawn")
    lots = lots.merge(all_drawn, left_on="entry_id", right_index=True, how="left")
    lots[["spent", "value", "drawn"]] = lots[["spent", "value", "drawn"]].fillna(0)
    lots["open"] = lots.fen - lots.drawn
    return lots


def arm_sums(orders: pd.DataFrame, folder: Path, campaigns: pd.DataFrame) -> pd.DataFrame:
    """Each arm's value in the window after and in the 60 days before, weighted by 1 / probability."""
    rows = pd.read_parquet(folder / "assignments.parquet")
    rows = rows.merge(campaigns[["campaign_id", "window_days", "value_cap"]], on="campaign_id", how="left")
    rows["window"] = pd.to_timedelta(rows.window_days.fillna(WINDOW_DAYS), unit="D")
    sold = orders.loc[orders.user_id.notna(), ["user_id", "at", "value"]].rename(columns={"at": "ordered_at"})
    pairs = rows[["assignment_id", "user_id", "at", "window"]].merge(sold, on="user_id")
    age = pairs.ordered_at - pairs["at"]
    now = pd.Timedelta(0)
    windows = {
        "after": (age >= now) & (age < pairs.window),
        "before": (age < now) & (age >= pd.Timedelta(days=-60)),
        "after_30": (age >= now) & (age < pd.Timedelta(days=30)),
        "after_90": (age >= now) & (age < pd.Timedelta(days=90)),
    }
    for name, inside in windows.items():
        sums = pairs[inside].groupby("assignment_id").value.sum().rename(name)
        rows = rows.merge(sums, left_on="assignment_id", right_index=True, how="left").fillna({name: 0})
    rows["control"] = (rows.arm == "control") | ((rows.arm == "explore") & (rows.amount.fillna(0) == 0))
    rows["w"] = 1 / rows.probability.astype("float64")
    end = orders["at"].max().normalize() + pd.Timedelta(days=1)
    rows = rows[rows["at"] + rows.window <= end]
    rows["y"] = rows[["after", "value_cap"]].min(axis=1)
    for name in ("y", "before"):
        rows[f"w_{name}"] = rows.w * rows[name]
        rows[f"w2_{name}2"] = (rows.w * rows[name]) ** 2
    rows["month"] = rows["at"].dt.strftime("%Y-%m")
    rows["amount"] = rows.amount.where(~rows.control, 0)
    grouped = rows.groupby(["campaign_id", "month", "control", "amount"])
    summed = ["w", "w_y", "w2_y2", "w_before", "w2_before2", "after_30", "after_90"]
    return grouped[summed].sum().assign(n=grouped.size()).reset_index()


def unit_costs(orders: pd.DataFrame, lots: pd.DataFrame) -> pd.DataFrame:
    """Bonus to win, to keep and to convert by month, and how many were won, kept, converted."""
    of_purpose = {"acquire": "CAC", "convert": "CCV", "retain": "CRC", "reactivate": "CRC"}
    first = orders.groupby("person")["at"].min().rename("first_at")
    lots = lots.merge(first, left_on="user_id", right_index=True, how="left")
    new = lots.first_at.isna() | (lots.first_at >= lots["at"])
    lots["unit_kind"] = lots.purpose.map(of_purpose).fillna(new.map({True: "CAC", False: "CRC"}))
    sold = orders[["person", "at"]].rename(columns={"person": "user_id", "at": "ordered_at"})
    after = lots[["entry_id", "user_id", "at"]].merge(sold, on="user_id")
    after = after[
        (after.ordered_at >= after["at"]) & (after.ordered_at < after["at"] + pd.Timedelta(days=30))
    ]
    lots["acted"] = lots.entry_id.isin(after.entry_id)
    lots["month"] = lots["at"].dt.strftime("%Y-%m")
    sums = lots.groupby(["unit_kind", "month"])[["fen", "spent", "open"]].sum()
    users = lots.groupby(["unit_kind", "month"]).user_id.nunique().rename("users_rewarded")
    acted = lots[lots.acted].groupby(["unit_kind", "month"]).user_id.nunique().rename("n")
    return sums.join(users).join(acted).reset_index()


def half_up(amount: "pd.Series[float]") -> "pd.Series[float]":
    """Whole fen, halves up."""
    return (amount + 0.5) // 1
