"""From the table of assignments to the rows that learners read: features on even scales, one campaign each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from huoshui.core.costs.values import SEGMENTS
from huoshui.core.uplift.arms_check import Uneven, uneven_features
from huoshui.core.uplift.response_factors import CampaignRows
from huoshui.core.uplift.rows import TrialRows
from huoshui.lake.facts.features import FEATURES

ROWS_MAX = 50_000
"""Of a campaign with more assignments a share of the users is read: what is learned from twice as many is the same."""
ARM_ROWS_LEAST = 30
"""An amount, or a control, with fewer users is left out."""
_AS_THEY_ARE = ("_share", "source_", "device_", "has_")
"""Shares and flags keep their scale; counts, amounts and days are taken by their logarithm."""


@dataclass(frozen=True, slots=True)
class LearningRows:
    """What is learned from: one set of rows a campaign, by outcome. `names` are the features kept.

    `orders` counts orders in the window, `value_fen` is the value in it; both of the same rows, in the same order.
    `uneven` are features left out because they tell the arm, by campaign.
    """

    names: tuple[str, ...]
    orders: tuple[CampaignRows, ...]
    value_fen: Mapping[str, npt.NDArray[np.float64]]
    uneven: Mapping[str, tuple[Uneven, ...]]
    young: int
    """Rows whose window has not passed."""


def learning_rows(table: pa.Table) -> LearningRows:
    """The rows of lake.facts.features.trial_rows; campaigns without enough of both arms are left out."""
    mature = table.filter(table["mature"])
    campaigns = sorted({str(name) for name in mature["campaign_id"].to_pylist()})
    parts, values = [], {}
    for campaign in campaigns:
        own = mature.filter(pc.equal(mature["campaign_id"], pa.scalar(campaign))).combine_chunks()
        part = _campaign_rows(campaign, own)
        if part is not None:
            found, value = part
            parts.append(found)
            values[campaign] = value
    uneven = {part.campaign_id: uneven_features(part.rows, looks=len(parts)) for part in parts}
    told = {one.name for found in uneven.values() for one in found}
    kept = [
        place
        for place, name in enumerate(FEATURES)
        if name not in told and any(_varies(p, place) for p in parts)
    ]
    names = tuple(FEATURES[place] for place in kept)
    return LearningRows(
        names=names,
        orders=tuple(_with_features(part, kept, names) for part in parts),
        value_fen=values,
        uneven={campaign: found for campaign, found in uneven.items() if found},
        young=table.num_rows - mature.num_rows,
    )


def _campaign_rows(campaign: str, own: pa.Table) -> tuple[CampaignRows, npt.NDArray[np.float64]] | None:
    amount = own["amount_fen"].to_numpy()
    control = own["control"].to_numpy(zero_copy_only=False)
    sizes = {int(fen): int((amount[~control] == fen).sum()) for fen in np.unique(amount[~control])}
    tried = [fen for fen, users in sizes.items() if fen > 0 and users >= ARM_ROWS_LEAST]
    if not tried or int(control.sum()) < ARM_ROWS_LEAST:
        return None
    keep = control | np.isin(amount, tried)
    own, amount, control = own.filter(pa.array(keep)), amount[keep], control[keep]
    rows = TrialRows(
        names=FEATURES,
        features=matrix(own, FEATURES),
        amount_fen=np.where(control, 0, amount).astype(np.int64),
        probability=own["probability"].to_numpy().astype(np.float64),
        outcome=own["orders"].to_numpy().astype(np.float64),
        unit=own["person"].to_numpy(),
    )
    segment = np.array([SEGMENTS.index(name) for name in own["segment"].to_pylist()], np.intp)
    return CampaignRows(campaign, rows, segment), own["value_fen"].to_numpy().astype(np.float64)


def matrix(table: pa.Table, names: Sequence[str]) -> npt.NDArray[np.float32]:
    """(N, F): the named features, each on its scale."""
    columns = [on_scale(name, table[name].to_numpy()) for name in names]
    return np.stack(columns, axis=1) if columns else np.zeros((table.num_rows, 0), np.float32)


def on_scale(name: str, column: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Counts, amounts and days by their logarithm, with their sign; shares and flags as they are."""
    if any(part in name for part in _AS_THEY_ARE):
        return column.astype(np.float32)
    return np.asarray(np.sign(column) * np.log1p(np.abs(column)), np.float32)


def _varies(part: CampaignRows, place: int) -> bool:
    column = part.rows.features[:, place]
    known = column[~np.isnan(column)]
    return bool((known != known[:1]).any())


def _with_features(part: CampaignRows, kept: Sequence[int], names: tuple[str, ...]) -> CampaignRows:
    rows = part.rows
    features = np.ascontiguousarray(rows.features[:, list(kept)])
    return CampaignRows(
        part.campaign_id,
        TrialRows(names, features, rows.amount_fen, rows.probability, rows.outcome, rows.unit),
        part.segment,
    )
