"""The gateway's routes for providers, on a real PostgreSQL, with a fake Amazon."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from intake.door.door import Door
from intake.webhooks.providers.adapter import ProviderDelivery
from intake.webhooks.providers.amazon import AmazonUnreachable
from intake.webhooks.shop_adapter import UnverifiedDelivery
from starter.gateway.context import GatewayContext
from starter.gateway.gateway_metrics import GatewayMetrics
from starter.gateway.links import links
from starter.gateway.problems import answer_with_problems
from starter.gateway.provider_events import provider_webhooks
from tests.intake.webhooks.providers.payloads import CERTIFICATE_ADDRESS, TOPIC
from tests.intake.webhooks.providers.signing import RESEND_SECRETS, SIGNER
from tests.starter.gateway.customer_pages import IDENTITY_KEY, CustomerPages


class FakeAmazon:
    """Has one certificate, and records confirmed URLs. `away`: does not answer."""

    def __init__(self) -> None:
        self.confirmed: list[str] = []
        self.away = False

    async def certificate(self, address: str) -> bytes:
        if self.away:
            raise AmazonUnreachable
        if address != CERTIFICATE_ADDRESS:
            raise UnverifiedDelivery("the certificate does not exist")
        return SIGNER.certificate

    async def confirm(self, address: str) -> None:
        if self.away:
            raise AmazonUnreachable
        self.confirmed.append(address)


class ProviderRoutes(CustomerPages):
    """The routes that providers call. `tracking` is off, so that their opens and clicks count."""

    def __init__(self, engine: AsyncEngine, **settings: Any) -> None:
        self.amazon = FakeAmazon()
        self.figures = GatewayMetrics()
        usual = {
            "resend_webhook_secrets": SecretStr(",".join(RESEND_SECRETS)),
            "ses_topics": (TOPIC,),
            "tracking": False,
        }
        super().__init__(engine, **{**usual, **settings})

    def _client(self, engine: AsyncEngine) -> httpx2.AsyncClient:
        door = Door(engine, identity_key=IDENTITY_KEY.encode(), currency="USD")
        context = GatewayContext(self.settings, engine, door, lambda: self.now)
        app = FastAPI()
        answer_with_problems(app)
        app.include_router(links(context))
        app.include_router(provider_webhooks(context, self.figures, self.amazon))
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="https://mail.shop.example")

    async def deliver(self, path: str, call: ProviderDelivery, *, client: httpx2.AsyncClient | None = None) -> int:
        """Deliver as a provider does; the status of the answer."""
        query = f"?{call.url.partition('?')[2]}" if "?" in call.url else ""
        answer = await (client or self.web).post(
            f"/webhooks/{path}{query}", content=call.body, headers=dict(call.headers)
        )
        return answer.status_code

    async def message(self) -> dict[str, Any]:
        """The message's row."""
        return (await self.rows("SELECT * FROM communications_log"))[0]

    async def events(self) -> list[tuple[str, str | None]]:
        """The stored events: kinds and reasons."""
        rows = await self.rows("SELECT kind, detail FROM message_events ORDER BY id")
        return [(row["kind"], row["detail"]) for row in rows]

    def counted(self) -> set[str]:
        """The counters of provider events."""
        lines = self.figures.text().decode().splitlines()
        return {line for line in lines if line.startswith("retention_provider_events_total{")}


@pytest.fixture
async def providers(clean_database: None, engine: AsyncEngine) -> AsyncIterator[ProviderRoutes]:
    """The routes with an empty database."""
    routes = ProviderRoutes(engine)
    async with routes.web, routes.cut_off:
        yield routes
