"""`/v/{token}`: whoever was asked to confirm their consent to e-mail says yes, from the address itself."""

from datetime import timedelta
from http import HTTPStatus

import structlog
from fastapi import APIRouter, Request, Response
from sqlalchemy.exc import SQLAlchemyError

from activities.content.link_tokens import Kind, LinkTokens
from db.customers.consent import Asked, asked_by
from retention_client.consent_sources import DOUBLE_OPT_IN
from starter.gateway.body import read_body
from starter.gateway.consent_changes import grant, later_than_all
from starter.gateway.context import GatewayContext
from starter.gateway.masking import veiled_address
from starter.gateway.pages import lost, page, try_again

SOURCE = "confirmation"
GOOD_FOR = timedelta(days=30)
"""How long after it was sent a link still counts as an answer to the question."""

MOST_BYTES = 1_024

log = structlog.get_logger("gateway")


def confirmation(front: GatewayContext) -> APIRouter:
    """The routes of the link that confirms."""
    router = APIRouter(tags=["links in messages"])
    tokens = LinkTokens(front.settings.link_keys_by_id().values())

    async def asked(token: str) -> Asked | None:
        named = tokens.read(Kind.CONFIRM, token)
        return await asked_by(front.engine, named.message_key) if named else None

    @router.head("/v/{token}", include_in_schema=False)
    @router.get(
        "/v/{token}",
        response_class=Response,
        responses={200: {"content": {"text/html": {}}}, 404: {}, 410: {}, 503: {}},
    )
    async def question(token: str) -> Response:
        """The page with the button. It confirms nothing: scanners follow every link."""
        try:
            found = await asked(token)
        except SQLAlchemyError as error:
            return _not_now(front, error)
        return _why_not(front, found) or page(
            "confirm.html.j2",
            HTTPStatus.OK,
            front.settings,
            title="Please confirm",
            address=veiled_address(found.person.email) if found else "",
        )

    @router.post("/v/{token}", response_class=Response, responses={404: {}, 410: {}, 503: {}})
    async def answer(token: str, request: Request) -> Response:
        """The button: consent is given, and confirmed."""
        await read_body(request, most_bytes=MOST_BYTES)
        try:
            found = await asked(token)
            if found is not None and not _is_over(front, found):
                await grant(front, found.person, ["EMAIL"], told_by=SOURCE, source=DOUBLE_OPT_IN)
        except SQLAlchemyError as error:
            return _not_now(front, error)
        return _why_not(front, found) or page(
            "notice.html.j2",
            HTTPStatus.OK,
            front.settings,
            title="Thank you",
            text="You are on the list. Every e-mail that we send has a link by which you can leave it again.",
        )

    return router


def _why_not(front: GatewayContext, found: Asked | None) -> Response | None:
    """The page for a link that confirms nothing, or no longer."""
    if found is None:
        return lost(front.settings)
    if _is_over(front, found):
        return page(
            "notice.html.j2",
            HTTPStatus.GONE,
            front.settings,
            title="This link is too old",
            text=f"It was good for {GOOD_FOR.days} days. Sign up once more, and we will send you a new one.",
        )
    return None


def _is_over(front: GatewayContext, found: Asked) -> bool:
    return later_than_all(front, found.person) > found.at + GOOD_FOR


def _not_now(front: GatewayContext, error: SQLAlchemyError) -> Response:
    log.warning("consent cannot be confirmed now", error=type(error).__name__)
    return try_again(front.settings, "Your confirmation could not be saved at the moment.")
