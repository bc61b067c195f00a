"""Bringing an installation to this release: tables, the worker's role, and Temporal's search attributes."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy import make_url
from temporalio.client import Client

from db.schema import upgrade as schema
from operations.access.errors import Unavailable
from settings import Settings
from workflows.search_attributes import register_search_attributes

DEFAULT_ROLE = "retention_worker"


@dataclass(frozen=True)
class UpgradeReport:
    """The role that may use the tables, and the search attributes that were missing; None without Temporal."""

    worker_role: str
    search_attributes_registered: tuple[str, ...] | None


async def upgrade(settings: Settings, connect: Callable[[], Awaitable[Client]] | None) -> UpgradeReport:
    """Upgrade the tables, grant them to the worker's role, and register search attributes. Repeating it is harmless.

    `connect` opens a connection to Temporal; with None Temporal is left out. Raises `Unavailable` without a database
    URL, and `UpgradeError`.
    """
    role = await asyncio.to_thread(_upgrade_tables, settings)
    return UpgradeReport(role, await register_search_attributes(await connect()) if connect else None)


def _upgrade_tables(settings: Settings) -> str:
    """Upgrade as the administrator, with the worker's role and password from DATABASE_URL; return the role."""
    admin = settings.database_admin_url or settings.database_url
    if admin is None:
        raise Unavailable("DATABASE_ADMIN_URL and DATABASE_URL are not set: set one, or start `retention dev`")
    worker = make_url(settings.database_url or admin)
    if worker.username is None or worker.username == make_url(admin).username:
        schema.upgrade(admin)
        return DEFAULT_ROLE
    schema.upgrade(admin, worker_role=worker.username, worker_password=worker.password)
    return worker.username
