"""`retention gateway`: the HTTP gateway."""

import asyncio
from typing import Annotated

import typer

from operations.access.connections import open_database
from settings import Settings, SettingsError
from starter.commands.context import find_settings
from starter.commands.options import example
from starter.commands.output import say
from structured_logs import configure_logs

EXAMPLE = example("retention gateway", "retention gateway --workers 4")


def gateway(
    workers: Annotated[int, typer.Option(min=1, max=64, help="How many processes share the port.")] = 1,
) -> None:
    """Take events and webhooks in over HTTP until Ctrl-C or SIGTERM, which lets what is under way finish.

    Listens on GATEWAY_HOST and GATEWAY_PORT; its description is at /docs. Needs PostgreSQL; while Temporal is away,
    events wait in the inbox.
    """
    settings = find_settings()
    if settings.database_url is None or settings.identity_key is None:
        raise SettingsError("DATABASE_URL and IDENTITY_KEY: the gateway needs both (`retention dev` brings its own)")
    asyncio.run(_check(settings))
    # The web framework takes half a second that no other command should wait for.
    from starter.gateway.serve import serve  # noqa: PLC0415

    configure_logs(settings.log_level)
    serve(settings, workers, lambda address: say(f"listening on {address}, described at {address}/docs"))


async def _check(settings: Settings) -> None:
    """Whether the database belongs to the identity key."""
    async with open_database(settings):
        pass
