"""One user of a plan in words: why this level, what the next ones would bring, and twenty to judge by eye."""

import numpy as np
import numpy.typing as npt

from huoshui.base.errors import Text
from huoshui.base.money import yuan_text
from huoshui.core.allocate.plan_values import CheckedUser
from huoshui.core.allocate.reserve import ALLOWED, NOT_ALLOWED, SetAside
from huoshui.core.allocate.values import Choices, Offers
from huoshui.core.costs.values import SEGMENTS
from huoshui.core.trials.draws import draws
from huoshui.flow.learning import reason_words
from huoshui.flow.planning.facts import NEVER, Candidates
from huoshui.flow.planning.matrix import Cells
from huoshui.flow.planning.texts import (
    HISTORY_NEVER_REWARDED,
    HISTORY_NONE,
    HISTORY_ORDERS,
    HISTORY_RECENT,
    HISTORY_REWARDED,
    HISTORY_WORTH,
    NOT_ALLOWED_NAMES,
    REASON,
    REASON_DRAWN_NOTHING,
    REASON_EXPLORE,
    REASON_FACTOR,
    REASON_FACTOR_WHY,
    REASON_NOTHING,
    SEGMENT_NAMES,
)

CHECKED_USERS = 20
FACTOR_SAID = 0.05
"""A user who answers as others do, give or take so much, is told nothing of it."""
CHECKED_WITHOUT = 5
"""Of them so many get nothing: leaving out the wrong ones is a mistake too."""


def checked_users(
    people: Candidates,
    cells: Cells,
    offers: Offers,
    aside: SetAside,
    choice: Choices,
    price_est: float,
    factor_est: float,
    *,
    seed: int,
    period: str,
) -> tuple[CheckedUser, ...]:
    """Twenty users drawn by hash, most of them with a level; fewer where the files hold fewer."""
    order = np.argsort(draws(people.keys, "checked", seed=seed, period=period), kind="stable")
    given, without = order[choice[order] > 0], order[choice[order] == 0]
    few = max(CHECKED_WITHOUT, CHECKED_USERS - len(given))
    taken = [*given[: CHECKED_USERS - min(few, len(without))], *without[:few]]
    near = neighbours(offers)
    return tuple(
        _checked(int(user), people, cells, offers, aside, choice, price_est, factor_est, near)
        for user in taken[:CHECKED_USERS]
    )


def neighbours(offers: Offers) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """For each choice (nothing first): the choice next below and above within its campaign; 0: nothing, -1: none.

    Both (K + 1,); below nothing there is nothing (-1).
    """
    count = len(offers.options)
    below, above = np.full(count + 1, -1), np.full(count + 1, -1)
    for number, option in enumerate(offers.options, start=1):
        own = [
            (other.amount_fen, place)
            for place, other in enumerate(offers.options, start=1)
            if other.campaign == option.campaign
        ]
        below[number] = max(((a, p) for a, p in own if a < option.amount_fen), default=(0, 0))[1]
        above[number] = min(((a, p) for a, p in own if a > option.amount_fen), default=(0, -1))[1]
    return below, above


def reason_of(
    cells: Cells, option: int, segment: int, value_est: float, *, answer: int = 0, why: int = 0
) -> Text:
    """One sentence: why a user of a segment gets this option, which brings `value_est` fen.

    `answer` and `why`: their kind and reason in what was learned, 0 for none.
    """
    chosen, name = cells.options[option], SEGMENT_NAMES[SEGMENTS[segment]]
    campaign = cells.terms[chosen.campaign].name
    figures = {
        "campaign": campaign,
        "amount": yuan_text(chosen.amount_fen).removesuffix(".00"),
        "cost": yuan_text(round(cells.cost_est[option, segment])),
        "value": yuan_text(round(value_est)),
    }
    reason = Text(REASON.zh.format(segment=name.zh, **figures), REASON.en.format(segment=name.en, **figures))
    own = _own_words(cells, chosen.campaign, answer, why)
    return reason if own is None else Text(reason.zh + own.zh, reason.en + own.en)


