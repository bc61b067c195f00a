"""Bearer tokens of requests, checked against those in PostgreSQL."""

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

from db.installation.tokens import StoredToken
from operations.access.tokens import TokenScope, list_tokens, read_token
from starter.gateway.problems import Problem

CACHE_SECONDS = 5
"""A revoked token is accepted for at most this long, as long as PostgreSQL answers."""

UNKNOWN_SECONDS = 1
"""A new token is accepted after at most this long."""

_SCHEME = HTTPBearer(
    scheme_name="token", auto_error=False, description="`retention token create` prints one: `rt_<key id>_<secret>`."
)
_Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(_SCHEME)]

Check = Callable[[HTTPAuthorizationCredentials | None], Awaitable[None]]


class TokenCheck:
    """Checks tokens. All of them are read in one query, at most once a second, however many invalid ones are tried."""

    def __init__(self, engine: AsyncEngine, clock: Callable[[], float] = monotonic) -> None:
        self._engine = engine
        self._clock = clock
        self._tokens: dict[str, StoredToken] = {}
        self._read_at = -float("inf")
        self._reading = asyncio.Lock()

    def needs(self, scope: TokenScope) -> Check:
        """The check of a route for a scope. Raises `Problem` with 401 or 403."""

        async def check(credentials: _Credentials) -> None:
            stored = await self._stored(credentials.credentials) if credentials else None
            if stored is None:
                error = ', error="invalid_token"' if credentials else ""
                raise Problem(
                    HTTPStatus.UNAUTHORIZED,
                    "send a valid token: Authorization: Bearer rt_…",
                    headers={"WWW-Authenticate": f'Bearer realm="retention"{error}'},
                )
            if scope not in stored.scopes:
                challenge = f'Bearer realm="retention", error="insufficient_scope", scope="{scope}"'
                raise Problem(
                    HTTPStatus.FORBIDDEN,
                    f"the token has no scope `{scope}`",
                    headers={"WWW-Authenticate": challenge},
                )

        return check

    async def _stored(self, text: str) -> StoredToken | None:
        given = read_token(text)
        if given is None:
            return None
        stored = await self._find(given.key_id)
        if stored is None or not hmac.compare_digest(given.secret_hash, stored.secret_hash):
            return None
        return stored

    async def _find(self, key_id: str) -> StoredToken | None:
        async with self._reading:
            age = self._clock() - self._read_at
            if age > CACHE_SECONDS or (age > UNKNOWN_SECONDS and key_id not in self._tokens):
                try:
                    await self._read()
                except SQLAlchemyError:
                    # While PostgreSQL is unavailable no token can be revoked, and operators need the metrics.
                    if key_id not in self._tokens:
                        raise
        return self._tokens.get(key_id)

    async def _read(self) -> None:
        tokens = await list_tokens(self._engine)
        self._tokens = {token.key_id: token for token in tokens if token.revoked_at is None}
        self._read_at = self._clock()
