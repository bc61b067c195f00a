"""Frequency caps: how many marketing messages one customer gets in a day and in a week, over all campaigns."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from lifecycle.local_time import MORNING, next_time

WEEK = timedelta(days=7)
LONGEST_DEFERRAL_DAYS = 8
REMEMBERED = timedelta(days=8)
"""Sends that can still count: seven days of the calendar reach back further than seven times 24 hours."""


@dataclass(frozen=True)
class Caps:
    """The most marketing messages in one day, and in any seven days, of the customer's calendar. None: no limit."""

    per_day: int | None = None
    per_week: int | None = None


NO_CAPS = Caps()


@dataclass(frozen=True)
class Capped:
    """No slot now; the next free one is at `until`."""

    until: datetime
    reason: str


def check_caps(caps: Caps, sent: Iterable[datetime], now: datetime, zone: ZoneInfo) -> Capped | None:
    """Whether one more message at `now` is one too many, after those `sent`. A free day's slot is in its morning."""
    days = [moment.astimezone(zone).date() for moment in sent]
    today = now.astimezone(zone).date()
    reason = _full(caps, days, today)
    if reason is None:
        return None
    for later in range(1, LONGEST_DEFERRAL_DAYS):
        if _full(caps, days, today + timedelta(days=later)) is None:
            break
    return Capped(next_time(now, MORNING, zone, days=later), reason)


def _full(caps: Caps, days: list[date], day: date) -> str | None:
    if caps.per_day is not None and days.count(day) >= caps.per_day:
        return f"frequency cap: {caps.per_day} a day"
    if caps.per_week is not None and sum(day - WEEK < other <= day for other in days) >= caps.per_week:
        return f"frequency cap: {caps.per_week} a week"
    return None
