"""What the gateway needs to take events in, looked at when somebody asks, and not more often than makes sense."""

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

LOOK_EVERY_SECONDS = 2
PATIENCE_SECONDS = 2
UNKNOWN = "unknown"


@dataclass(frozen=True)
class State:
    """Each part in words, and what is missing; with nothing missing the gateway is ready."""

    parts: dict[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


class Readiness:
    """Looks at PostgreSQL, which the gateway needs, and at Temporal, without which the inbox keeps everything."""

    def __init__(
        self, engine: AsyncEngine, fingerprint: str, backlog: Backlog, temporal: Callable[[], Awaitable[Client]]
    ) -> None:
        self._engine = engine
        self._fingerprint = fingerprint
        self._backlog = backlog
        self._temporal = temporal
        self._state = State()
        self._looked_at = -float("inf")
        self._looking = asyncio.Lock()

    async def look(self) -> State:
        """How things stand, or stood a moment ago."""
        async with self._looking:
            if monotonic() - self._looked_at > LOOK_EVERY_SECONDS:
                needed, temporal = await asyncio.gather(self._needed(), self._temporal_in_words())
                self._state = State({**needed.parts, "temporal": temporal}, needed.missing)
                self._looked_at = monotonic()
        return self._state

    async def _needed(self) -> State:
        parts = {"postgresql": UNKNOWN, "identity_key": UNKNOWN, "backlog": UNKNOWN}
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self._needed_of_postgres(parts)
        except (SQLAlchemyError, OSError):  # a time-out is an OSError, too
            return State({**parts, "postgresql": "does not answer"}, ("PostgreSQL",))

    async def _needed_of_postgres(self, parts: dict[str, str]) -> State:
        if not await has_tables(self._engine):
            return State({**parts, "postgresql": "has no tables of this release"}, ("the tables of this release",))
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
        return State(parts, tuple(missing))

    async def _temporal_in_words(self) -> str:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                client = await self._temporal()
                answers = await client.service_client.check_health(timeout=timedelta(seconds=PATIENCE_SECONDS))
        except (RPCError, RuntimeError, OSError):
            answers = False
        return "answers" if answers else "away: events wait in the inbox"
