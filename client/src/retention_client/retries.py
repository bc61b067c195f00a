"""When a failed request is retried: exponential back-off with jitter, or after the server's `Retry-After`."""

import random  # noqa: TID251 - jitter is meant to differ between processes
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True)
class Retries:
    """How often a request is sent, and how long to pause in between, in seconds.

    The pause before the second attempt is at most `first_pause`, and doubles with each attempt up to `longest_pause`;
    half of it is random, to spread many clients over time. A `Retry-After` header overrides it.
    No attempt begins later than `give_up_after` seconds after the first.
    """

    attempts: int = 6
    first_pause: float = 0.5
    longest_pause: float = 30.0
    give_up_after: float = 90.0

    def pause(self, attempt: int, retry_after: float | None = None) -> float:
        """Return how long to pause after attempt number `attempt`, the first of which is 1."""
        longest = min(self.first_pause * 2 ** (attempt - 1), self.longest_pause)
        jitter = random.uniform(0, longest / 2)  # noqa: S311 - no secret depends on it
        return longest / 2 + jitter if retry_after is None else retry_after + jitter


def seconds_of(header: str | None, now: datetime | None = None) -> float | None:
    """Return the seconds in a `Retry-After` header, a number or a date; None without one that can be read."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        date = parsedate_to_datetime(header)
    except ValueError:
        return None
    if date.tzinfo is None:
        return None
    return max(0.0, (date - (now or datetime.now(UTC))).total_seconds())  # noqa: TID251 - wall-clock time is meant
