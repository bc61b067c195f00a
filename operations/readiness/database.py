"""PostgreSQL: whether it answers, has this release's tables and this identity key, and how full the inbox is."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from db.campaigns.campaigns import StoredCampaign, list_campaigns
from db.engine.connections import create_engine
from db.inbox.relay import backlog
from db.installation.fingerprint import IdentityKeyMismatch, check_identity_key
from db.messages.coupons import Pool, list_pools
from db.messages.sending_stops import Stop, list_stops
from db.schema.release import has_tables
from operations.access.database import identity_key
from operations.readiness.finding import Finding, amber, green, red
from retention_client.identity import key_fingerprint
from settings import Settings

NAME = "PostgreSQL"
INBOX = "inbox"
TIMEOUT_SECONDS = 4
MANY_WAITING = 1_000


@dataclass(frozen=True)
class DatabaseContent:
    """What the checks need from PostgreSQL; `waiting` counts events, at most one more than the limit."""

    stops: tuple[Stop, ...]
    pools: tuple[Pool, ...]
    campaigns: tuple[StoredCampaign, ...]
    waiting: int


async def read_database(settings: Settings, now: datetime) -> DatabaseContent | Finding:
    """Read what the checks need, or return a finding that says why it cannot be read."""
    if settings.database_url is None:
        return red(NAME, "DATABASE_URL is not set", "set it, or start `retention dev`")
    engine = create_engine(settings.database_url)
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            return await _read(engine, settings, now)
    except IdentityKeyMismatch:
        return red(NAME, "belongs to another IDENTITY_KEY", "start with the original key, or use another database")
    except (SQLAlchemyError, OSError) as error:
        return red(NAME, f"does not answer ({type(error).__name__})", "check DATABASE_URL")
    finally:
        await engine.dispose()


def check_database(found: DatabaseContent | Finding, settings: Settings) -> list[Finding]:
    """The findings on the database and its inbox."""
    if isinstance(found, Finding):
        return [found]
    return [green(NAME, "answers, with the tables of this release"), _inbox(found.waiting, settings.inbox_limit)]


async def _read(engine: AsyncEngine, settings: Settings, now: datetime) -> DatabaseContent | Finding:
    if not await has_tables(engine):
        return red(NAME, "has no tables of this release", "run `retention db upgrade`")
    if settings.identity_key is not None:
        await check_identity_key(engine, key_fingerprint(identity_key(settings)))
    return DatabaseContent(
        stops=await list_stops(engine),
        pools=await list_pools(engine, now),
        campaigns=await list_campaigns(engine),
        waiting=await backlog(engine, most=settings.inbox_limit + 1),
    )


def _inbox(waiting: int, limit: int) -> Finding:
    if waiting > limit:
        return red(
            INBOX, "is full: the gateway accepts no events", "check that workers run, and `retention inbox list`"
        )
    if waiting >= min(MANY_WAITING, limit):
        return amber(INBOX, f"{waiting} events wait", "check that workers run, and look again")
    return green(INBOX, f"{waiting} events wait")
