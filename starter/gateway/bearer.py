"""Who may ask for what: bearer tokens, checked against those in PostgreSQL."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from time import monotonic
from typing import Annotated

from fastapi import Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from db.installation.tokens import StoredToken, list_tokens
from operations.access.bearer_token import Scope, read_token
from starter.gateway.problems import Problem

REMEMBERED_SECONDS = 5
"""A token that was revoked is good for so long at most, as long as PostgreSQL answers."""

UNKNOWN_SECONDS = 1
"""A token that was just made is known after so long at most."""

_SCHEME = HTTPBearer(
    scheme_name="token", auto_error=False, description="`retention token create` prints one: `rt_<key id>_<secret>`."
)
_Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(_SCHEME)]

Check = Callable[[HTTPAuthorizationCredentials | None], Awaitable[None]]


class Bearer:
    """Checks tokens. All of them are read at once, at most once a second, however many wrong ones are tried."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._tokens: dict[str, StoredToken] = {}
        self._read_at = -float("inf")
        self._reading = asyncio.Lock()

    def needs(self, scope: Scope) -> Check:
        """The check of a route: passes, or raises `Problem` with 401 or 403."""

        async def check(credentials: _Credentials) -> None:
            stored = await self._holder(credentials.credentials) if credentials else None
            if stored is None:
                reason = ', error="invalid_token"' if credentials else ""
                raise Problem(
                    HTTPStatus.UNAUTHORIZED,
                    "send a token that is good: Authorization: Bearer rt_…",
                    headers={"WWW-Authenticate": f'Bearer realm="retention"{reason}'},
                )
            if scope not in stored.scopes:
                challenge = f'Bearer realm="retention", error="insufficient_scope", scope="{scope}"'
                raise Problem(
                    HTTPStatus.FORBIDDEN,
                    f"the token has no scope `{scope}`",
                    headers={"WWW-Authenticate": challenge},
                )

        return check

    async def _holder(self, text: str) -> StoredToken | None:
        given = read_token(text)
        if given is None:
            return None
        stored = await self._find(given.key_id)
        if stored is None or not hmac.compare_digest(given.secret_hash, stored.secret_hash):
            return None
        return stored

    async def _find(self, key_id: str) -> StoredToken | None:
        async with self._reading:
            age = monotonic() - self._read_at
            if age > REMEMBERED_SECONDS or (age > UNKNOWN_SECONDS and key_id not in self._tokens):
                try:
                    await self._read()
                except SQLAlchemyError:
                    # Nobody can revoke a token while PostgreSQL is away, and figures are wanted most then.
                    if key_id not in self._tokens:
                        raise
        return self._tokens.get(key_id)

    async def _read(self) -> None:
        tokens = await list_tokens(self._engine)
        self._tokens = {token.key_id: token for token in tokens if token.revoked_at is None}
        self._read_at = monotonic()
