"""Bearer tokens: `rt_<key id>_<secret>`. The database stores the secret's digest only."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncEngine

from db.installation import tokens
from db.installation.tokens import StoredToken
from operations.access.errors import NotFound

_PREFIX = "rt"
_KEY_ID_BYTES = 6
_SECRET_BYTES = 32


class TokenScope(StrEnum):
    """What a token permits."""

    EVENTS = "events"
    CUSTOMERS = "customers"
    OPERATE = "operate"


@dataclass(frozen=True)
class BearerToken:
    """A whole token. `key_id` is public, `secret` is not."""

    key_id: str
    secret: str = field(repr=False)

    @property
    def text(self) -> str:
        """The value of the `Authorization` header, without `Bearer`."""
        return f"{_PREFIX}_{self.key_id}_{self.secret}"

    @property
    def secret_hash(self) -> str:
        """64 hexadecimal digits. The secret is long and random, so it needs neither salt nor a slow hash."""
        return hashlib.sha256(self.secret.encode()).hexdigest()


def new_token() -> BearerToken:
    """A fresh random token, which is not stored yet."""
    return BearerToken(secrets.token_hex(_KEY_ID_BYTES), secrets.token_urlsafe(_SECRET_BYTES))


def read_token(text: str) -> BearerToken | None:
    """Parse a token; None when the text is not one."""
    prefix, _, rest = text.partition("_")
    key_id, _, secret = rest.partition("_")
    return BearerToken(key_id, secret) if prefix == _PREFIX and key_id and secret else None


async def create_token(engine: AsyncEngine, scopes: Iterable[TokenScope], now: datetime) -> BearerToken:
    """Make and store a token. This is the only time that its secret is available."""
    token = new_token()
    await tokens.add_token(engine, token.key_id, token.secret_hash, sorted(set(scopes)), now)
    return token


async def list_tokens(engine: AsyncEngine) -> tuple[StoredToken, ...]:
    """All tokens, revoked ones included, the oldest first."""
    return await tokens.list_tokens(engine)


async def revoke_token(engine: AsyncEngine, key_id: str, now: datetime) -> None:
    """Revoke a token. Revoking it again does not change the time. Raises `NotFound`."""
    if not await tokens.revoke_token(engine, key_id, now):
        raise NotFound("there is no such token; `retention token list` shows their key ids", field="key_id")


async def store_token(engine: AsyncEngine, token: BearerToken, now: datetime) -> None:
    """Store a token with all scopes, unless it is stored already, for a local stack."""
    if token.key_id not in {stored.key_id for stored in await tokens.list_tokens(engine)}:
        await tokens.add_token(engine, token.key_id, token.secret_hash, sorted(TokenScope), now)
