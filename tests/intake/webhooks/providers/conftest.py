"""The gateway's routes for providers, on a real PostgreSQL, with Amazon played by a test."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from intake.door.door import Door
from intake.webhooks.providers.amazon import Unreachable
from intake.webhooks.providers.provider import Call
from intake.webhooks.shop import UnverifiedDelivery
from starter.gateway.context import GatewayContext
from starter.gateway.figures import Figures
from starter.gateway.links import links
from starter.gateway.problems import answer_with_problems
from starter.gateway.provider_events import provider_webhooks
from tests.intake.webhooks.providers.payloads import CERTIFICATE_ADDRESS, TOPIC
from tests.intake.webhooks.providers.signing import RESEND_SECRETS, SIGNER
from tests.starter.gateway.links.conftest import IDENTITY_KEY, Counter


class FakeAmazon:
    """Has one certificate, and remembers what was visited. `away`: does not answer."""

    def __init__(self) -> None:
        self.visited: list[str] = []
        self.away = False

    async def certificate(self, address: str) -> bytes:
        if self.away:
            raise Unreachable
        if address != CERTIFICATE_ADDRESS:
            raise UnverifiedDelivery("the certificate is not there")
        return SIGNER.certificate

    async def visit(self, address: str) -> None:
        if self.away:
            raise Unreachable
        self.visited.append(address)


class Desk(Counter):
    """Where providers call. `tracking` is off, so that opens and clicks are theirs to tell."""

    def __init__(self, engine: AsyncEngine, **settings: Any) -> None:
        self.amazon = FakeAmazon()
        self.figures = Figures()
        usual = {
            "resend_webhook_secrets": SecretStr(",".join(RESEND_SECRETS)),
            "ses_topics": (TOPIC,),
            "tracking": False,
        }
        super().__init__(engine, **{**usual, **settings})

    def _client(self, engine: AsyncEngine) -> httpx2.AsyncClient:
        door = Door(engine, identity_key=IDENTITY_KEY.encode(), currency="USD")
        front = GatewayContext(self.settings, engine, door, lambda: self.now)
        app = FastAPI()
        answer_with_problems(app)
        app.include_router(links(front))
        app.include_router(provider_webhooks(front, self.figures, self.amazon))
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="https://mail.shop.example")

    async def hear(self, path: str, call: Call, *, client: httpx2.AsyncClient | None = None) -> int:
        """Have a provider call; the status of the answer."""
        query = f"?{call.url.partition('?')[2]}" if "?" in call.url else ""
        answer = await (client or self.web).post(
            f"/webhooks/{path}{query}", content=call.body, headers=dict(call.headers)
        )
        return answer.status_code

    async def message(self) -> dict[str, Any]:
        """The message as it stands."""
        return (await self.rows("SELECT * FROM communications_log"))[0]

    async def events(self) -> list[tuple[str, str | None]]:
        """What was kept of it: kinds and reasons."""
        rows = await self.rows("SELECT kind, detail FROM message_events ORDER BY id")
        return [(row["kind"], row["detail"]) for row in rows]

    def counted(self) -> set[str]:
        """The figures of what providers told."""
        lines = self.figures.text().decode().splitlines()
        return {line for line in lines if line.startswith("retention_provider_events_total{")}


@pytest.fixture
async def desk(clean_database: None, engine: AsyncEngine) -> AsyncIterator[Desk]:
    """A desk with an empty database."""
    desk = Desk(engine)
    async with desk.web, desk.cut_off:
        yield desk
