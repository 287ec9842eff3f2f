"""Money as whole fen, read from decimal text and split so that nothing is lost.

An amount never passes through a float: text -> Decimal -> int. Where a split or a rate leaves a remainder, the
rule that places it is part of the function's contract, so that the parts always add up to the whole.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from fractions import Fraction

from huoshui.base.errors import BadMoney, Language

FEN_MAX = 10**15
"""Largest amount taken, in fen (ten trillion yuan): leaves room to add thousands of them in an int64."""


def fen(text: str) -> int:
    """Whole fen of a plain decimal text in yuan ('12.30' -> 1230).

    Raises BadMoney for anything that is no finite number, has a part of a fen, or is past FEN_MAX.
    """
    exact = decimal_yuan(text) * 100
    amount = int(exact)
    if amount != exact or abs(amount) > FEN_MAX:
        raise BadMoney(value=text)
    return amount


def decimal_yuan(text: str) -> Decimal:
    """The exact decimal of a plain text in yuan; sub-fen unit prices stay exact. Raises BadMoney."""
    try:
        value = Decimal(text.strip())
    except InvalidOperation as error:
        raise BadMoney(value=text) from error
    if not value.is_finite():
        raise BadMoney(value=text)
    return value


def round_fen(yuan: Decimal) -> tuple[int, Decimal]:
    """Whole fen of `yuan`, halves to even, and what the rounding left out (in fen, exact)."""
    exact = yuan * 100
    whole = int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
    return whole, exact - whole


def at_rate(amount_fen: int, rate: Fraction) -> int:
    """`amount_fen` x `rate` in whole fen, halves to even."""
    return round(amount_fen * rate)


def split(amount_fen: int, weights: Sequence[int]) -> list[int]:
    """Share `amount_fen` in proportion to `weights`; the parts add up to it exactly.

    Largest remainder: what is left over goes one fen at a time to the largest remainders, ties to the first.
    With all weights 0 the first part gets everything. Raises ValueError without weights or with a negative one.
    """
    if not weights or any(weight < 0 for weight in weights):
        raise ValueError("split needs weights of at least 0")
    total = sum(weights)
    if total == 0:
        return [amount_fen, *([0] * (len(weights) - 1))]
    sign = -1 if amount_fen < 0 else 1
    parts, remainders = zip(*(divmod(abs(amount_fen) * weight, total) for weight in weights), strict=True)
    shares = list(parts)
    left_over = abs(amount_fen) - sum(shares)
    for index in sorted(range(len(weights)), key=lambda i: -remainders[i])[:left_over]:
        shares[index] += 1
    return [sign * share for share in shares]


def yuan_text(amount_fen: int) -> str:
    """'1,234.50' of 123450."""
    sign = "-" if amount_fen < 0 else ""
    whole, part = divmod(abs(amount_fen), 100)
    return f"{sign}{whole:,}.{part:02d}"


def about_yuan(amount_fen: float, language: Language) -> str:
    """An amount as one says it: '1.7 万元' / '¥17,000', three digits at most that mean something."""
    yuan = amount_fen / 100
    if language == "en":
        return f"¥{yuan:,.0f}" if abs(yuan) >= 100 else f"¥{yuan:,.2f}"
    if abs(yuan) >= 1e8:
        return f"{yuan / 1e8:,.2f} 亿元"
    if abs(yuan) >= 1e4:
        return f"{yuan / 1e4:,.1f} 万元"
    return f"{yuan:,.0f} 元" if abs(yuan) >= 100 else f"{yuan:,.2f} 元"
