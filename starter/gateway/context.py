"""What every part of the gateway works with."""

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
    """The settings, PostgreSQL, the way in for events, and the time as the gateway sees it."""

    settings: Settings
    engine: AsyncEngine
    door: Door
    clock: Callable[[], datetime] = _now
