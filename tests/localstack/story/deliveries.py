"""Webhooks of the story, read as the gateway reads them."""

from collections.abc import Iterable

import httpx2

from intake.door.incoming import IncomingEvent
from intake.webhooks.shop import WebhookDelivery
from intake.webhooks.shopify.adapter import SHOPIFY
from localstack.story.scene import Character
from localstack.story.shopify import Shopify, Webhook
from retention_client.events import StorefrontEvent, parse_event

SECRET = "secret of the story"


async def delivered(webhooks: Iterable[Webhook], answer: int = 202) -> list[WebhookDelivery]:
    """What goes over HTTP, answered with the status `answer`."""
    deliveries: list[WebhookDelivery] = []

    def take(request: httpx2.Request) -> httpx2.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        deliveries.append(WebhookDelivery(request.content, headers))
        return httpx2.Response(answer)

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(take)) as http:
        await Shopify(http, "http://gateway.test", SECRET).deliver(webhooks)
    return deliveries


async def told(webhooks: Iterable[Webhook], who: Character) -> list[StorefrontEvent]:
    """The events of the contract that come of webhooks; what names nobody is taken for the character's."""
    return [
        parse_event({"customer_email": who.email, **fact.event}, currency="USD")
        for delivery in await delivered(webhooks)
        for fact in SHOPIFY.read(delivery)
        if isinstance(fact, IncomingEvent)
    ]
