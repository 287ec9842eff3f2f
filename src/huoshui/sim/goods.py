"""What is sold, through whom, for how much: products, agent prices, payment channels, levels, top-ups."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from huoshui.sim.arrays import Floats, Ints, share_of

FAIR_STEP: Final = 0.04
"""A layer's fair share of the order price; one layer takes more."""

LEVEL_THRESHOLDS_FEN: Final = np.array([0, 10_800, 31_800, 56_800, 118_800], dtype=np.int64)
LEVEL_DISCOUNTS: Final = np.array([0.0, 0.02, 0.04, 0.06, 0.08])
LEVEL_NAMES: Final = ("普通会员", "白银会员", "黄金会员", "铂金会员", "钻石会员")

TOP_UP_FEN: Final = np.array([3_000, 5_000, 10_000, 20_000, 50_000, 100_000], dtype=np.int64)
TOP_UP_BONUS_FEN: Final = np.array([0, 300, 800, 2_400, 8_000, 20_000], dtype=np.int64)
TOP_UP_BONUS_DAYS: Final = 60

SITE_FEE_RATE: Final = 0.03
SITE_CUT_RATE: Final = 0.02
RESERVE_RATE: Final = 0.03
PROMOTER_RATES: Final = (0.03, 0.01)
BASKETS: Final = 3


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of goods: its products' prices in yuan, the range of their cost share, who buys it."""

    name: str
    names: tuple[str, ...]
    prices_yuan: tuple[int, ...]
    cost_share: tuple[float, float]
    popularity: float
    by_agents: bool


CATEGORIES: Final = (
    Category(
        name="游戏充值", names=("星海传说", "王城争霸", "幻境之书", "球场风云"),
        prices_yuan=(6, 18, 30, 68, 98, 128), cost_share=(0.70, 0.76), popularity=4.0, by_agents=True,
    ),
    Category(
        name="视频会员", names=("云影视频", "橙子TV", "千集影院"), prices_yuan=(15, 25, 45, 68, 128),
        cost_share=(0.71, 0.76), popularity=2.2, by_agents=True,
    ),
    Category(
        name="话费充值", names=("移动话费", "联通话费", "电信话费"), prices_yuan=(10, 20, 30, 50, 100, 200),
        cost_share=(0.90, 0.93), popularity=2.0, by_agents=False,
    ),
    Category(
        name="礼品卡", names=("商城礼品卡", "咖啡礼品卡"), prices_yuan=(20, 50, 100, 200),
        cost_share=(0.87, 0.91), popularity=1.0, by_agents=False,
    ),
    Category(
        name="软件会员", names=("网盘会员", "音乐会员", "文档会员"), prices_yuan=(12, 18, 30, 58, 98),
        cost_share=(0.80, 0.86), popularity=1.8, by_agents=False,
    ),
)  # fmt: skip
GIFT_CARDS: Final = 3
"""Position of the category that rings cash in with."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A payment channel: what it takes of each payment, and how much of the traffic goes through it."""

    name: str
    provider: str
    rate: float
    fixed_fen: int
    share: float


CHANNELS: Final = (
    Channel("聚合支付A", "易聚合", 0.015, 10, 0.34),
    Channel("聚合支付B", "码上付", 0.022, 20, 0.28),
    Channel("微信直连", "微信支付", 0.006, 0, 0.22),
    Channel("支付宝直连", "支付宝", 0.006, 0, 0.16),
)
CHANNEL_RATES: Final = np.array([channel.rate for channel in CHANNELS])
CHANNEL_FIXED_FEN: Final = np.array([channel.fixed_fen for channel in CHANNELS], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Goods:
    """All products, by position; agent prices are (product, layer - 1), 0 where agents do not sell it."""

    names: tuple[str, ...]
    category: Ints
    price_fen: Ints
    cost_fen: Ints
    by_agents: Ints
    agent_price_fen: Ints
    leak_layer: int
    leak_share: float
    weights: Floats
    """(basket class, product): how likely a basket class is to buy a product."""


def draw_goods(rng: np.random.Generator) -> Goods:
    """The price list of this seed, with the layer that takes too much."""
    names: list[str] = []
    category: list[int] = []
    price: list[int] = []
    cost_share: list[float] = []
    popularity: list[float] = []
    by_agents: list[int] = []
    for code, kind in enumerate(CATEGORIES):
        for name in kind.names:
            fame = kind.popularity * rng.gamma(6.0, 1 / 6.0) / len(kind.prices_yuan) / len(kind.names)
            for yuan in kind.prices_yuan:
                names.append(f"[模拟] {name} {yuan}元")
                category.append(code)
                price.append(yuan * 100)
                cost_share.append(rng.uniform(*kind.cost_share))
                popularity.append(fame)
                by_agents.append(int(kind.by_agents))
    price_fen = np.array(price, dtype=np.int64)
    sold_by_agents = np.array(by_agents, dtype=np.int64)
    leak_layer = int(rng.integers(1, 4))
    leak_share = float(rng.uniform(0.105, 0.125))
    return Goods(
        names=tuple(names),
        category=np.array(category, dtype=np.int64),
        price_fen=price_fen,
        cost_fen=np.rint(price_fen * np.array(cost_share)).astype(np.int64),
        by_agents=sold_by_agents,
        agent_price_fen=_agent_prices(price_fen, leak_layer, leak_share) * sold_by_agents[:, None],
        leak_layer=leak_layer,
        leak_share=leak_share,
        weights=_basket_weights(price_fen, np.array(popularity)),
    )


def channel_fee(paid_fen: Ints, channel: Ints) -> Ints:
    """What the channel takes of each payment, in fen; nothing of a payment of nothing."""
    fee = share_of(paid_fen, CHANNEL_RATES[channel]) + CHANNEL_FIXED_FEN[channel]
    return np.where(paid_fen > 0, np.minimum(fee, paid_fen), 0)


def level_at(cumulative_fen: Ints) -> Ints:
    """The level that a cumulative top-up has reached."""
    return np.searchsorted(LEVEL_THRESHOLDS_FEN, cumulative_fen, side="right") - 1


def top_up_bonus(amount_fen: Ints) -> Ints:
    """What the rules add to a top-up: the bonus of the largest step it reaches."""
    step = np.searchsorted(TOP_UP_FEN, amount_fen, side="right") - 1
    return np.where(step >= 0, TOP_UP_BONUS_FEN[step.clip(0)], 0)


def _agent_prices(price_fen: Ints, leak_layer: int, leak_share: float) -> Ints:
    """Layer prices from the outside in: what layer 3 pays, what layer 2 pays, what layer 1 pays."""
    prices = np.zeros((len(price_fen), 3), dtype=np.int64)
    left = price_fen.copy()
    for layer in (3, 2, 1):
        step = leak_share if layer == leak_layer else FAIR_STEP
        left = left - np.rint(price_fen * step).astype(np.int64)
        prices[:, layer - 1] = left
    return prices


def _basket_weights(price_fen: Ints, popularity: Floats) -> Floats:
    """Three basket classes, small to large: each likes prices around its own middle."""
    middles_yuan = np.array([22.0, 48.0, 95.0])
    distance = np.log(price_fen[None, :] / 100.0) - np.log(middles_yuan[:, None])
    return np.asarray(popularity[None, :] * np.exp(-0.5 * (distance / 0.75) ** 2))
