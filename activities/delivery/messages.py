"""What the workflow asks of a delivery, and what it is told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lifecycle.campaigns import Exit
from lifecycle.messages import MessageStatus

WAITING: Literal["WAITING"] = "WAITING"
UNWRITTEN: Literal["UNWRITTEN"] = "UNWRITTEN"


@dataclass(frozen=True)
class DeliveryRequest:
    """Deliver the message `message_key` as of the customer's `now`.

    `happened` is what happened since the message was triggered, and `attempts` how often it was put off before. `sent`
    are the times of recent marketing messages. `unwritten` says why its text could not be written.
    """

    message_key: str
    now: datetime
    happened: tuple[Exit, ...] = ()
    attempts: int = 0
    sent: tuple[datetime, ...] = ()
    unwritten: str | None = None


@dataclass(frozen=True)
class DeliveryOutcome:
    """What became of a message; `detail` says it in words without personal data.

    `WAITING` alone has an `until`: ask again then. `UNWRITTEN`: have its text written, then ask again. Every other
    status is where the message rests. It `counts` when it is, or may be, marketing that reached the customer.
    """

    status: MessageStatus | Literal["WAITING", "UNWRITTEN"]
    detail: str
    until: datetime | None = None
    counts: bool = False
