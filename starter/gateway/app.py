"""The gateway as one ASGI application."""

import multiprocessing
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from time import monotonic

import structlog
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.middleware import Middleware

from db.engine.connections import create_engine
from intake.door.door import Door
from intake.signals.dispatcher import Dispatcher
from intake.signals.signalling import Signalling
from intake.signals.temporal_client import TemporalClient
from intake.webhooks.providers.amazon import AmazonClient
from intake.webhooks.shops import SHOPS
from retention_client.identity import key_fingerprint
from settings import Settings, SettingsError, load_settings
from starter.gateway.backlog import Backlog
from starter.gateway.confirmation import confirmation
from starter.gateway.context import GatewayContext
from starter.gateway.customers import customers
from starter.gateway.docs import docs
from starter.gateway.events import events
from starter.gateway.gateway_metrics import GatewayMetrics
from starter.gateway.health import health
from starter.gateway.inbound_sms import inbound_sms
from starter.gateway.links import links
from starter.gateway.metrics import metrics
from starter.gateway.preferences import preferences
from starter.gateway.problems import answer_with_problems
from starter.gateway.provider_events import provider_webhooks
from starter.gateway.readiness import Readiness
from starter.gateway.reference import TITLE, describe
from starter.gateway.request_limits import RequestLimits
from starter.gateway.request_log import RequestLog
from starter.gateway.response_headers import ResponseHeaders
from starter.gateway.token_check import TokenCheck
from starter.gateway.webhooks import webhooks
from structured_logs import configure_logs

CONNECTIONS = 10
"""PostgreSQL connections of one process."""

STATEMENT_LIMIT = timedelta(seconds=5)
"""Shop systems wait about this long for an answer."""


def build_app(
    settings: Settings, *, engine: AsyncEngine | None = None, clock: Callable[[], float] = monotonic
) -> FastAPI:
    """The application; its parts start and end with its lifespan. Raises `SettingsError` for a missing setting.

    `engine` replaces the one for DATABASE_URL, and is closed with the application. `clock` measures, in seconds, the
    age of cached tokens and counts.
    """
    if settings.database_url is None or settings.identity_key is None:
        raise SettingsError("DATABASE_URL and IDENTITY_KEY: the gateway needs both (`retention dev` sets its own)")
    identity_key = settings.identity_key.get_secret_value().encode()
    if engine is None:
        engine = create_engine(settings.database_url, pool_size=CONNECTIONS, statement_timeout=STATEMENT_LIMIT)
    temporal = TemporalClient(settings.payload_keys_by_id())
    dispatcher = Dispatcher(engine, Signalling(temporal, settings.task_queue))
    door = Door(engine, identity_key=identity_key, currency=settings.currency, signals=dispatcher)
    context = GatewayContext(settings, engine, door)
    backlog = Backlog(engine, settings.inbox_limit, clock)
    tokens = TokenCheck(engine, clock)
    counters = GatewayMetrics()
    amazon = AmazonClient()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        log = structlog.get_logger("gateway")
        log.info("serving", task_queue=settings.task_queue)
        try:
            async with dispatcher, amazon:
                yield
                log.info("stopping")
        finally:
            await engine.dispose()

    app = FastAPI(
        title=TITLE,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        # Behind a proxy such a redirect would lead to plain HTTP, and clients would send their tokens there.
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        # The outermost first.
        middleware=[
            Middleware(RequestLog, counters=counters),
            Middleware(ResponseHeaders, public_url=settings.public_url),
            Middleware(RequestLimits),
        ],
    )
    answer_with_problems(app)
    describe(app)
    app.include_router(events(context, tokens, backlog, counters))
    app.include_router(inbound_sms(context))  # before `/webhooks/{shop}`, which matches its path
    app.include_router(provider_webhooks(context, counters, amazon))  # likewise
    app.include_router(webhooks(context, SHOPS, backlog, counters))
    app.include_router(customers(context, tokens, identity_key))
    app.include_router(links(context))
    app.include_router(preferences(context))
    app.include_router(confirmation(context))
    app.include_router(health(Readiness(engine, key_fingerprint(identity_key), backlog, temporal)))
    app.include_router(metrics(counters, tokens, backlog))
    app.include_router(docs(app))
    return app


def build_from_environment() -> FastAPI:
    """The application of one of several processes, which ends with its parent."""
    settings = load_settings()
    configure_logs(settings.log_level)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    return build_app(settings)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
