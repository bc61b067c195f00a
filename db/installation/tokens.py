"""Bearer tokens by their key ids; their secrets are stored as digests only."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from db.schema.tables import ApiToken


@dataclass(frozen=True)
class StoredToken:
    """A token as it is stored; `secret_hash` is SHA-256 in hexadecimal."""

    key_id: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None
    secret_hash: str = field(repr=False)


async def add_token(engine: AsyncEngine, key_id: str, secret_hash: str, scopes: Sequence[str], now: datetime) -> None:
    """Keep a new token."""
    row = insert(ApiToken).values(key_id=key_id, secret_hash=secret_hash, scopes=list(scopes), created_at=now)
    async with engine.connect() as connection:
        await connection.execute(row)


async def list_tokens(engine: AsyncEngine) -> tuple[StoredToken, ...]:
    """All tokens, revoked ones too, the oldest first."""
    query = select(ApiToken.__table__).order_by(ApiToken.created_at, ApiToken.key_id)
    async with engine.connect() as connection:
        return tuple(
            StoredToken(row.key_id, tuple(row.scopes), row.created_at, row.revoked_at, row.secret_hash)
            for row in await connection.execute(query)
        )


async def revoke_token(engine: AsyncEngine, key_id: str, now: datetime) -> bool:
    """Take a token back; False where there is no such token. One revoked before keeps its time."""
    change = (
        update(ApiToken).where(ApiToken.key_id == key_id).values(revoked_at=func.coalesce(ApiToken.revoked_at, now))
    )
    async with engine.connect() as connection:
        return bool((await connection.execute(change)).rowcount)
