"""Delivery: from a planned message to what the provider answered."""

from activities.delivery.delivery import Delivery
from activities.delivery.messages import WAITING, DeliveryOutcome, DeliveryRequest

__all__ = ["WAITING", "Delivery", "DeliveryOutcome", "DeliveryRequest"]
