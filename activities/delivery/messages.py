"""What the workflow asks of a delivery, and what it is told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lifecycle.campaigns import Exit
from lifecycle.messages import MessageStatus

WAITING: Literal["WAITING"] = "WAITING"


@dataclass(frozen=True)
class DeliveryRequest:
    """Deliver the message `message_key` as of the customer's `now`.

    `happened` is what happened since the message was triggered, and `attempts` how often it was put off before.
    """

    message_key: str
    now: datetime
    happened: tuple[Exit, ...] = ()
    attempts: int = 0


@dataclass(frozen=True)
class DeliveryOutcome:
    """What became of a message; `detail` says it in words without personal data.

    `WAITING` alone has an `until`: ask again then. Every other status is where the message rests.
    """

    status: MessageStatus | Literal["WAITING"]
    detail: str
    until: datetime | None = None