def _own_words(cells: Cells, campaign: str, answer: int, why: int) -> Text | None:
    """How much more or less than others a user answers, and why; None where that is next to nothing, or not learned."""
    learned = cells.learned
    if learned is None:
        return None
    factor = float(learned.factors_in(campaign)[answer])
    if abs(factor - 1) < FACTOR_SAID:
        return None
    told = REASON_FACTOR.filled(factor=f"{factor:.1f}")
    words = reason_words(learned.names, why)
    if words is None:
        return told
    because = Text(REASON_FACTOR_WHY.zh.format(why=words.zh), REASON_FACTOR_WHY.en.format(why=words.en))
    return Text(told.zh + because.zh, told.en + because.en)


def explored_reason(cells: Cells, option: int) -> Text:
    """One sentence: why an explorer gets this option."""
    chosen = cells.options[option]
    return REASON_EXPLORE.filled(
        campaign=cells.terms[chosen.campaign].name, amount=yuan_text(chosen.amount_fen).removesuffix(".00")
    )


def _checked(
    user: int,
    people: Candidates,
    cells: Cells,
    offers: Offers,
    aside: SetAside,
    choice: Choices,
    price_est: float,
    factor_est: float,
    near: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
) -> CheckedUser:
    number, segment = int(choice[user]), int(people.segment[user])
    explores = bool(aside.explored.explores[user])
    reason = int(aside.reason[user])
    name = SEGMENT_NAMES[SEGMENTS[segment]]
    if number:
        why = (
            explored_reason(cells, number - 1)
            if explores
            else reason_of(
                cells,
                number - 1,
                segment,
                float(offers.values_est[number - 1, user]) * factor_est,
                answer=int(people.answer[user]),
                why=int(people.answer_reason[user]),
            )
        )
    elif reason != ALLOWED:
        why = NOT_ALLOWED_NAMES[NOT_ALLOWED[reason]]
    elif explores:
        why = REASON_DRAWN_NOTHING
    else:
        why = Text(
            REASON_NOTHING.zh.format(segment=name.zh, price=f"{price_est:.2f}"),
            REASON_NOTHING.en.format(segment=name.en, price=f"{price_est:.2f}"),
        )
    option = offers.options[number - 1] if number else None
    below, above = (int(table[number]) for table in near)
    held = reason != ALLOWED and NOT_ALLOWED[reason] == "holdout"

    def value(of: int) -> float:
        return float(offers.values_est[of - 1, user]) * factor_est if of > 0 else 0.0

    return CheckedUser(
        user_id=people.user_ids[user].as_py(),
        segment=SEGMENTS[segment],
        campaign_id=option.campaign if option else None,
        campaign_name=cells.terms[option.campaign].name if option else None,
        amount_fen=option.amount_fen if option else 0,
        arm="holdout" if held else "explore" if explores else "policy",
        reason=why,
        history=_history(user, people),
        value_est=value(number),
        cost_fen=int(offers.costs[number - 1, user]) if number else 0,
        below_fen=None if below < 0 else offers.options[below - 1].amount_fen if below else 0,
        below_value_est=None if below < 0 else value(below),
        above_fen=None if above < 0 else offers.options[above - 1].amount_fen,
        above_value_est=None if above < 0 else value(above),
    )


def _history(user: int, people: Candidates) -> tuple[Text, ...]:
    orders, idle = int(people.orders[user]), int(people.idle_days[user])
    lines = []
    if orders and idle != NEVER:
        lines.append(HISTORY_ORDERS.filled(orders=orders, days=idle))
        lines.append(HISTORY_RECENT.filled(orders=int(people.orders_90[user])))
        lines.append(HISTORY_WORTH.filled(yuan=yuan_text(round(int(people.value[user]) / orders))))
    else:
        lines.append(HISTORY_NONE)
    rewarded = int(people.rewarded_days[user])
    lines.append(HISTORY_NEVER_REWARDED if rewarded == NEVER else HISTORY_REWARDED.filled(days=rewarded))
    return tuple(lines)
