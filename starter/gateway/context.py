"""The objects that all routes share."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from intake.door.door import Door
from settings import Settings


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class GatewayContext:
    """Settings, PostgreSQL, the door that accepts events, and the clock."""

    settings: Settings
    engine: AsyncEngine
    door: Door
    clock: Callable[[], datetime] = _now
