"""Frequency caps: how many marketing messages one customer gets in a day and in a week, over all campaigns."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from lifecycle.local_time import MORNING, next_time

WEEK = timedelta(days=7)
REMEMBERED = timedelta(days=8)
"""Sends that can still count: seven days of the calendar reach back further than seven times 24 hours."""

MOST_REMEMBERED = 50
"""Sends that a customer's value holds at most; no cap is wider."""


@dataclass(frozen=True)
class Caps:
    """The most marketing messages in one day, and in any seven days, of the customer's calendar. None: no limit."""

    per_day: int | None = None
    per_week: int | None = None


NO_CAPS = Caps()


@dataclass(frozen=True)
class Capped:
    """The cap is reached; the next message may go at `until`."""

    until: datetime
    reason: str


def check_caps(
    caps: Caps, sent: Iterable[datetime], now: datetime, zone: ZoneInfo, slot: time = MORNING
) -> Capped | None:
    """Whether one more message at `now` is one too many, after those `sent`; a free day has room from `slot` on."""
    days = [moment.astimezone(zone).date() for moment in sent]
    today = now.astimezone(zone).date()
    reason = _full(caps, days, today)
    if reason is None:
        return None
    # After a week without any the day is free in any case.
    later = next((n for n in range(1, WEEK.days) if _full(caps, days, today + timedelta(days=n)) is None), WEEK.days)
    return Capped(next_time(now, slot, zone, days=later), reason)


def _full(caps: Caps, days: list[date], day: date) -> str | None:
    if caps.per_day is not None and days.count(day) >= min(caps.per_day, MOST_REMEMBERED):
        return f"frequency cap: {caps.per_day} a day"
    of_the_week = sum(day - WEEK < other <= day for other in days)
    if caps.per_week is not None and of_the_week >= min(caps.per_week, MOST_REMEMBERED):
        return f"frequency cap: {caps.per_week} a week"
    return None
