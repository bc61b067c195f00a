"""`GET /o/{token}`: an e-mail was opened. `GET /c/{token}`: one of its links was followed."""

from http import HTTPStatus
from typing import Literal

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.background import BackgroundTask

from activities.content.link_tokens import LinkPurpose, LinkReference, LinkTokens
from activities.content.tracking import WEB_ADDRESS
from db.messages import message_events
from lifecycle.machine_readers import Visit
from starter.gateway.context import GatewayContext
from starter.gateway.pages import link_not_found, try_again

PIXEL = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
"""A transparent GIF of one pixel."""

log = structlog.get_logger("gateway")


def links(context: GatewayContext) -> APIRouter:
    """The routes for opens and clicks. They do not signal the customer's workflow."""
    router = APIRouter(tags=["links in messages"])
    tokens = LinkTokens(context.settings.link_keys_by_id().values())

    @router.head("/o/{token}", include_in_schema=False)
    @router.get("/o/{token}", response_class=Response, responses={200: {"content": {"image/gif": {}}}, 404: {}})
    async def open_(token: str, request: Request) -> Response:
        named = tokens.read(LinkPurpose.OPEN, token)
        if named is None:
            return Response(status_code=HTTPStatus.NOT_FOUND)
        return Response(PIXEL, media_type="image/gif", background=_record_later(context, named, request, "OPEN"))

    @router.head("/c/{token}", include_in_schema=False)
    @router.get("/c/{token}", status_code=HTTPStatus.FOUND, response_class=Response, responses={404: {}, 503: {}})
    async def click(token: str, request: Request) -> Response:
        named = tokens.read(LinkPurpose.CLICK, token)
        if named is None or named.link is None:
            return link_not_found(context.settings)
        try:
            target = await message_events.target_of(context.engine, named.message_key, named.link)
        except SQLAlchemyError as error:
            log.warning("a link could not be looked up", error=type(error).__name__)
            return try_again(context.settings, "We could not look up this link.")
        if target is None or not WEB_ADDRESS.fullmatch(target):
            return link_not_found(context.settings)
        return RedirectResponse(target, HTTPStatus.FOUND, background=_record_later(context, named, request, "CLICK"))

    return router


def _record_later(
    context: GatewayContext, named: LinkReference, request: Request, kind: Literal["OPEN", "CLICK"]
) -> BackgroundTask:
    """A task that records the visit after the response was sent."""
    visit = Visit(kind, context.clock(), named.link)
    return BackgroundTask(
        _record, context, named.message_key, visit, request.method, request.headers.get("user-agent", "")
    )


async def _record(context: GatewayContext, message_key: str, visit: Visit, method: str, user_agent: str) -> None:
    try:
        await message_events.record(context.engine, message_key, visit, method=method, user_agent=user_agent)
    except SQLAlchemyError as error:
        log.warning("a visit was not recorded", kind=visit.kind, error=type(error).__name__)
