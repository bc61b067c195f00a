"""`GET /metrics`: figures for Prometheus, for whoever holds a token of the scope `operate`."""

from contextlib import suppress

from fastapi import APIRouter, Depends
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from operations.access.bearer_token import Scope
from starter.gateway.backlog import Backlog
from starter.gateway.bearer import Bearer
from starter.gateway.figures import Figures
from starter.gateway.reference import OF_TOKENS, problems


def metrics(figures: Figures, bearer: Bearer, backlog: Backlog) -> APIRouter:
    """The route for Prometheus."""
    router = APIRouter(tags=["operation"], dependencies=[Depends(bearer.needs(Scope.OPERATE))])

    @router.get("/metrics", response_class=PlainTextResponse, responses=problems(*OF_TOKENS))
    async def tell() -> PlainTextResponse:
        """The figures of all processes of this gateway; while PostgreSQL is away, the backlog as it was last seen."""
        with suppress(SQLAlchemyError):
            figures.waiting(await backlog.count())
        return PlainTextResponse(figures.text(), media_type=CONTENT_TYPE_LATEST)

    return router
