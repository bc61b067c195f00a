"""Input and output of the activity `write_content`."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class ContentRequest:
    """Generate the text of the message `message_key`, as of the customer's `now`."""

    message_key: str
    now: datetime


@dataclass(frozen=True)
class ContentOutcome:
    """Whether every text of the message is stored now; if not, `detail` says why, without personal data."""

    written: bool
    detail: str = ""
