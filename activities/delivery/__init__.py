"""Delivery: from a planned message to what the provider answered.

`delivery` is the activity, which asks whether to send; `composition` makes the bytes; `sending` claims the message and
marks what became of it; `handover` speaks to the `providers` behind their ports.
"""

from activities.delivery.delivery import Delivery
from activities.delivery.messages import UNWRITTEN, WAITING, DeliveryOutcome, DeliveryRequest

__all__ = ["UNWRITTEN", "WAITING", "Delivery", "DeliveryOutcome", "DeliveryRequest"]
