"""Serving the gateway: one process or several on one socket, until SIGTERM or Ctrl-C."""

import os
import signal
import socket
import tempfile
from collections.abc import Callable
from contextlib import ExitStack

import uvicorn
from uvicorn.supervisors import Multiprocess

from localstack.servers.ports import PortTakenError, reserve_port
from settings import Settings
from starter.gateway.app import build_app
from starter.gateway.connection import Connection

DEFAULT_PORT = 8080
KEEP_ALIVE_SECONDS = 20
DRAIN_SECONDS = 10
"""Requests under way may finish for so long after SIGTERM; signals under way have their own time after that."""

MOST_CONNECTIONS = 1_000
"""Of one process, idle ones included."""

MOST_HEAD_BYTES = 32 * 1024
"""Request line and headers."""


def serve(settings: Settings, workers: int, listening: Callable[[str], None]) -> None:
    """Serve until told to stop; `listening` is told the address.

    Several processes read their settings from the environment. Raises `PortTakenError` naming the setting, and
    `SettingsError`.
    """
    with ExitStack() as cleanup:
        port = reserve_port("GATEWAY_PORT", settings.gateway_port, DEFAULT_PORT)
        cleanup.callback(port.release)
        bound = cleanup.enter_context(_bound(settings.gateway_host, port.number))
        listening(_address(bound))
        # Who stops the gateway in good order shall see it end in good order, not by the signal.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        if workers == 1:
            uvicorn.Server(configuration(build_app(settings))).run([bound])
            return
        figures = cleanup.enter_context(tempfile.TemporaryDirectory(prefix="retention-figures-"))
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = figures
        os.environ.update(settings.environment())
        Multiprocess(configuration("starter.gateway.app:build_from_environment", workers), [bound]).run()


def configuration(app: object, workers: int = 1) -> uvicorn.Config:
    """How the server runs `app`, which is the application, or where its processes find the function that builds it."""
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        factory=isinstance(app, str),
        workers=workers,
        http=Connection,
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


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        bound = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise PortTakenError(f"GATEWAY_HOST, GATEWAY_PORT: cannot listen there: {error.strerror}") from None
    bound.set_inheritable(True)
    return bound


def _address(bound: socket.socket) -> str:
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
