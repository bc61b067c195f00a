"""The gateway as one ASGI application."""

import multiprocessing
import os
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog
from fastapi import FastAPI
from starlette.middleware import Middleware

from db.engine.connections import create_engine
from intake.door.door import Door
from intake.signals.dispatcher import Dispatcher
from intake.signals.signalling import Signalling
from intake.signals.temporal_client import TemporalClient
from intake.webhooks.providers.amazon import AmazonWeb
from intake.webhooks.shops import SHOPS
from retention_client.identity import key_fingerprint
from settings import Settings, SettingsError, load_settings
from starter.gateway.backlog import Backlog
from starter.gateway.bearer import Bearer
from starter.gateway.bounds import Bounds
from starter.gateway.confirmation import confirmation
from starter.gateway.context import GatewayContext
from starter.gateway.customers import customers
from starter.gateway.docs import docs
from starter.gateway.events import events
from starter.gateway.figures import Figures
from starter.gateway.health import health
from starter.gateway.inbound_sms import inbound_sms
from starter.gateway.links import links
from starter.gateway.metrics import metrics
from starter.gateway.preferences import preferences
from starter.gateway.problems import answer_with_problems
from starter.gateway.provider_events import provider_webhooks
from starter.gateway.readiness import Readiness
from starter.gateway.reference import TITLE, describe
from starter.gateway.request_log import RequestLog
from starter.gateway.response_headers import ResponseHeaders
from starter.gateway.webhooks import webhooks
from structured_logs import configure_logs

CONNECTIONS = 10
"""PostgreSQL connections of one process."""

STATEMENT_LIMIT = timedelta(seconds=5)
"""A shop system waits no longer for its answer."""


def build_app(settings: Settings) -> FastAPI:
    """The application; its parts start and end with its lifespan. Raises `SettingsError` for what is not set."""
    if settings.database_url is None or settings.identity_key is None:
        raise SettingsError("DATABASE_URL and IDENTITY_KEY: the gateway needs both (`retention dev` brings its own)")
    identity_key = settings.identity_key.get_secret_value().encode()
    engine = create_engine(settings.database_url, pool_size=CONNECTIONS, statement_timeout=STATEMENT_LIMIT)
    temporal = TemporalClient(settings.payload_keys_by_id())
    dispatcher = Dispatcher(engine, Signalling(temporal, settings.task_queue))
    door = Door(engine, identity_key=identity_key, currency=settings.currency, signals=dispatcher)
    front = GatewayContext(settings, engine, door)
    backlog = Backlog(engine, settings.inbox_limit)
    bearer = Bearer(engine)
    figures = Figures()
    amazon = AmazonWeb()

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
        # Behind a proxy it would send whoever errs by a slash, token and all, to plain HTTP.
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        # The outermost first.
        middleware=[
            Middleware(RequestLog, figures=figures),
            Middleware(ResponseHeaders, public_url=settings.public_url),
            Middleware(Bounds),
        ],
    )
    answer_with_problems(app)
    describe(app)
    app.include_router(events(front, bearer, backlog, figures))
    app.include_router(inbound_sms(front))  # before those for whom its address is one of theirs
    app.include_router(provider_webhooks(front, figures, amazon))  # likewise
    app.include_router(webhooks(front, SHOPS, backlog, figures))
    app.include_router(customers(front, bearer, identity_key))
    app.include_router(links(front))
    app.include_router(preferences(front))
    app.include_router(confirmation(front))
    app.include_router(health(Readiness(engine, key_fingerprint(identity_key), backlog, temporal)))
    app.include_router(metrics(figures, bearer, backlog))
    app.include_router(docs(app))
    return app


def build_from_environment() -> FastAPI:
    """The application of one process of several, which ends with the one that started it."""
    settings = load_settings()
    configure_logs(settings.log_level)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    return build_app(settings)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
