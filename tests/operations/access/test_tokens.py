"""Tokens are created, listed and revoked."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from operations.access.errors import NotFound
from operations.access.tokens import (
    TokenScope,
    create_token,
    list_tokens,
    new_token,
    read_token,
    revoke_token,
    store_token,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)


async def test_a_created_token_is_listed_by_its_digest_and_scopes(clean_database: None, engine: AsyncEngine) -> None:
    token = await create_token(engine, [TokenScope.EVENTS, TokenScope.CUSTOMERS, TokenScope.EVENTS], NOW)
    [stored] = await list_tokens(engine)
    assert (stored.key_id, stored.secret_hash) == (token.key_id, token.secret_hash)
    assert (stored.scopes, stored.revoked_at) == (("customers", "events"), None)


async def test_a_token_is_revoked_once(clean_database: None, engine: AsyncEngine) -> None:
    token = await create_token(engine, [TokenScope.EVENTS], NOW)
    await revoke_token(engine, token.key_id, NOW)
    await revoke_token(engine, token.key_id, NOW + timedelta(days=1))
    assert [stored.revoked_at for stored in await list_tokens(engine)] == [NOW]


async def test_an_unknown_token_cannot_be_revoked(clean_database: None, engine: AsyncEngine) -> None:
    with pytest.raises(NotFound) as refused:
        await revoke_token(engine, "unknown", NOW)
    assert refused.value.field == "key_id"


async def test_a_token_is_stored_once_and_permits_everything(clean_database: None, engine: AsyncEngine) -> None:
    token = new_token()
    await store_token(engine, token, NOW)
    await store_token(engine, token, NOW)
    assert [(stored.key_id, stored.scopes) for stored in await list_tokens(engine)] == [
        (token.key_id, ("customers", "events", "operate"))
    ]


def test_a_token_survives_its_text_and_hides_its_secret() -> None:
    token = new_token()
    assert read_token(token.text) == token
    assert token.secret not in repr(token)


@pytest.mark.parametrize("text", ["", "rt_", "rt_x", "rt__y", "xx_a_b"])
def test_a_text_that_is_not_a_token_is_none(text: str) -> None:
    assert read_token(text) is None
