"""Two campaigns that answer an order at once: one the customer is owed, one they agreed to."""

from lifecycle.campaign_file import CampaignRow, Wording
from lifecycle.campaigns import Purpose, Repeat


def _at_once(slug: str, purpose: Purpose) -> CampaignRow:
    return CampaignRow(
        slug=slug,
        step=1,
        name=slug.capitalize(),
        trigger_event="ORDER_PAID",
        channel="EMAIL",
        purpose=purpose,
        delay_hours=0,
        expires_hours=72,
        repeat=Repeat.ALWAYS,
        repeat_after_days=None,
        exit_on=(),
        max_products=None,
        priority=100,
        wording=Wording("<p>About order {{ order.order_id }}.</p>", f"{slug.capitalize()} {{{{ order.order_id }}}}"),
    )


RECEIPT = _at_once("receipt", Purpose.TRANSACTIONAL)
OFFER = _at_once("offer", Purpose.MARKETING)
