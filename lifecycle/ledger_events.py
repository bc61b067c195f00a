"""Events as the ledger stores them: those of the storefront's contract, and the engine's own churn check."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from retention_client.events import Event, StorefrontEvent


class ChurnChecked(Event):
    """The daily check looked at this customer. A storefront cannot send it."""

    type: Literal["CHURN_CHECKED"] = "CHURN_CHECKED"


AnyEvent = Annotated[StorefrontEvent | ChurnChecked, Field(discriminator="type")]

_adapter: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)


def read_ledger(body: object) -> AnyEvent:
    """The event in the `body` of an applied row. It was validated before it was stored."""
    return _adapter.validate_python(body)


def read_ledger_json(body: str) -> AnyEvent:
    """The event in the JSON text of a row's body."""
    return _adapter.validate_json(body)


def not_after(event: AnyEvent, now: datetime) -> AnyEvent:
    """The event itself, or a copy that occurred `now` when it claims to come from the future."""
    return event if event.occurred_at <= now else event.model_copy(update={"occurred_at": now})
