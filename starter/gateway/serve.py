"""Serve the gateway: one process or several on one socket, until SIGTERM or Ctrl-C."""

import os
import signal
import socket
import tempfile
from collections.abc import Callable
from contextlib import ExitStack

import uvicorn
from uvicorn.supervisors import Multiprocess

from settings import Settings
from starter.gateway.app import build_app
from starter.gateway.connection import GatewayConnection
from starter.gateway.gateway_metrics import DIRECTORY

KEEP_ALIVE_SECONDS = 20
DRAIN_SECONDS = 10
"""The time for open requests after SIGTERM; after that, pending signals have a time limit, too."""

MOST_CONNECTIONS = 1_000
"""Connections of one process, including idle ones."""

MOST_HEAD_BYTES = 32 * 1024
"""Request line and headers."""


class CannotListenError(Exception):
    """The address cannot be used; the message names the settings."""


def serve(settings: Settings, port: int, workers: int, listening: Callable[[str], None]) -> None:
    """Serve on GATEWAY_HOST and `port` until SIGTERM or Ctrl-C; `listening` is called with the address.

    Several processes read their settings from the environment. Raises `CannotListenError` and `SettingsError`.
    """
    with ExitStack() as cleanup:
        bound = cleanup.enter_context(_bind(settings.gateway_host, port))
        run = _one_process(settings, bound) if workers == 1 else _several(settings, bound, workers, cleanup)
        # Not before signals have their handlers: whoever reads the address may send one at once.
        listening(_address(bound))
        run()


def _one_process(settings: Settings, bound: socket.socket) -> Callable[[], None]:
    server = uvicorn.Server(server_config(build_app(settings)))
    # `run` handles signals only once it has begun, and raises them again after the shutdown, which must not end the
    # process.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.handle_exit)
    return lambda: server.run([bound])


def _several(settings: Settings, bound: socket.socket, workers: int, cleanup: ExitStack) -> Callable[[], None]:
    counts = cleanup.enter_context(tempfile.TemporaryDirectory(prefix="retention-metrics-"))
    os.environ[DIRECTORY] = counts
    os.environ.update(settings.environment())
    return Multiprocess(server_config("starter.gateway.app:build_from_environment", workers), [bound]).run


def server_config(
    app: object, workers: int = 1, *, connection: type[GatewayConnection] = GatewayConnection
) -> uvicorn.Config:
    """The server's configuration. `app` is the application, or the import path of a function that builds it."""
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        factory=isinstance(app, str),
        workers=workers,
        http=connection,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        h11_max_incomplete_event_size=MOST_HEAD_BYTES,
        reset_contextvars=True,
    )


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        bound = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise CannotListenError(f"GATEWAY_HOST, GATEWAY_PORT: cannot listen there: {error.strerror}") from None
    bound.set_inheritable(True)
    return bound


def _address(bound: socket.socket) -> str:
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
