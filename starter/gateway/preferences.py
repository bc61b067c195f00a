"""`/u/{token}`: the preference page, its form, and one-click unsubscribe (RFC 8058)."""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qs

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from sqlalchemy.exc import SQLAlchemyError

from activities.content.link_tokens import LinkPurpose, LinkReference, LinkTokens
from db.customers.consent import Person, reader_of
from lifecycle.campaigns import Channel
from operations.customers.preferences import channels_of, save_preferences, unsubscribe
from starter.gateway.body import read_body
from starter.gateway.context import GatewayContext
from starter.gateway.masking import masked_address, masked_number
from starter.gateway.pages import link_not_found, page, try_again

MOST_BYTES = 16_384
FORM = "application/x-www-form-urlencoded"
SAVE, NONE = "save", "none"

log = structlog.get_logger("gateway")


@dataclass(frozen=True)
class ChannelChoice:
    """A channel on the page; a `fixed` one cannot be changed."""

    channel: Channel
    label: str
    address: str
    agreed: bool
    fixed: bool


def preferences(context: GatewayContext) -> APIRouter:
    """The routes of the unsubscribe link."""
    router = APIRouter(tags=["links in messages"])
    tokens = LinkTokens(context.settings.link_keys_by_id().values())

    @router.head("/u/{token}", include_in_schema=False)
    @router.get(
        "/u/{token}", response_class=Response, responses={200: {"content": {"text/html": {}}}, 404: {}, 503: {}}
    )
    async def show(token: str) -> Response:
        """The page. Loading it changes nothing: mail scanners follow every link."""
        named = tokens.read(LinkPurpose.UNSUBSCRIBE, token)
        try:
            reader = await reader_of(context.engine, named.message_key) if named else None
        except SQLAlchemyError as error:
            return _unavailable(context, error)
        return link_not_found(context.settings) if reader is None else _page(context, reader.person)

    @router.post("/u/{token}", response_class=Response, responses={404: {}, 503: {}})
    async def change(token: str, request: Request) -> Response:
        """The page's form, or one-click unsubscribe: any other request unsubscribes from the message's channel."""
        named = tokens.read(LinkPurpose.UNSUBSCRIBE, token)
        if named is None:
            return link_not_found(context.settings)
        fields = _fields(request.headers.get("content-type", ""), await read_body(request, most_bytes=MOST_BYTES))
        try:
            return await (_choose(context, named, fields) if "action" in fields else _one_click(context, named))
        except SQLAlchemyError as error:
            return _unavailable(context, error)

    return router


async def _one_click(context: GatewayContext, named: LinkReference) -> Response:
    await unsubscribe(context, named.message_key)
    # Also for an erased customer, who gets no messages.
    return PlainTextResponse("You are unsubscribed.\n")


async def _choose(context: GatewayContext, named: LinkReference, fields: dict[str, list[str]]) -> Response:
    wanted = None if fields["action"] == [NONE] else fields.get("channel", [])
    chosen = await save_preferences(context, named.message_key, wanted, agreed_by_default=_agreed_by_default(context))
    reader = await reader_of(context.engine, named.message_key)
    if chosen is None or reader is None:
        return link_not_found(context.settings)
    return _page(context, reader.person, "Saved." if chosen else "You are unsubscribed from all news and offers.")


def _agreed_by_default(context: GatewayContext) -> bool:
    return context.settings.consent_default == "granted"


def _page(context: GatewayContext, person: Person, notice: str | None = None) -> Response:
    return page(
        "preferences.html.j2",
        HTTPStatus.OK,
        context.settings,
        title="Your messages",
        choices=_choices(context, person),
        notice=notice,
    )


def _unavailable(context: GatewayContext, error: SQLAlchemyError) -> Response:
    log.warning("preferences could not be read or saved", error=type(error).__name__)
    return try_again(context.settings, "Your choice could not be loaded or saved.")


def _choices(context: GatewayContext, person: Person) -> list[ChannelChoice]:
    by_default = _agreed_by_default(context)
    return [
        ChannelChoice(
            channel,
            *_label(channel, person),
            agreed=person.agrees(channel, by_default=by_default),
            fixed=person.unreachable(channel),
        )
        for channel in channels_of(person)
    ]


def _label(channel: Channel, person: Person) -> tuple[str, str]:
    """The channel's name and the customer's masked address on it."""
    if channel == "SMS":
        return "Text message", masked_number(person.phone or "")
    return "E-mail", masked_address(person.email)


def _fields(content_type: str, body: bytes) -> dict[str, list[str]]:
    """The fields of our form as browsers send it; empty for any other body."""
    if content_type.partition(";")[0].strip().lower() != FORM:
        return {}
    try:
        return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        return {}
