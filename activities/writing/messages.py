"""What the workflow asks of whoever writes texts, and what it is told."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class ContentRequest:
    """Have the text of the message `message_key` written, as of the customer's `now`."""

    message_key: str
    now: datetime


@dataclass(frozen=True)
class ContentOutcome:
    """Whether every text is there now; `detail` says why not, in words without personal data."""

    written: bool
    detail: str = ""
