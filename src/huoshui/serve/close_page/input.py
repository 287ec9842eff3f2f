"""What a close's page is made from."""

from dataclasses import dataclass

from huoshui.flow.closing import Closing


@dataclass(frozen=True, slots=True)
class CloseInput:
    """The closing, signed or a draft; `made_at`, `signed_at` local time to the minute."""

    closing: Closing
    made_at: str
    signed_at: str = ""
    currency: str = "CNY"

    @property
    def simulated(self) -> bool:
        """Whether the books hold simulated data."""
        return self.closing.data == "simulated"
