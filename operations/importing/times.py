"""Parses times in the formats that shops write."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

from operations.importing.refusal import RowRefused

EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

_ISO_ZONE = re.compile(r"\s+(?:([+-]\d\d:?\d\d)|UTC|GMT|Z)$", re.IGNORECASE)
_NUMBERS = re.compile(
    r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?:[,T\s]+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AP]M)?)?", re.ASCII | re.IGNORECASE
)


class DateOrder(StrEnum):
    """The order of day and month in dates that end with the year."""

    ISO = "iso"
    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


@dataclass(frozen=True)
class TimeReader:
    """Reads times. Those without a zone are in `zone`; none may be later than `as_of`.

    An ambiguous date such as 01/12/2010 is refused, even if other rows would resolve it: a history with wrong dates is
    worse than none.
    """

    as_of: datetime
    zone: tzinfo = UTC
    order: DateOrder = DateOrder.ISO

    def read(self, field: str, text: str) -> datetime | None:
        """A time in UTC; None for an empty cell. Raises `RowRefused`."""
        if not text:
            return None
        try:
            found = self._parse(field, text)
            moment = (found.replace(tzinfo=self.zone) if found.tzinfo is None else found).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            if isinstance(error, RowRefused):
                raise
            raise RowRefused(f"{field}: must be a time such as 2026-11-22T10:15:00Z") from None
        if moment > self.as_of:
            raise RowRefused(f"{field}: is in the future")
        if moment < EARLIEST:
            raise RowRefused(f"{field}: is before 1970")
        return moment

    @property
    def undated(self) -> datetime:
        """The time of a statement without one: in 1970, older than any live statement.

        Two imports keep their order, by their `as_of`.
        """
        return BEGINNING + timedelta(microseconds=int(self.as_of.timestamp()))

    def _parse(self, field: str, text: str) -> datetime:
        numbers = _NUMBERS.fullmatch(text)
        if numbers is None:
            return datetime.fromisoformat(_ISO_ZONE.sub(lambda zone: zone[1] or "+00:00", text))
        if self.order is DateOrder.ISO:
            raise RowRefused(f"{field}: is ambiguous: choose day first (dmy) or month first (mdy)")
        first, _, second, year, hour, minute, seconds, half = numbers.groups()
        day, month = (first, second) if self.order is DateOrder.DAY_FIRST else (second, first)
        return datetime(int(year), int(month), int(day), _hour(hour, half), int(minute or 0), int(seconds or 0))  # noqa: DTZ001 - the caller adds the zone


def _hour(hour: str | None, half: str | None) -> int:
    number = int(hour or 0)
    if half is None:
        return number
    if not 1 <= number <= 12:
        raise ValueError("no hour of half a day")
    return number % 12 + (12 if half.upper() == "PM" else 0)
