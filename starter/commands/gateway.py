"""`retention gateway`: the HTTP gateway."""

import asyncio
from typing import Annotated

import typer

from localstack.servers.ports import reserve_port
from operations.access.database import open_database
from settings import Settings, SettingsError
from starter.commands.context import find_settings
from starter.commands.errors import CommandError
from starter.commands.options import example
from starter.commands.output import say
from structured_logs import configure_logs

DEFAULT_PORT = 8080
EXAMPLE = example("retention gateway", "retention gateway --workers 4")

app = typer.Typer()


@app.command(epilog=EXAMPLE)
def gateway(
    workers: Annotated[int, typer.Option(min=1, max=64, help="How many processes share the port.")] = 1,
) -> None:
    """Accept events and webhooks over HTTP until Ctrl-C or SIGTERM. Open requests may finish.

    Listens on GATEWAY_HOST and GATEWAY_PORT, with its documentation at /docs. Needs PostgreSQL; while Temporal is away,
    events wait in the inbox.
    """
    settings = find_settings()
    if settings.database_url is None or settings.identity_key is None:
        raise SettingsError("DATABASE_URL and IDENTITY_KEY: the gateway needs both (`retention dev` sets its own)")
    asyncio.run(_check(settings))
    # The web framework takes half a second to import, which no other command should wait for.
    from starter.gateway.serve import CannotListenError, serve  # noqa: PLC0415

    configure_logs(settings.log_level)
    port = reserve_port("GATEWAY_PORT", settings.gateway_port, DEFAULT_PORT)
    try:
        serve(
            settings, port.number, workers, lambda address: say(f"listening on {address}, described at {address}/docs")
        )
    except CannotListenError as error:
        raise CommandError(str(error)) from None
    finally:
        port.release()


async def _check(settings: Settings) -> None:
    """Check that the database belongs to the identity key."""
    async with open_database(settings):
        pass
