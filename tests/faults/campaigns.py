"""Two campaigns that answer an order at once: one the customer is owed, one they agreed to."""

from lifecycle.campaign_file import CampaignRow
from lifecycle.campaigns import Purpose
from lifecycle.wording import Wording


def _at_once(slug: str, purpose: Purpose) -> CampaignRow:
    return CampaignRow(
        slug=slug,
        name=slug.capitalize(),
        trigger_event="ORDER_PAID",
        channel="EMAIL",
        purpose=purpose,
        wording=Wording("<p>About order {{ order.order_id }}.</p>", f"{slug.capitalize()} {{{{ order.order_id }}}}"),
    )


RECEIPT = _at_once("receipt", Purpose.TRANSACTIONAL)
OFFER = _at_once("offer", Purpose.MARKETING)
