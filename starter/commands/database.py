"""`retention db`: the database's tables."""

import asyncio
from dataclasses import asdict
from functools import partial
from typing import Annotated

import typer

from operations.access.temporal import connect_temporal
from operations.readiness.upgrade import upgrade as upgrade_installation
from starter.commands.context import find_settings
from starter.commands.options import AsJson, example
from starter.commands.output import print_json, say

app = typer.Typer(no_args_is_help=True, help="The database.", epilog=example("retention db upgrade"))


@app.callback()
def database() -> None:
    """Without a callback Typer would drop the name of the only command, `upgrade`."""


@app.command(epilog=example("retention db upgrade", "retention db upgrade --no-temporal"))
def upgrade(
    with_temporal: Annotated[
        bool, typer.Option("--temporal/--no-temporal", help="Register search attributes in Temporal, too.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Upgrade the tables to this release, grant them to the worker's role, and register search attributes.

    Runs as DATABASE_ADMIN_URL, else as DATABASE_URL. Repeating it is harmless.
    """
    settings = find_settings()
    connect = partial(connect_temporal, settings) if with_temporal else None
    report = asyncio.run(upgrade_installation(settings, connect))
    if as_json:
        print_json(asdict(report))
        return
    say(f"the tables are those of this release, and the role {report.worker_role} may use them")
    if report.search_attributes_registered is not None:
        registered = ", ".join(report.search_attributes_registered) or "none were missing"
        say(f"search attributes registered in Temporal: {registered}")
