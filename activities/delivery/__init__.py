"""Delivery: from a planned message to what the provider answered."""

from activities.delivery.delivery import Delivery
from activities.delivery.messages import UNWRITTEN, WAITING, DeliveryOutcome, DeliveryRequest

__all__ = ["UNWRITTEN", "WAITING", "Delivery", "DeliveryOutcome", "DeliveryRequest"]
