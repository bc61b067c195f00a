"""`retention db`: the database's tables."""

import asyncio
from typing import Annotated

import typer
from sqlalchemy import make_url

from db.schema.upgrade import upgrade as upgrade_tables
from operations.access.connections import connect_temporal
from settings import Settings
from starter.commands.context import find_settings
from starter.commands.errors import Failed
from starter.commands.options import AsJson, example
from starter.commands.output import print_json, say
from workflows.search_attributes import register_search_attributes

app = typer.Typer(no_args_is_help=True, help="The database.", epilog=example("retention db upgrade"))


@app.callback()
def database() -> None:
    """Keeps `upgrade` a command of its own, although it is the only one."""


@app.command(epilog=example("retention db upgrade", "retention db upgrade --no-temporal"))
def upgrade(
    with_temporal: Annotated[
        bool, typer.Option("--temporal/--no-temporal", help="Register search attributes in Temporal, too.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Bring the tables to this release, let the worker's role use them, and register search attributes.

    Runs as DATABASE_ADMIN_URL, else as DATABASE_URL. Repeating it is harmless.
    """
    settings = find_settings()
    role = _upgrade(settings)
    registered = asyncio.run(_register(settings)) if with_temporal else None
    if as_json:
        print_json({"worker_role": role, "search_attributes_registered": registered})
        return
    say(f"the tables are those of this release, and the role {role} may use them")
    if registered is not None:
        say(f"search attributes registered in Temporal: {', '.join(registered) or 'none were missing'}")


def _upgrade(settings: Settings) -> str:
    """Upgrade, with the worker's role and password as DATABASE_URL names them; the role."""
    admin = settings.database_admin_url or settings.database_url
    if admin is None:
        raise Failed("DATABASE_ADMIN_URL and DATABASE_URL are not set: set one, or start `retention dev`")
    worker = make_url(settings.database_url or admin)
    if worker.username is None or worker.username == make_url(admin).username:
        upgrade_tables(admin)
        return "retention_worker"
    upgrade_tables(admin, worker_role=worker.username, worker_password=worker.password)
    return worker.username


async def _register(settings: Settings) -> tuple[str, ...]:
    return await register_search_attributes(await connect_temporal(settings))
