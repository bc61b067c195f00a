"""Rebuilds a customer from the rows of the ledger."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from activities.profiles.messages import OpenRequest
from db.customers.profiles import Epoch
from lifecycle.carts import Carts, OpenCart
from lifecycle.customer import MOST_SEEN, Customer
from lifecycle.frequency import MOST_REMEMBERED
from lifecycle.ledger import fold_ledger
from lifecycle.ledger_events import read_ledger
from lifecycle.messages import PlannedMessage
from lifecycle.orders import OrderUpdate
from lifecycle.policy import Policy
from retention_client.events import Cart

_ORDERS: TypeAdapter[list[OrderUpdate]] = TypeAdapter(list[OrderUpdate])


@dataclass(frozen=True)
class RebuiltCustomer:
    """A customer folded from the ledger, with all paid orders."""

    customer: Customer
    orders: tuple[OrderUpdate, ...]


def customer_from_ledger(request: OpenRequest, ledger: dict[str, Any], policy: Policy, epoch: Epoch) -> RebuiltCustomer:
    """Fold a ledger, as `load_ledger` returns it, into a customer who continues where the last write ended.

    What has come due since then is left to the workflow, which writes it and triggers campaigns. Carts that only
    Temporal knew are gone, except those with messages still to be sent.
    """
    events = [read_ledger(body) for body in ledger["applied"]]
    folded = fold_ledger(events, epoch.written_at, policy, open_since=request.since)
    customer = Customer(
        customer_id=request.customer_id,
        email=request.email,
        epoch=epoch.epoch,
        revision=epoch.revision,
        history=folded.history,
        contact=folded.contact,
        carts=_carts(ledger, policy.cart_timeout),
        messages=tuple(_message(row) for row in ledger["messages"]),
        sent=tuple(map(datetime.fromisoformat, ledger["sent"]))[-MOST_REMEMBERED:],
    )
    for event in events[-MOST_SEEN:]:
        customer = customer.see(event.event_id)
    return RebuiltCustomer(customer, folded.orders)


def stored_orders(ledger: dict[str, Any]) -> set[OrderUpdate]:
    """The rows of `orders` that a ledger, as `load_ledger` returns it, came with."""
    return set(_ORDERS.validate_python(ledger["orders"]))


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
    reminded = {
        row["occurrence"]: OpenCart(
            datetime.fromisoformat(row["triggered_at"]) - cart_timeout, Cart.model_validate(row["cart"]), abandoned=True
        )
        for row in ledger["messages"]
        if row["trigger"] == "CART_ABANDONED" and row["cart"]
    }
    return Carts(open=reminded, last_series_at=ledger["last_series_at"])
