"""The customer's projection in PostgreSQL."""

from activities.profiles.messages import Change, LedgerEntry, Opened, OpenRequest, Persisted, RefusedSignal
from activities.profiles.order_processor import OrderProcessor

__all__ = ["Change", "LedgerEntry", "OpenRequest", "Opened", "OrderProcessor", "Persisted", "RefusedSignal"]
