"""From the rows of the ledger back to the customer they tell of."""

from datetime import datetime, timedelta
from typing import Any

from activities.profiles.messages import OpenRequest
from db.customers.profiles import Epoch
from lifecycle.carts import Carts, OpenCart
from lifecycle.contact import EMPTY_CONTACT, update_contact
from lifecycle.customer import MOST_SEEN, Customer
from lifecycle.facts import fact_of
from lifecycle.frequency import MOST_REMEMBERED
from lifecycle.history import of_facts
from lifecycle.messages import PlannedMessage
from lifecycle.policy import Policy
from retention_client.events import Cart, read_ledger


def customer_from_ledger(request: OpenRequest, ledger: dict[str, Any], policy: Policy, epoch: Epoch) -> Customer:
    """Fold a ledger, as `load_ledger` gives it, into a customer who goes on where the last write ended.

    What has come due since then is left to the workflow, whose doing gets written and triggers campaigns. Carts that
    only Temporal knew are gone, except those whose nudges are still to be sent.
    """
    events = [read_ledger(body) for body in ledger["applied"]]
    contact = EMPTY_CONTACT
    for event in events:
        contact = update_contact(contact, event)
    facts = [fact for event in events if (fact := fact_of(event)) is not None]
    customer = Customer(
        customer_id=request.customer_id,
        email=request.email,
        epoch=epoch.epoch,
        revision=epoch.revision,
        history=of_facts(facts, epoch.written_at, policy, open_since=request.since),
        contact=contact,
        carts=_carts(ledger, policy.cart_timeout),
        messages=tuple(_message(row) for row in ledger["messages"]),
        sent=tuple(map(datetime.fromisoformat, ledger["sent"]))[-MOST_REMEMBERED:],
    )
    for event in events[-MOST_SEEN:]:
        customer = customer.see(event.event_id)
    return customer


def _message(row: dict[str, Any]) -> PlannedMessage:
    return PlannedMessage(
        key=row["key"],
        campaign=row["campaign"],
        due_at=datetime.fromisoformat(row["due_at"]),
        trigger=row["trigger"],
        occurrence=row["occurrence"],
        triggered_at=datetime.fromisoformat(row["triggered_at"]),
        attempts=row["attempts"],
        marketing=row["marketing"],
        priority=row["priority"],
    )


def _carts(ledger: dict[str, Any], cart_timeout: timedelta) -> Carts:
    nudged = {
        row["occurrence"]: OpenCart(
            datetime.fromisoformat(row["triggered_at"]) - cart_timeout, Cart.model_validate(row["cart"]), abandoned=True
        )
        for row in ledger["messages"]
        if row["trigger"] == "CART_ABANDONED" and row["cart"]
    }
    return Carts(open=nudged, last_series_at=ledger["last_series_at"])
