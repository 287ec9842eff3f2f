"""What the report is made from: the diagnosis and an account of how its facts were read, as plain values.

`serve` does not see the lake: whoever calls hands over these values instead of the intake's own objects.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from huoshui.base.errors import Text
from huoshui.core.costs.assumptions import Assumptions
from huoshui.core.costs.values import Diagnosis, RowTable

if TYPE_CHECKING:
    from huoshui.flow.guarding.values import GuardedPast


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What stands around every page: whose data, when made (local time to the minute), ISO 4217 code, seconds taken."""

    folder_name: str
    made_at: str
    currency: str = "CNY"
    seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FileLine:
    """One file that was read; rows_read == rows_kept + rows_merged + rows_set_aside."""

    file: str
    table: str
    rows_read: int
    rows_kept: int
    rows_merged: int
    rows_set_aside: int


@dataclass(frozen=True, slots=True)
class FaultLine:
    """A row that was set aside, and where to mend it."""

    file: str
    line: int | None
    column: str | None
    value: str | None
    text: Text


@dataclass(frozen=True, slots=True)
class IntakeAccount:
    """What was read. `faults` may be fewer than were found; `stubs` counts ids that their own table lacks."""

    files: tuple[FileLine, ...] = ()
    faults: tuple[FaultLine, ...] = ()
    corrections: str | None = None
    gaps: tuple[str, ...] = ()
    stubs: Mapping[str, int] = field(default_factory=dict)
    conflicts: int = 0
    notes: tuple[Text, ...] = ()

    @property
    def rows_read(self) -> int:
        """All rows of all files."""
        return sum(line.rows_read for line in self.files)

    @property
    def rows_kept(self) -> int:
        """Rows that count in the figures."""
        return sum(line.rows_kept for line in self.files)

    @property
    def rows_merged(self) -> int:
        """Rows that another file already told, or told better."""
        return sum(line.rows_merged for line in self.files)

    @property
    def rows_set_aside(self) -> int:
        """Rows waiting to be corrected."""
        return sum(line.rows_set_aside for line in self.files)

    @property
    def rows_dropped(self) -> int:
        """Rows that nobody accounts for; anything but 0 is a fault of ours, and is shown."""
        return self.rows_read - self.rows_kept - self.rows_merged - self.rows_set_aside


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    """Two sums that should agree and do not, with the likely cause."""

    code: str
    title: Text
    count: int
    amount_fen: int
    cause: Text
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportInput(Around):
    """Everything the report says, and nothing it would have to look up.

    `guarded` tells what the guard would have said of campaigns that users were drawn for. `names` gives words to
    canonical columns and tables ("orders.cost_of_goods", "assignments"); `unlocks` says what a missing one would add.
    """

    diagnosis: Diagnosis
    intake: IntakeAccount
    assumptions: Assumptions = field(default_factory=Assumptions)
    differences: tuple[DifferenceLine, ...] = ()
    tables: tuple[RowTable, ...] = ()
    guarded: "tuple[GuardedPast, ...]" = ()
    names: Mapping[str, Text] = field(default_factory=dict)
    unlocks: Mapping[str, Text] = field(default_factory=dict)
