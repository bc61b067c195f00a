"""Delivery: from a planned message to the provider's response.

`message_delivery` is the activity, which decides whether to send; `composer` renders the message; `message_sender`
claims it and records the result; `submission` submits it to one of the `providers` through the e-mail or SMS port.
`contract` is what the activity and the workflow exchange.
"""

from activities.delivery.contract import UNWRITTEN, WAITING, DeliveryOutcome, DeliveryRequest
from activities.delivery.message_delivery import MessageDelivery

__all__ = ["UNWRITTEN", "WAITING", "DeliveryOutcome", "DeliveryRequest", "MessageDelivery"]
