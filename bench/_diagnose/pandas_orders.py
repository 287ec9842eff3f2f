"""The same facts as a user of pandas would write them: read_parquet, merge, merge_asof, groupby; no loop over rows.

Here the orders: every cost on them, by month and source, agents and price gaps, cohorts, fifths, channels, the funnel.
What was given and what became of it is in pandas_grants.py. The rows behind findings are left out.
"""

from pathlib import Path

import numpy as np
import pandas as pd

SOLD = ["paid", "delivered", "partly_refunded", "refunded"]


def order_facts(orders: pd.DataFrame, people: pd.DataFrame, folder: Path) -> dict[str, pd.DataFrame]:
    """The fact tables that need no grants, by the names of the statements that compute the same."""
    real = orders[~orders.abuser]
    return {
        "order_sums": order_sums(orders),
        "agent_sums": agent_sums(real, folder),
        "cohort_cells": cohort_cells(real),
        "month_sums": month_sums(real, people),
        "rfm_cells": rfm_cells(people),
        "channel_sums": channel_sums(orders, folder),
        "funnel": funnel(people, orders, folder),
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
    orders["margin"] = orders["value"] - orders.bonus_paid
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
    sums = grouped[["price", "amount", "gap"]].sum().assign(orders=grouped.size()).reset_index()
    return sums.astype({"layer": "Int64"})


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


def buyers(orders: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """One row a buyer, abusers left out: first and last order, sums, the last 90 days, and whether bought before."""
    real = orders[~orders.abuser].sort_values("at")
    end = orders["at"].max().normalize() + pd.Timedelta(days=1)
    grouped = real.groupby("person")
    people = grouped.agg(
        first_at=("at", "first"), last_at=("at", "last"), source=("source", "first"), orders=("price", "size"),
        price=("price", "sum"), value=("value", "sum"),
    )  # fmt: skip
    recent = real[real["at"] >= end - pd.Timedelta(days=90)].groupby("person").margin.agg(["size", "sum"])
    people = people.join(recent.rename(columns={"size": "orders_90", "sum": "margin_90"}))
    people[["orders_90", "margin_90"]] = people[["orders_90", "margin_90"]].fillna(0)
    users = pd.read_parquet(folder / "users.parquet", columns=["user_id", "cum_spend"]).set_index("user_id")
    people = people.join(users)
    people["old"] = people.cum_spend > people.price + 100
    return people


def month_sums(orders: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Each month's orders, buyers, new and repeat buyers."""
    months = orders.groupby(["person", "month"]).agg(
        orders=("price", "size"), price=("price", "sum"), value=("value", "sum")
    )
    months = months.reset_index("month").join(people[["first_at", "old"]])
    first = months.first_at.dt.strftime("%Y-%m")
    months["new"] = (months.month == first) & ~months.old
    months["repeat"] = (months.orders > 1) | (months.month > first) | months.old
    grouped = months.groupby("month")
    sums = grouped[["orders", "new", "repeat", "price", "value"]].sum()
    return sums.assign(buyers=grouped.size()).reset_index()


def rfm_cells(people: pd.DataFrame) -> pd.DataFrame:
    """Buyers by fifths of last order and of number of orders."""
    rows = people.sort_values(["last_at"])
    rows["recency"] = np.arange(len(rows)) * 5 // len(rows) + 1
    rows = rows.sort_values(["orders", "price"])
    rows["frequency"] = np.arange(len(rows)) * 5 // len(rows) + 1
    return rows.groupby(["recency", "frequency"]).value.agg(["size", "sum"]).reset_index()


def channel_sums(orders: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Money taken by each channel, orders and top-ups together, and its fee."""
    taken = orders.loc[orders.paid > 0, ["payment_channel", "paid", "payment_fee"]]
    top_ups = pd.read_parquet(folder / "recharges.parquet")
    top_ups = top_ups.loc[top_ups.status == "paid", ["payment_channel", "amount", "fee"]]
    names = ["payment_channel", "amount_fen", "fee_fen"]
    rows = pd.concat([taken.set_axis(names, axis=1), top_ups.set_axis(names, axis=1)])
    grouped = rows.groupby("payment_channel")
    return grouped[["amount_fen", "fee_fen"]].sum().assign(payments=grouped.size()).reset_index()


def funnel(people: pd.DataFrame, orders: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Users who registered, browsed, carted, ordered, ordered again."""
    users = pd.read_parquet(folder / "users.parquet", columns=["created_at"])
    events = pd.read_parquet(folder / "events.parquet", columns=["user_id", "visitor", "type"])
    who = events.user_id.fillna(events.visitor)
    counts = {
        "registered": (users.created_at >= orders["at"].min().normalize()).sum(),
        "browsed": who[events.type.isin(["product.viewed", "browse", "view"])].nunique(),
        "carted": who[events.type.isin(["cart", "cart.added"])].nunique(),
        "ordered": len(people),
        "ordered_again": (people.orders > 1).sum(),
    }
    return pd.DataFrame([counts])


def half_up(amount: "pd.Series[float]") -> "pd.Series[float]":
    """Whole fen, halves up."""
    return (amount + 0.5) // 1
