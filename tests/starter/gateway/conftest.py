"""The gateway in this process, on real PostgreSQL, with Temporal away."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.installation.tokens import add_token
from operations.access.tokens import BearerToken, TokenScope, new_token
from settings import Settings
from starter.gateway.app import build_app
from tests.starter.gateway.customer_pages import pages
from tests.starter.gateway.program import gateway, launch
from tests.starter.gateway.provider_routes import providers

__all__ = ["gateway", "launch", "pages", "providers"]

IDENTITY_KEY = "an identity key for tests of the gateway"

Open = Callable[..., Any]
Rows = Callable[..., Any]


@pytest.fixture
def settings(clean_database: None, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The gateway's settings, with an empty database."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return Settings(
        _env_file=None, database_url=url, identity_key=SecretStr(IDENTITY_KEY), shopify_secrets=SecretStr("hush")
    )


@pytest.fixture
async def open_app() -> AsyncIterator[Open]:
    """`await open_app(settings, …)`: an application while the test lasts, built with the further arguments."""
    async with AsyncExitStack() as running:

        async def opened(settings: Settings, **collaborators: Any) -> FastAPI:
            app = build_app(settings, **collaborators)
            await running.enter_async_context(app.router.lifespan_context(app))
            return app

        yield opened


@pytest.fixture
async def app(settings: Settings, open_app: Open) -> FastAPI:
    """The running application."""
    opened: FastAPI = await open_app(settings)
    return opened


@pytest.fixture
async def make_token(engine: AsyncEngine, settings: Settings) -> Callable[..., Any]:
    """`await make_token(scope, …)`: a token with these scopes, or with all."""

    async def make(*scopes: TokenScope) -> BearerToken:
        made = new_token()
        await add_token(engine, made.key_id, made.secret_hash, scopes or tuple(TokenScope), datetime.now(UTC))
        return made

    return make


@pytest.fixture
async def token(make_token: Callable[..., Any]) -> str:
    """A token with all scopes."""
    made: BearerToken = await make_token()
    return made.text


@pytest.fixture
async def stranger(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """A client without a token."""
    async with client_of(app) as client:
        yield client


@pytest.fixture
async def client(app: FastAPI, token: str) -> AsyncIterator[httpx2.AsyncClient]:
    """A client whose token has all scopes."""
    async with client_of(app, token) as client:
        yield client


@pytest.fixture
def rows(engine: AsyncEngine) -> Rows:
    """`await rows("SELECT …")`: rows of the database, as dictionaries."""

    async def ask(query: str, **parameters: Any) -> list[dict[str, Any]]:
        async with engine.connect() as connection:
            return [dict(row) for row in (await connection.execute(text(query), parameters)).mappings()]

    return ask


def client_of(app: FastAPI, token: str | None = None) -> httpx2.AsyncClient:
    """A client that reaches an application without a network."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://gateway", headers=headers)
