"""What providers report about messages, in one vocabulary, and what each report does to a message's status.

| report                   | PLANNED, SKIPPED* | CLAIMED, UNKNOWN | SENT    | OPENED, CLICKED | FAILED  | BOUNCED |
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

*If an attempt had rendered it: then it is not known whether the provider took it. A report about a message that was
never rendered is ignored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lifecycle.gate import SuppressionReason
from lifecycle.messages import MessageStatus


class ProviderEventKind(StrEnum):
    """What happened to a message. All but `ACCEPTED` are stored under these names in `message_events`."""

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
        """The kind in plain words."""
        return self.value.lower().replace("_", " ")


READ = frozenset({ProviderEventKind.OPEN, ProviderEventKind.CLICK})
"""What readers do; our own links report it too."""

WITHDRAWS = frozenset({ProviderEventKind.COMPLAINT, ProviderEventKind.UNSUBSCRIBE})
"""What ends the reader's consent."""

SUPPRESSES: Mapping[ProviderEventKind, SuppressionReason] = {
    ProviderEventKind.BOUNCE: SuppressionReason.HARD_BOUNCE,
    ProviderEventKind.COMPLAINT: SuppressionReason.COMPLAINT,
}


@dataclass(frozen=True)
class ProviderEvent:
    """One report of a provider about one message.

    `event_id`, at most 255 characters, is the same however often the report is delivered. The message is identified by
    our own `message_key` if the provider returns it, else by the provider's `provider_message_id`. `link` is the target
    of the link that was followed, `detail` the provider's reason: codes, without any personal data.
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
    # The visit itself decides whether a person came. In both cases the message had arrived.
    ProviderEventKind.OPEN: _SENT,
    ProviderEventKind.CLICK: _SENT,
    ProviderEventKind.DELIVERED: Move(MessageStatus.SENT, _UNCERTAIN | {MessageStatus.FAILED}),
    # A planned message will be tried again, whatever the outcome of an earlier attempt.
    ProviderEventKind.FAILURE: Move(
        MessageStatus.FAILED, frozenset({MessageStatus.CLAIMED, MessageStatus.UNKNOWN, MessageStatus.SENT})
    ),
    ProviderEventKind.BOUNCE: Move(MessageStatus.BOUNCED, frozenset(MessageStatus) - _LAST),
    ProviderEventKind.COMPLAINT: Move(MessageStatus.COMPLAINED, frozenset(MessageStatus) - {MessageStatus.COMPLAINED}),
}

PERSON_MOVES: Mapping[str, Move] = {
    "OPEN": Move(MessageStatus.OPENED, _UNCERTAIN | {MessageStatus.SENT}),
    "CLICK": Move(MessageStatus.CLICKED, _UNCERTAIN | {MessageStatus.SENT, MessageStatus.OPENED}),
}
"""How a person's visit moves a message, whether our own link or a provider reports it."""
