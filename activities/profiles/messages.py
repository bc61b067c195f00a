"""The inputs and results of `OrderProcessor`, as the customer workflow sends and receives them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from lifecycle.campaigns import Exit
from lifecycle.customer import Customer
from lifecycle.messages import PlannedMessage, Trigger
from lifecycle.orders import OrderUpdate
from lifecycle.policy import Policy
from lifecycle.standing import Transition
from lifecycle.states import State

PERMANENT = "PermanentError"
"""The type of a failure that no retry solves: the database refuses the values."""

CONFLICT = "Conflict"
"""The type of a failure after another write: the workflow has to rebuild the customer from the ledger."""

ERASED = "Erased"
"""The type of a failure for a customer who was erased and has not returned."""


@dataclass(frozen=True)
class OpenRequest:
    """Begin an epoch. Facts from `since` on stay unfolded, for a late event."""

    customer_id: str
    email: str
    now: datetime
    since: datetime | None = None


@dataclass(frozen=True)
class Opened:
    """The customer from the ledger and the policy, both packed; events not yet applied, as JSON."""

    customer: dict[str, Any]
    policy: dict[str, Any]
    unapplied: tuple[str, ...] = ()


@dataclass(frozen=True)
class LedgerEntry:
    """An event that was applied; `body` is its canonical JSON text."""

    event_id: str
    type: str
    occurred_at: datetime
    body: str


@dataclass(frozen=True)
class RefusedSignal:
    """A signal that could not be applied; `raw` is what came, in base64.

    `told_id` is the id of the event in it, if it has one: the inbox's row of that event is refused too.
    """

    event_id: str
    type: str
    raw: str
    reason: str
    told_id: str | None = None


@dataclass(frozen=True)
class Profile:
    """The columns of `customer_profiles` that the workflow decides. Money in the store's currency."""

    state: State
    total_spend: Decimal
    order_count: int
    last_order_date: datetime | None
    name: str | None
    phone: str | None
    locale: str | None
    time_zone: str | None
    consent_email: bool | None
    consent_email_at: datetime | None
    consent_email_source: str | None
    consent_sms: bool | None
    consent_sms_at: datetime | None
    consent_sms_source: str | None


@dataclass(frozen=True)
class CustomerWrite:
    """One write: a customer's new profile, and the events and transitions that led to it.

    It applies only if the row still has this `epoch` and `revision`. `write_id` is a hash of the content, so a retry
    changes nothing. `happened` lists, for planned messages, what happened that could end them. `orders` are the paid
    orders that changed.
    """

    customer_id: str
    email: str
    epoch: int
    revision: int
    write_id: str
    now: datetime
    policy: Policy
    profile: Profile
    events: tuple[LedgerEntry, ...]
    refused: tuple[RefusedSignal, ...]
    transitions: tuple[Transition, ...]
    triggers: tuple[Trigger, ...]
    happened: dict[str, tuple[Exit, ...]]
    orders: tuple[OrderUpdate, ...] = ()


@dataclass(frozen=True)
class WriteResult:
    """The result of a write: messages to send, keys of messages that ended, and the packed policy if it changed."""

    revision: int
    planned: tuple[PlannedMessage, ...] = ()
    ended: tuple[str, ...] = ()
    policy: dict[str, Any] | None = None


def profile_of(customer: Customer) -> Profile:
    """The projection of a customer."""
    standing, contact = customer.standing, customer.contact
    email, sms = contact.consent_said("email"), contact.consent_said("sms")
    return Profile(
        state=standing.state,
        total_spend=standing.total_spend,
        order_count=standing.order_count,
        last_order_date=standing.last_order_date,
        name=contact.text("name"),
        phone=contact.text("phone"),
        locale=contact.text("locale"),
        time_zone=contact.text("time_zone"),
        consent_email=contact.consent("email"),
        consent_email_at=email.at if email else None,
        consent_email_source=email.source if email else None,
        consent_sms=contact.consent("sms"),
        consent_sms_at=sms.at if sms else None,
        consent_sms_source=sms.source if sms else None,
    )
