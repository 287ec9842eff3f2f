"""What every order costs: goods, fees, agents by layer, promoters, sites, refunds; the rest is its value."""

from dataclasses import dataclass

import numpy as np

from huoshui.sim.arrays import Columns, Ints, share_of
from huoshui.sim.credits import Commissions
from huoshui.sim.goods import SITE_CUT_RATE, SITE_FEE_RATE, Goods, channel_fee
from huoshui.sim.orders import Orders, TopUps
from huoshui.sim.people import AGENT, SITE


@dataclass(frozen=True, slots=True)
class Costs(Columns):
    """Cost parts by order, in fen. `layers_fen` is (order, layer - 1): price gaps, kept on a refund."""

    goods_fen: Ints
    refund_fen: Ints
    payment_fee_fen: Ints
    top_up_fee_fen: Ints
    layers_fen: Ints
    commission_fen: Ints
    site_fee_fen: Ints
    platform_cut_fen: Ints

    @property
    def agents_fen(self) -> Ints:
        """Price gaps of all layers and promoters' commission."""
        return np.asarray(self.layers_fen.sum(axis=1) + self.commission_fen)

    def value_fen(self, price_fen: Ints) -> Ints:
        """What is left of each order's price."""
        fees = self.payment_fee_fen + self.top_up_fee_fen + self.site_fee_fen + self.platform_cut_fen
        return np.asarray(price_fen - self.refund_fen - self.goods_fen - fees - self.agents_fen)


def order_costs(
    goods: Goods,
    orders: Orders,
    commissions: Commissions,
    top_ups: TopUps,
    *,
    bonus_paid_fen: Ints,
    balance_paid_fen: Ints,
) -> Costs:
    """The costs of `orders` as they were paid; a removed order counts as paid by money alone."""
    money = orders.price_fen - bonus_paid_fen - balance_paid_fen
    commission = np.zeros(len(orders), dtype=np.int64)
    counted = commissions.rejected == 0
    np.add.at(commission, commissions.order[counted], commissions.amount_fen[counted])
    at_site = orders.source == SITE
    return Costs(
        goods_fen=orders.cost_fen,
        refund_fen=orders.refund_fen,
        payment_fee_fen=channel_fee(money, orders.channel),
        top_up_fee_fen=np.rint(balance_paid_fen * mean_top_up_fee(top_ups)).astype(np.int64),
        layers_fen=layer_takes(goods, orders),
        commission_fen=commission,
        site_fee_fen=np.where(at_site, share_of(orders.price_fen, SITE_FEE_RATE), 0),
        platform_cut_fen=np.where(at_site, share_of(orders.price_fen, SITE_CUT_RATE), 0),
    )


def layer_takes(goods: Goods, orders: Orders) -> Ints:
    """(order, layer - 1): order price - P3 to layer 3, P3 - P2 to layer 2, P2 - P1 to layer 1."""
    prices = goods.agent_price_fen[orders.product] * orders.qty[:, None]
    takes = np.column_stack(
        [prices[:, 1] - prices[:, 0], prices[:, 2] - prices[:, 1], orders.price_fen - prices[:, 2]]
    )
    return np.asarray(takes * (orders.source == AGENT)[:, None])


def mean_top_up_fee(top_ups: TopUps) -> float:
    """Fee of a fen topped up, over the whole platform."""
    amount = int(top_ups.amount_fen[top_ups.paid].sum())
    return int(top_ups.fee_fen[top_ups.paid].sum()) / amount if amount else 0.0
