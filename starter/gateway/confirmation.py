"""`/v/{token}`: the link by which a customer confirms their consent to e-mail (double opt-in)."""

from http import HTTPStatus

import structlog
from fastapi import APIRouter, Request, Response
from sqlalchemy.exc import SQLAlchemyError

from activities.content.link_tokens import LinkPurpose, LinkTokens
from operations.customers.confirmation import VALID_FOR, Confirmation, confirm, read_confirmation
from starter.gateway.body import read_body
from starter.gateway.context import GatewayContext
from starter.gateway.masking import masked_address
from starter.gateway.pages import link_not_found, page, try_again

MOST_BYTES = 1_024

log = structlog.get_logger("gateway")


def confirmation(context: GatewayContext) -> APIRouter:
    """The routes of the confirmation link."""
    router = APIRouter(tags=["links in messages"])
    tokens = LinkTokens(context.settings.link_keys_by_id().values())

    @router.head("/v/{token}", include_in_schema=False)
    @router.get(
        "/v/{token}",
        response_class=Response,
        responses={200: {"content": {"text/html": {}}}, 404: {}, 410: {}, 503: {}},
    )
    async def question(token: str) -> Response:
        """The page with the button. Loading it changes nothing: mail scanners follow every link."""
        named = tokens.read(LinkPurpose.CONFIRM, token)
        try:
            found = await read_confirmation(context, named.message_key) if named else None
        except SQLAlchemyError as error:
            return _unavailable(context, error)
        return _rejection(context, found) or page(
            "confirm.html.j2",
            HTTPStatus.OK,
            context.settings,
            title="Please confirm",
            address=masked_address(found.person.email) if found else "",
        )

    @router.post("/v/{token}", response_class=Response, responses={404: {}, 410: {}, 503: {}})
    async def answer(token: str, request: Request) -> Response:
        """The button: grant and confirm consent."""
        await read_body(request, most_bytes=MOST_BYTES)
        named = tokens.read(LinkPurpose.CONFIRM, token)
        try:
            found = await confirm(context, named.message_key) if named else None
        except SQLAlchemyError as error:
            return _unavailable(context, error)
        return _rejection(context, found) or page(
            "notice.html.j2",
            HTTPStatus.OK,
            context.settings,
            title="Thank you",
            text="You are on the list. Every e-mail has a link with which you can unsubscribe.",
        )

    return router


def _rejection(context: GatewayContext, found: Confirmation | None) -> Response | None:
    """The page for a link that is unknown or expired."""
    if found is None:
        return link_not_found(context.settings)
    if found.is_expired:
        return page(
            "notice.html.j2",
            HTTPStatus.GONE,
            context.settings,
            title="This link has expired",
            text=f"It was valid for {VALID_FOR.days} days. Sign up again, and we will send you a new one.",
        )
    return None


def _unavailable(context: GatewayContext, error: SQLAlchemyError) -> Response:
    log.warning("consent could not be confirmed", error=type(error).__name__)
    return try_again(context.settings, "Your confirmation could not be saved.")
