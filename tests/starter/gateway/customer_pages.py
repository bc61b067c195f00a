"""The routes behind links in messages, on a real PostgreSQL, and a customer with a message."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.middleware import Middleware

from activities.content.link_tokens import LinkTokens
from db.engine.connections import create_engine
from db.schema.tables import Communication, CustomerProfile, RenderedMessage
from intake.door.door import Door
from retention_client.identity import customer_id
from settings import Settings
from starter.gateway.confirmation import confirmation
from starter.gateway.context import GatewayContext
from starter.gateway.inbound_sms import inbound_sms
from starter.gateway.links import links
from starter.gateway.preferences import preferences
from starter.gateway.problems import answer_with_problems
from starter.gateway.response_headers import ResponseHeaders
from tests.fixtures.campaign_rows import insert_step

ADA = "ada@example.com"
KEY = "ab" * 32
SENT = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
NOW = SENT + timedelta(hours=2)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
IDENTITY_KEY = "an identity key of the tests"
AUTH_TOKENS = ("a twilio token", "the one before")
TARGETS = ["https://shop.example/skillet?a=1&b=2", "https://shop.example/tëapot", "javascript:alert(1)"]


class CustomerPages:
    """The gateway's routes for customers, their clock, and the rows in PostgreSQL."""

    def __init__(self, engine: AsyncEngine, **settings: Any) -> None:
        self.engine = engine
        self.now = NOW
        self.settings = Settings(
            _env_file=None,
            **{
                "identity_key": SecretStr(IDENTITY_KEY),
                "public_url": "https://mail.shop.example",
                "shop_name": "Cast <Iron> & Co",
                "twilio_auth_tokens": SecretStr(", ".join(AUTH_TOKENS)),
                **settings,
            },
        )
        self.tokens = LinkTokens(self.settings.link_keys_by_id().values())
        self.web = self._client(engine)
        # No server listens there.
        self.cut_off = self._client(create_engine("postgresql://nobody@127.0.0.1:1/nothing"))

    def _client(self, engine: AsyncEngine) -> httpx2.AsyncClient:
        door = Door(engine, identity_key=IDENTITY_KEY.encode(), currency="USD")
        context = GatewayContext(self.settings, engine, door, lambda: self.now)
        app = FastAPI(middleware=[Middleware(ResponseHeaders, public_url=self.settings.public_url)])
        answer_with_problems(app)
        for routes in (links, preferences, confirmation, inbound_sms):
            app.include_router(routes(context))
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app),
            base_url="https://mail.shop.example",
            headers={"User-Agent": FIREFOX},
        )

    async def plant(
        self, email: str = ADA, key: str = KEY, *, channel: str = "EMAIL", status: str = "SENT", **profile: Any
    ) -> str:
        """A customer who agreed to e-mail, and a message that reached them; the customer's id."""
        id_ = customer_id(IDENTITY_KEY.encode(), email)
        campaign: dict[str, Any] = {
            "slug": f"news-{key[:4]}",
            "name": "News",
            "trigger_event": "ORDER_PAID",
            "channel": channel,
            "purpose": "marketing",
            "status": "live",
        }
        message: dict[str, Any] = {
            "message_key": key,
            "customer_id": id_,
            "customer_email": email,
            "channel": channel,
            "status": status,
            "sent_at": SENT if status == "SENT" else None,
            "provider": "smtp" if status == "SENT" else None,
            "planned_at": SENT,
            "due_at": SENT,
            "expires_at": SENT + timedelta(days=1),
        }
        customer = {
            "customer_email": email,
            "customer_id": id_,
            "consent_email": True,
            "updated_at": SENT,
            **profile,
        }
        async with self.engine.connect() as connection:
            await connection.execute(insert(CustomerProfile).values(customer))
            campaign_id = await connection.scalar(insert_step(campaign))
            await connection.execute(insert(Communication).values(campaign_id=campaign_id, **message))
            kept = {"message_key": key, "recipient": email, "content": b"", "links": TARGETS, "created_at": SENT}
            await connection.execute(insert(RenderedMessage).values(kept))
        return id_

    async def execute(self, statement: str, **values: Any) -> None:
        """Change a row."""
        async with self.engine.connect() as connection:
            await connection.execute(text(statement), values)

    async def rows(self, query: str) -> list[dict[str, Any]]:
        """Rows of the database."""
        async with self.engine.connect() as connection:
            return [dict(row) for row in (await connection.execute(text(query))).mappings()]

    async def status(self) -> str:
        """The message's status."""
        return str((await self.rows("SELECT status FROM communications_log"))[0]["status"])

    async def suppressions(self) -> dict[str, str]:
        """The reasons of suppressions, by channel."""
        return {row["channel"]: row["reason"] for row in await self.rows("SELECT * FROM suppressions")}

    async def words(self) -> list[tuple[str, bool]]:
        """The changes of consent in the inbox, in the order they came."""
        query = "SELECT body FROM event_inbox WHERE type = 'CONSENT_CHANGED' ORDER BY sequence"
        return [(row["body"]["channel"], row["body"]["granted"]) for row in await self.rows(query)]


@pytest.fixture
async def pages(clean_database: None, engine: AsyncEngine) -> AsyncIterator[CustomerPages]:
    """The routes with an empty database."""
    routes = CustomerPages(engine)
    async with routes.web, routes.cut_off:
        yield routes
