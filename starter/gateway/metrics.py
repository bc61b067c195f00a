"""`GET /metrics`: metrics for Prometheus, for tokens with the scope `operate`."""

from contextlib import suppress

from fastapi import APIRouter, Depends
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from operations.access.tokens import TokenScope
from starter.gateway.backlog import Backlog
from starter.gateway.gateway_metrics import GatewayMetrics
from starter.gateway.reference import OF_TOKENS, problems
from starter.gateway.token_check import TokenCheck


def metrics(counters: GatewayMetrics, tokens: TokenCheck, backlog: Backlog) -> APIRouter:
    """The route for Prometheus."""
    router = APIRouter(tags=["operation"], dependencies=[Depends(tokens.needs(TokenScope.OPERATE))])

    @router.get("/metrics", response_class=PlainTextResponse, responses=problems(*OF_TOKENS))
    async def read_metrics() -> PlainTextResponse:
        """The metrics of all processes of this gateway; the last known backlog while PostgreSQL is unavailable."""
        with suppress(SQLAlchemyError):
            counters.backlog(await backlog.count())
        return PlainTextResponse(counters.text(), media_type=CONTENT_TYPE_LATEST)

    return router
