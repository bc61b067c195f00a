"""Whether the gateway can accept events, checked on request and cached for a moment."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.service import RPCError

from db.installation.fingerprint import IdentityKeyMismatch, check_identity_key
from db.schema.release import has_tables
from starter.gateway.backlog import Backlog

CACHE_SECONDS = 2
TIMEOUT_SECONDS = 2
UNKNOWN = "unknown"


@dataclass(frozen=True)
class ReadinessState:
    """The state of each part, and what is missing; the gateway is ready when nothing is."""

    parts: dict[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


class Readiness:
    """Checks PostgreSQL, which the gateway needs, and Temporal, without which events wait in the inbox."""

    def __init__(
        self, engine: AsyncEngine, fingerprint: str, backlog: Backlog, temporal: Callable[[], Awaitable[Client]]
    ) -> None:
        self._engine = engine
        self._fingerprint = fingerprint
        self._backlog = backlog
        self._temporal = temporal
        self._state = ReadinessState()
        self._checked_at = -float("inf")
        self._checking = asyncio.Lock()

    async def check(self) -> ReadinessState:
        """The state now, or at most two seconds ago."""
        async with self._checking:
            if monotonic() - self._checked_at > CACHE_SECONDS:
                postgres, temporal = await asyncio.gather(self._check_postgres(), self._check_temporal())
                self._state = ReadinessState({**postgres.parts, "temporal": temporal}, postgres.missing)
                self._checked_at = monotonic()
        return self._state

    async def _check_postgres(self) -> ReadinessState:
        parts = {"postgresql": UNKNOWN, "identity_key": UNKNOWN, "backlog": UNKNOWN}
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                return await self._check_database(parts)
        except (SQLAlchemyError, OSError):  # a time-out is an OSError, too
            return ReadinessState({**parts, "postgresql": "does not answer"}, ("PostgreSQL",))

    async def _check_database(self, parts: dict[str, str]) -> ReadinessState:
        if not await has_tables(self._engine):
            return ReadinessState(
                {**parts, "postgresql": "has no tables of this release"}, ("the tables of this release",)
            )
        parts["postgresql"] = "answers"
        missing = []
        try:
            await check_identity_key(self._engine, self._fingerprint)
            parts["identity_key"] = "fits"
        except IdentityKeyMismatch:
            parts["identity_key"] = "is not the one of this database"
            missing.append("the identity key of this database")
        parts["backlog"] = f"{await self._backlog.count()} events wait"
        if await self._backlog.is_full():
            parts["backlog"] = "too many events wait"
            missing.append("room in the inbox")
        return ReadinessState(parts, tuple(missing))

    async def _check_temporal(self) -> str:
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                client = await self._temporal()
                answers = await client.service_client.check_health(timeout=timedelta(seconds=TIMEOUT_SECONDS))
        except (RPCError, RuntimeError, OSError):
            answers = False
        return "answers" if answers else "away: events wait in the inbox"
