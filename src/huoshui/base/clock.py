"""The only reader of time: now, and the business day of an instant.

Facts on the file side carry local time of the installation's zone (Asia/Shanghai unless told otherwise), so that a
business day is simply the date part on every engine.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

DEFAULT_ZONE = "Asia/Shanghai"


def now_utc() -> datetime:
    """This instant, aware, in UTC."""
    return datetime.now(UTC)


def local_time(instant: datetime, zone: str = DEFAULT_ZONE) -> datetime:
    """An aware instant as naive local time of `zone`."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
