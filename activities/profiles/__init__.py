"""The customer's projection in PostgreSQL."""

from activities.profiles.messages import CustomerWrite, LedgerEntry, Opened, OpenRequest, RefusedSignal, WriteResult
from activities.profiles.order_processor import OrderProcessor

__all__ = ["CustomerWrite", "LedgerEntry", "OpenRequest", "Opened", "OrderProcessor", "RefusedSignal", "WriteResult"]
