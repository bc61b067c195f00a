"""Reports what a shop's customers do to the retention engine, from any backend in Python.

`GatewayClient` sends events over HTTP, `StorefrontClient` signals Temporal. Both have the interface `EventSender`, and
`retention_client.testing.RecordingClient` takes their place in tests. Importing the package loads neither Temporal's
SDK nor the HTTP client; each is loaded with the client that needs it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from retention_client.errors import (
    GatewayRefused,
    GatewayUnavailable,
    RetentionError,
    ServiceRefused,
    ServiceUnavailable,
    TemporalRefused,
    TemporalUnreachable,
)
from retention_client.events import (
    Cart,
    CartChanged,
    Consent,
    ConsentChanged,
    Custom,
    Event,
    InvalidEvent,
    Item,
    Order,
    OrderPaid,
    OrderRefunded,
    ProfileUpdated,
    StorefrontEvent,
    Visited,
    canonical_json,
    parse_event,
    parse_event_json,
)
from retention_client.identity import InvalidAddress, customer_id, normalise_email, workflow_id
from retention_client.retries import Retries
from retention_client.sending import EventSender, SendResult

if TYPE_CHECKING:
    from retention_client.gateway import GatewayClient
    from retention_client.storefront import StorefrontClient

__all__ = [
    "Cart",
    "CartChanged",
    "Consent",
    "ConsentChanged",
    "Custom",
    "Event",
    "EventSender",
    "GatewayClient",
    "GatewayRefused",
    "GatewayUnavailable",
    "InvalidAddress",
    "InvalidEvent",
    "Item",
    "Order",
    "OrderPaid",
    "OrderRefunded",
    "ProfileUpdated",
    "RetentionError",
    "Retries",
    "SendResult",
    "ServiceRefused",
    "ServiceUnavailable",
    "StorefrontClient",
    "StorefrontEvent",
    "TemporalRefused",
    "TemporalUnreachable",
    "Visited",
    "canonical_json",
    "customer_id",
    "normalise_email",
    "parse_event",
    "parse_event_json",
    "workflow_id",
]

_LAZY = {"GatewayClient": "retention_client.gateway", "StorefrontClient": "retention_client.storefront"}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
