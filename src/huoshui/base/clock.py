"""The only reader of time: now, the business day of an instant, and ids that sort by time.

Facts on the file side carry local time of the installation's zone (Asia/Shanghai unless told otherwise), so that a
business day is simply the date part on every engine.
"""

import os
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

DEFAULT_ZONE = "Asia/Shanghai"


def now_utc() -> datetime:
    """This instant, aware, in UTC."""
    return datetime.now(UTC)


def local_time(instant: datetime, zone: str = DEFAULT_ZONE) -> datetime:
    """An aware instant as naive local time of `zone`."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def new_id(now: datetime) -> UUID:
    """A fresh id that sorts by time: uuid version 7 of RFC 9562, milliseconds of `now` and 74 bits of chance."""
    milliseconds = int(now.timestamp() * 1000)
    chance = int.from_bytes(os.urandom(10)) & ((1 << 74) - 1)
    high, low = chance >> 62, chance & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 7 << 76 | high << 64 | 2 << 62 | low)
