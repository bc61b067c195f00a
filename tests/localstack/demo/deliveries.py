"""Webhooks of the demo, read as the gateway reads them."""

from collections.abc import Iterable

import httpx2

from intake.door.incoming import IncomingEvent
from intake.webhooks.shop_adapter import WebhookDelivery
from intake.webhooks.shopify.adapter import SHOPIFY
from localstack.demo.demo_shop import DemoShop, DemoWebhook
from localstack.demo.steps import DemoCustomer
from retention_client.events import StorefrontEvent, parse_event

SECRET = "secret of the demo"


async def delivered(webhooks: Iterable[DemoWebhook], answer: int = 202) -> list[WebhookDelivery]:
    """The requests over HTTP, answered with the status `answer`."""
    deliveries: list[WebhookDelivery] = []

    def take(request: httpx2.Request) -> httpx2.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        deliveries.append(WebhookDelivery(request.content, headers))
        return httpx2.Response(answer)

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(take)) as http:
        await DemoShop(http, "http://gateway.test", SECRET).deliver(webhooks)
    return deliveries


async def events_of(webhooks: Iterable[DemoWebhook], customer: DemoCustomer) -> list[StorefrontEvent]:
    """The events of the contract in webhooks; those without an address belong to the customer."""
    return [
        parse_event({"customer_email": customer.email, **incoming.event}, currency="USD")
        for delivery in await delivered(webhooks)
        for incoming in SHOPIFY.read(delivery)
        if isinstance(incoming, IncomingEvent)
    ]
