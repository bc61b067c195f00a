"""Bearer tokens: wrong, revoked, without the scope, and new ones."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from db.engine.connections import create_engine
from db.installation.tokens import list_tokens, revoke_token
from operations.access.tokens import BearerToken, TokenScope, new_token, read_token
from settings import Settings
from starter.gateway.token_check import CACHE_SECONDS, UNKNOWN_SECONDS
from tests.starter.gateway.bodies import visit
from tests.starter.gateway.conftest import Open, client_of

Make = Callable[..., Any]


async def ask(app: FastAPI, authorization: str | None) -> httpx2.Response:
    """Send an event under an `Authorization` header."""
    headers = [] if authorization is None else [(b"Authorization", authorization.encode("latin-1"))]
    async with client_of(app) as client:
        return await client.post("/v1/events", json=visit(), headers=headers)


class Clock:
    """A monotonic clock that tests move."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    """The clock of the application."""
    return Clock()


@pytest.fixture
async def app(settings: Settings, open_app: Open, clock: Clock) -> FastAPI:
    """The application with a clock of the test's."""
    opened: FastAPI = await open_app(settings, clock=clock)
    return opened


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer rt_",
        "Bearer rt_x_y",
        "Bearer rt_é_ü",
        "Basic YTpi",
        f"Bearer {999 * 'x'}",
    ],
)
async def test_a_missing_or_invalid_token_is_401(app: FastAPI, authorization: str | None) -> None:
    answer = await ask(app, authorization)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith('Bearer realm="retention"')
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_secret_must_match_the_key_id(app: FastAPI, make_token: Make) -> None:
    first, second = await make_token(), await make_token()
    mixed = BearerToken(first.key_id, second.secret)
    cut = BearerToken(first.key_id, first.secret[:-1])
    answers = [await ask(app, f"Bearer {token.text}") for token in (first, second, mixed, cut, new_token())]
    assert [answer.status_code for answer in answers] == [202, 202, 401, 401, 401]


async def test_a_token_is_accepted_for_its_scopes_only(app: FastAPI, make_token: Make) -> None:
    token = await make_token(TokenScope.CUSTOMERS, TokenScope.OPERATE)
    answer = await ask(app, f"Bearer {token.text}")
    assert answer.status_code == 403
    assert 'error="insufficient_scope", scope="events"' in answer.headers["www-authenticate"]
    async with client_of(app, token.text) as client:
        assert (await client.get("/metrics")).status_code == 200
        assert (await client.post("/v1/customers/lookup", json={"customer_email": "a@b.example"})).status_code == 404


async def test_a_revoked_token_is_rejected_within_seconds(
    app: FastAPI, make_token: Make, engine: AsyncEngine, clock: Clock
) -> None:
    token = await make_token()
    before = await ask(app, f"Bearer {token.text}")
    assert await revoke_token(engine, token.key_id, datetime.now(UTC))
    clock.seconds += CACHE_SECONDS + 1
    after = await ask(app, f"Bearer {token.text}")
    assert (before.status_code, after.status_code) == (202, 401)


async def test_a_new_token_is_accepted_within_a_second(app: FastAPI, make_token: Make, clock: Clock) -> None:
    await ask(app, f"Bearer {new_token().text}")
    token = await make_token()
    clock.seconds += UNKNOWN_SECONDS + 0.1
    assert (await ask(app, f"Bearer {token.text}")).status_code == 202


async def test_a_hundred_wrong_tokens_are_one_query(settings: Settings, open_app: Open) -> None:
    assert settings.database_url
    engine, queries = create_engine(settings.database_url), 0

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        nonlocal queries
        queries += "secret_hash" in statement

    app = await open_app(settings, engine=engine, clock=Clock())
    for _ in range(100):
        await ask(app, f"Bearer {new_token().text}")
    assert queries == 1


def test_a_token_survives_its_text_and_hides_its_secret() -> None:
    token = new_token()
    assert read_token(token.text) == token
    assert token.secret not in repr(token)


async def test_revoking_again_keeps_the_time(engine: AsyncEngine, make_token: Make) -> None:
    token = await make_token()
    first = datetime(2026, 11, 22, tzinfo=UTC)
    assert await revoke_token(engine, token.key_id, first)
    assert await revoke_token(engine, token.key_id, datetime(2026, 11, 23, tzinfo=UTC))
    assert not await revoke_token(engine, "nobody", first)
    assert [stored.revoked_at for stored in await list_tokens(engine)] == [first]
