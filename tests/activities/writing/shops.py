"""Shops with a language model."""

from dataclasses import replace

from lifecycle.campaign_file import CampaignRow, read_campaigns
from tests.activities.writing.model_server import MODEL, ModelServer
from tests.fixtures.shop import CAMPAIGNS, SKILLET, Shop

PAN = {**SKILLET, "sku": "PAN"}


def with_model(shop: Shop, model: ModelServer, task_queue: str) -> Shop:
    """The same shop, its customers' work on a queue of its own, where a worker has a model to ask."""
    news = {"task_queue": task_queue, "openai_base_url": model.url, "openai_model": MODEL}
    return Shop(shop.client, shop.engine, shop.mail, shop.settings.model_copy(update=news))


def care_guide_at_once() -> CampaignRow:
    """The default care guide under another name, for this pan alone, sent as soon as the order is paid."""
    [row] = [row for row in read_campaigns(CAMPAIGNS.read_text()) if row.slug == "care-guide"]
    return replace(row, slug="care-guide-at-once", delay_hours=0, conditions={"skus": [PAN["sku"]]})
