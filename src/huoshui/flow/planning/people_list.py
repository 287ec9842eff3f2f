"""The list of a plan: everybody with a level, and why, column by column; sentences are made once a kind, not a user."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from huoshui.base.errors import Language, Text
from huoshui.core.costs.values import SEGMENTS
from huoshui.flow.planning.facts import Candidates
from huoshui.flow.planning.making import Made
from huoshui.flow.planning.matrix import factors_of
from huoshui.flow.planning.people import explored_reason, neighbours, reason_of
from huoshui.flow.planning.texts import ARM_NAMES, SEGMENT_NAMES

LIST_HEADINGS: dict[str, Text] = {
    "user_id": Text("用户ID", "user_id"),
    "campaign_id": Text("活动ID", "campaign_id"),
    "campaign": Text("活动", "campaign"),
    "amount": Text("金额(元)", "amount (yuan)"),
    "reason": Text("原因", "reason"),
    "below": Text("少一档(元)", "next below (yuan)"),
    "below_value": Text("少一档预计多带来(元)", "it would bring (yuan)"),
    "above": Text("多一档(元)", "next above (yuan)"),
    "above_value": Text("多一档预计多带来(元)", "that would bring (yuan)"),
    "segment": Text("分群", "segment"),
    "factor": Text("反应倍数", "response factor"),
    "value": Text("预计多带来(元)", "expected value (yuan)"),
    "cost": Text("预计花费(元)", "expected cost (yuan)"),
    "arm": Text("来由", "arm"),
    "probability": Text("概率", "probability"),
}


def plan_list(made: Made, people: Candidates, language: Language) -> pa.Table:
    """One row a user with a level, by campaign, amount and user id; headings in `language`, amounts in yuan."""
    offers, choice = made.offers, made.choice
    taking = np.flatnonzero(choice)
    ids = people.user_ids.take(numbers(taking))
    by = pa.table({"option": pa.array(choice[taking]), "id": ids})
    order = pc.sort_indices(by, sort_keys=[("option", "ascending"), ("id", "ascending")])
    taking = taking[order.to_numpy()]
    option = choice[taking].astype(np.int64) - 1
    segment = people.segment[taking].astype(np.int64)
    explores = made.aside.explored.explores[taking]
    below, above = neighbours(offers)
    amounts = np.array([0, *(each.amount_fen for each in offers.options)], np.int64)
    campaigns = pa.array([each.campaign for each in offers.options], pa.string())
    titles = pa.array([_name(made, each.campaign) for each in offers.options], pa.string())
    segments = pa.array([SEGMENT_NAMES[name].say(language) for name in SEGMENTS], pa.string())
    arms = pa.array([ARM_NAMES["policy"].say(language), ARM_NAMES["explore"].say(language)], pa.string())
    columns: dict[str, Any] = {
        "user_id": ids.take(order),
        "campaign_id": campaigns.take(numbers(option)),
        "campaign": titles.take(numbers(option)),
        "amount": _yuan(amounts[option + 1]),
        "reason": _reasons(made, people, taking, language),
        **_next(made, taking, below[option + 1], amounts, "below"),
        **_next(made, taking, above[option + 1], amounts, "above"),
        "segment": segments.take(numbers(segment)),
        "factor": pa.array(np.round(_factors(made, people, taking), 2)),
        "value": _yuan(np.rint(made.value_est[taking])),
        "cost": _yuan(made.cost_fen[taking]),
        "arm": arms.take(numbers(explores.astype(np.int64))),
        "probability": pa.array(
            np.where(
                explores, np.round(made.aside.explored.probability_est[taking].astype(np.float64), 6), 1.0
            )
        ),
    }
    return pa.table(
        [columns[code] for code in LIST_HEADINGS],
        names=[title.say(language) for title in LIST_HEADINGS.values()],
    )


def _name(made: Made, campaign: str) -> str:
    """What the shop calls it; without any campaign there is an option of none, which nobody gets."""
    return made.cells.terms[campaign].name if campaign else ""


def _reasons(made: Made, people: Candidates, taking: npt.NDArray[np.int64], language: Language) -> Any:
    """A sentence for each kind of (option, segment, value, chance, what was learned) that occurs, taken by number."""
    option = made.choice[taking].astype(np.int64) - 1
    fen, of_fen = np.unique(np.rint(made.value_est[taking]), return_inverse=True)
    explores = made.aside.explored.explores[taking]
    parts = (
        option,
        people.segment[taking],
        of_fen,
        explores,
        people.answer[taking],
        people.answer_reason[taking],
    )
    sizes = (len(made.offers.options), len(SEGMENTS), len(fen), 2, 256, 256)
    code = np.ravel_multi_index(tuple(part.astype(np.int64) for part in parts), sizes)
    found, place = np.unique(code, return_inverse=True)
    texts = []
    for row, column, value, chance, answer, why in zip(*np.unravel_index(found, sizes), strict=True):
        reason = (
            explored_reason(made.cells, int(row))
            if chance
            else reason_of(
                made.cells, int(row), int(column), float(fen[value]), answer=int(answer), why=int(why)
            )
        )
        texts.append(reason.say(language))
    return pa.array(texts, pa.string()).take(numbers(place))


def _factors(made: Made, people: Candidates, taking: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """The factor that moved each listed user's figure; 1 where none did."""
    factor = np.ones(len(taking))
    if made.cells.learned is None:
        return factor
    for campaign in made.cells.learned.campaigns:
        own = np.array([each.campaign == campaign for each in made.offers.options])
        mine = own[made.choice[taking].astype(np.int64) - 1]
        factor[mine] = factors_of(made.cells, people, campaign)[taking[mine]]
    return factor


def numbers(places: npt.NDArray[Any]) -> Any:
    """Places in a column, as Arrow takes them."""
    return pa.array(places)


def _next(
    made: Made,
    users: npt.NDArray[np.int64],
    choice: npt.NDArray[np.int64],
    amounts: npt.NDArray[np.int64],
    name: str,
) -> dict[str, Any]:
    """The next amount on one side, and what it would bring; empty where there is none."""
    there = choice >= 0
    value = np.zeros(len(users))
    some = choice > 0
    value[some] = made.offers.values_est[choice[some] - 1, users[some]] * made.factor_est
    known = there & np.isfinite(value)
    return {
        name: _yuan(amounts[np.maximum(choice, 0)], known),
        f"{name}_value": _yuan(np.rint(np.where(known, value, 0)), known),
    }


def _yuan(fen: npt.NDArray[Any], known: npt.NDArray[np.bool_] | None = None) -> Any:
    """Whole fen as yuan (exact to the fen in its shortest decimal text); empty where not `known`."""
    return pa.array(fen / 100, mask=None if known is None else ~known)
