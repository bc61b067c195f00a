"""When campaigns went live, and what the readiness check found then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.engine.connections import json_text

_START = text("""
    WITH started AS (
      UPDATE campaign_definitions SET status = 'live', updated_at = now()
      WHERE slug = ANY(CAST(:slugs AS text[])) RETURNING slug)
    INSERT INTO campaign_starts (slug, started_at, forced, findings)
    SELECT slug, CAST(:now AS timestamptz), CAST(:forced AS boolean), CAST(:findings AS jsonb) FROM started
""")

_LATEST = text("SELECT DISTINCT ON (slug) slug, started_at, forced FROM campaign_starts ORDER BY slug, started_at DESC")


@dataclass(frozen=True)
class Start:
    """The last time that a campaign went live; `forced` when it did despite red findings."""

    started_at: datetime
    forced: bool


async def start_campaigns(
    engine: AsyncEngine, slugs: Sequence[str], now: datetime, findings: Sequence[Any], *, forced: bool
) -> None:
    """Make campaigns live, all or none, and store the findings with each start."""
    values = {"slugs": list(slugs), "now": now, "forced": forced, "findings": json_text(list(findings))}
    async with engine.connect() as connection:
        await connection.execute(_START, values)


async def latest_starts(engine: AsyncEngine) -> dict[str, Start]:
    """The last start of each campaign that was ever started."""
    async with engine.connect() as connection:
        return {row.slug: Start(row.started_at, row.forced) for row in await connection.execute(_LATEST)}
