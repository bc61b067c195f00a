"""Connects an operation to PostgreSQL, if the database belongs to the identity key in the settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncEngine

from db.engine.connections import create_engine
from db.installation.fingerprint import check_identity_key
from operations.access.errors import Unavailable
from retention_client.identity import key_fingerprint
from settings import Settings


def identity_key(settings: Settings) -> bytes:
    """Return the key behind every customer id. Raises `Unavailable` if it is not set."""
    if settings.identity_key is None:
        raise Unavailable("IDENTITY_KEY is not set: set it, or start `retention dev`")
    return settings.identity_key.get_secret_value().encode()


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """Connect to the database, after checking that it belongs to this identity key.

    Raises `Unavailable` without a DATABASE_URL, and `IdentityKeyMismatch`.
    """
    if settings.database_url is None:
        raise Unavailable("DATABASE_URL is not set: set it, or start `retention dev`")
    engine = create_engine(settings.database_url)
    try:
        if settings.identity_key is not None:
            await check_identity_key(engine, key_fingerprint(identity_key(settings)))
        yield engine
    finally:
        await engine.dispose()
