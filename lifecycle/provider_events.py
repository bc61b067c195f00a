"""What providers tell of messages, in one set of words, and what each word does to a message's status.

| told                     | PLANNED, SKIPPED* | CLAIMED, UNKNOWN | SENT    | OPENED, CLICKED | FAILED  | BOUNCED |
| ------------------------ | ----------------- | ---------------- | ------- | --------------- | ------- | ------- |
| ACCEPTED, SOFT_BOUNCE    | SENT              | SENT             |         |                 |         |         |
| UNSUBSCRIBE              | SENT              | SENT             |         |                 |         |         |
| DELIVERED                | SENT              | SENT             |         |                 | SENT    |         |
| OPEN, CLICK, a machine's | SENT              | SENT             |         |                 |         |         |
| OPEN, a person's         | OPENED            | OPENED           | OPENED  |                 |         |         |
| CLICK, a person's        | CLICKED           | CLICKED          | CLICKED | CLICKED         |         |         |
| FAILURE, not DELIVERED   |                   | FAILED           | FAILED  |                 |         |         |
| BOUNCE                   | BOUNCED           | BOUNCED          | BOUNCED | BOUNCED         | BOUNCED |         |

A COMPLAINT has any of them COMPLAINED, and nothing leaves COMPLAINED.

*Which an attempt had rendered: nobody here knows then whether the provider took it. Of what was never rendered no
provider can know, and nothing is done.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lifecycle.gate import Suppression
from lifecycle.messages import MessageStatus


class ProviderEventKind(StrEnum):
    """What became of a message. All but `ACCEPTED` are kept as they are in `message_events`."""

    ACCEPTED = "ACCEPTED"
    """The provider has it: it was sent, or still is on its way."""

    DELIVERED = "DELIVERED"
    SOFT_BOUNCE = "SOFT_BOUNCE"
    """It did not arrive this time; the address may be good."""

    BOUNCE = "BOUNCE"
    """The address is not good, for good."""

    FAILURE = "FAILURE"
    """The provider had it, and never sent it."""

    OPEN = "OPEN"
    CLICK = "CLICK"
    COMPLAINT = "COMPLAINT"
    UNSUBSCRIBE = "UNSUBSCRIBE"

    @property
    def words(self) -> str:
        """For whoever reads it."""
        return self.value.lower().replace("_", " ")


READ = frozenset({ProviderEventKind.OPEN, ProviderEventKind.CLICK})
"""What readers do, which our own links tell too."""

WITHDRAWS = frozenset({ProviderEventKind.COMPLAINT, ProviderEventKind.UNSUBSCRIBE})
"""What ends the reader's consent."""

SUPPRESSES: Mapping[ProviderEventKind, Suppression] = {
    ProviderEventKind.BOUNCE: Suppression.HARD_BOUNCE,
    ProviderEventKind.COMPLAINT: Suppression.COMPLAINT,
}


@dataclass(frozen=True)
class ProviderEvent:
    """One thing that a provider tells of one message.

    `event_id`, at most 255 characters, is the same however often it is told. The message goes by `message_key`, our
    own, where the provider gives it back, else by `provider_message_id`, which is the provider's. `link` is where the
    link led that was followed, `detail` the provider's reason, made of codes, without any personal data.
    """

    provider: str
    event_id: str
    kind: ProviderEventKind
    at: datetime
    provider_message_id: str
    message_key: str | None = None
    link: str | None = None
    detail: str | None = None
    user_agent: str | None = None


@dataclass(frozen=True)
class Move:
    """A message gets to `status` from any of `before`."""

    status: MessageStatus
    before: frozenset[MessageStatus]


_UNCERTAIN = frozenset({MessageStatus.PLANNED, MessageStatus.CLAIMED, MessageStatus.UNKNOWN, MessageStatus.SKIPPED})
_SENT = Move(MessageStatus.SENT, _UNCERTAIN)
_LAST = frozenset({MessageStatus.BOUNCED, MessageStatus.COMPLAINED})

MOVES: Mapping[ProviderEventKind, Move] = {
    ProviderEventKind.ACCEPTED: _SENT,
    ProviderEventKind.SOFT_BOUNCE: _SENT,
    ProviderEventKind.UNSUBSCRIBE: _SENT,
    # Whether a person came is seen by the visit itself; whoever it was, the message was there.
    ProviderEventKind.OPEN: _SENT,
    ProviderEventKind.CLICK: _SENT,
    ProviderEventKind.DELIVERED: Move(MessageStatus.SENT, _UNCERTAIN | {MessageStatus.FAILED}),
    # What is planned will be tried again, whatever became of an earlier attempt.
    ProviderEventKind.FAILURE: Move(
        MessageStatus.FAILED, frozenset({MessageStatus.CLAIMED, MessageStatus.UNKNOWN, MessageStatus.SENT})
    ),
    ProviderEventKind.BOUNCE: Move(MessageStatus.BOUNCED, frozenset(MessageStatus) - _LAST),
    ProviderEventKind.COMPLAINT: Move(MessageStatus.COMPLAINED, frozenset(MessageStatus) - {MessageStatus.COMPLAINED}),
}
