"""`GET /o/{token}`: an e-mail was opened. `GET /c/{token}`: one of its links was followed."""

from http import HTTPStatus
from typing import Literal

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.background import BackgroundTask

from activities.content.link_tokens import Kind, LinkTokens, Named
from activities.content.tracking import WEB_ADDRESS
from db.messages import message_events
from lifecycle.machine_readers import Visit
from starter.gateway.context import GatewayContext
from starter.gateway.pages import lost, try_again

PIXEL = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
"""A transparent GIF of one pixel."""

log = structlog.get_logger("gateway")


def links(front: GatewayContext) -> APIRouter:
    """The routes of what an e-mail's reader does. Nothing here reaches a workflow."""
    router = APIRouter(tags=["links in messages"])
    tokens = LinkTokens(front.settings.link_keys_by_id().values())

    @router.head("/o/{token}", include_in_schema=False)
    @router.get("/o/{token}", response_class=Response, responses={200: {"content": {"image/gif": {}}}, 404: {}})
    async def open_(token: str, request: Request) -> Response:
        named = tokens.read(Kind.OPEN, token)
        if named is None:
            return Response(status_code=HTTPStatus.NOT_FOUND)
        return Response(PIXEL, media_type="image/gif", background=_noted(front, named, request, "OPEN"))

    @router.head("/c/{token}", include_in_schema=False)
    @router.get("/c/{token}", status_code=HTTPStatus.FOUND, response_class=Response, responses={404: {}, 503: {}})
    async def click(token: str, request: Request) -> Response:
        named = tokens.read(Kind.CLICK, token)
        if named is None or named.link is None:
            return lost(front.settings)
        try:
            target = await message_events.target_of(front.engine, named.message_key, named.link)
        except SQLAlchemyError as error:
            log.warning("a link cannot be followed now", error=type(error).__name__)
            return try_again(front.settings, "We cannot look up at the moment where this link leads.")
        if target is None or not WEB_ADDRESS.fullmatch(target):
            return lost(front.settings)
        return RedirectResponse(target, HTTPStatus.FOUND, background=_noted(front, named, request, "CLICK"))

    return router


def _noted(front: GatewayContext, named: Named, request: Request, kind: Literal["OPEN", "CLICK"]) -> BackgroundTask:
    """Keeps the visit once the reader has the answer."""
    visit = Visit(kind, front.clock(), named.link)
    return BackgroundTask(_note, front, named.message_key, visit, request.method, request.headers.get("user-agent", ""))


async def _note(front: GatewayContext, message_key: str, visit: Visit, method: str, user_agent: str) -> None:
    try:
        await message_events.record(front.engine, message_key, visit, method=method, user_agent=user_agent)
    except SQLAlchemyError as error:
        log.warning("a visit was not kept", kind=visit.kind, error=type(error).__name__)
