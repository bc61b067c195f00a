"""Input and output of the activity `deliver_message`."""

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

    `happened` lists the exit conditions that were met since the message was triggered, and `attempts` counts how often
    it was deferred before. `sent` are the times of recent marketing messages. `unwritten` is the reason why its text
    could not be generated; the campaign's own body is then sent.
    """

    message_key: str
    now: datetime
    happened: tuple[Exit, ...] = ()
    attempts: int = 0
    sent: tuple[datetime, ...] = ()
    unwritten: str | None = None


@dataclass(frozen=True)
class DeliveryOutcome:
    """The result of a delivery; `detail` is its reason, without personal data.

    `WAITING`: deliver again at `until`, which only this status has. `UNWRITTEN`: generate the text, then deliver again.
    Every other status is final. `counts` says whether the message counts towards the frequency cap, because marketing
    reached the customer or may have.
    """

    status: MessageStatus | Literal["WAITING", "UNWRITTEN"]
    detail: str
    until: datetime | None = None
    counts: bool = False
