"""Hours of the day where a customer lives, across changes of the clock."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MORNING = time(10)
"""When a message that was deferred to another day is sent."""


def zone_of(name: str | None, otherwise: str = "UTC") -> ZoneInfo:
    """A time zone by its name; `otherwise` for none and for one that does not exist."""
    for candidate in (name, otherwise):
        try:
            if candidate:
                return ZoneInfo(candidate)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return ZoneInfo("UTC")


def is_between(now: datetime, opens: time, closes: time, zone: ZoneInfo) -> bool:
    """Whether the customer's clock is within [opens, closes); the span may cross midnight."""
    wall = now.astimezone(zone).time()
    return opens <= wall < closes if opens <= closes else wall >= opens or wall < closes


def is_hour(now: datetime, hour: int, zone: ZoneInfo) -> bool:
    """Whether that hour of the customer's day is now: the first of two, and for one left out the hour after it."""
    today = now.astimezone(zone).date()
    # The last hour of a day may be left out too: then it is the first of the next day.
    days = (today, today - timedelta(days=1))
    begins = [datetime.combine(day, time(hour), zone).astimezone(now.tzinfo) for day in days]
    return any(begin <= now < begin + timedelta(hours=1) for begin in begins)


def next_time(now: datetime, at: time, zone: ZoneInfo, *, days: int = 0) -> datetime:
    """The next moment after `now`, at least `days` days of the calendar later, when that clock shows `at`.

    An hour that a day leaves out counts as the one after it.
    """
    local = now.astimezone(zone)
    day = local.date() + timedelta(days=days)
    while True:
        # By way of UTC, where every hour exists.
        found = datetime.combine(day, at, zone).astimezone(now.tzinfo)
        if found > now:
            return found
        day += timedelta(days=1)
