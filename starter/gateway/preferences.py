"""`/u/{token}`: what a customer wants to get. The page, its form, and one-click unsubscribing (RFC 8058)."""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qs

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from sqlalchemy.exc import SQLAlchemyError

from activities.content.link_tokens import Kind, LinkTokens, Named
from db.customers.consent import Person, reader_of
from db.messages import message_events
from lifecycle.campaigns import Channel
from retention_client.consent_sources import PREFERENCE_PAGE
from starter.gateway.body import read_body
from starter.gateway.consent_changes import grant, withdraw
from starter.gateway.context import GatewayContext
from starter.gateway.masking import veiled_address, veiled_number
from starter.gateway.pages import lost, page, try_again

SOURCE = "preferences"
MOST_BYTES = 16_384
FORM = "application/x-www-form-urlencoded"
SAVE, NONE = "save", "none"

log = structlog.get_logger("gateway")


@dataclass(frozen=True)
class Choice:
    """A channel on the page; one that is `fixed` cannot be chosen."""

    channel: Channel
    label: str
    address: str
    agreed: bool
    fixed: bool


def preferences(front: GatewayContext) -> APIRouter:
    """The routes of the unsubscribe link."""
    router = APIRouter(tags=["links in messages"])
    tokens = LinkTokens(front.settings.link_keys_by_id().values())

    @router.head("/u/{token}", include_in_schema=False)
    @router.get(
        "/u/{token}", response_class=Response, responses={200: {"content": {"text/html": {}}}, 404: {}, 503: {}}
    )
    async def show(token: str) -> Response:
        """The page. It changes nothing: scanners follow every link."""
        named = tokens.read(Kind.UNSUBSCRIBE, token)
        try:
            reader = await reader_of(front.engine, named.message_key) if named else None
        except SQLAlchemyError as error:
            return _not_now(front, error)
        return lost(front.settings) if reader is None else _page(front, reader[0])

    @router.post("/u/{token}", response_class=Response, responses={404: {}, 503: {}})
    async def change(token: str, request: Request) -> Response:
        """The page's own form, or one click: whatever is not the form is a wish to get no more of this."""
        named = tokens.read(Kind.UNSUBSCRIBE, token)
        if named is None:
            return lost(front.settings)
        fields = _fields(request.headers.get("content-type", ""), await read_body(request, most_bytes=MOST_BYTES))
        try:
            return await (_choose(front, named, fields) if "action" in fields else _one_click(front, named))
        except SQLAlchemyError as error:
            return _not_now(front, error)

    return router


async def _one_click(front: GatewayContext, named: Named) -> Response:
    reader = await reader_of(front.engine, named.message_key)
    if reader is not None:
        person, channel = reader
        await _count(front, named, person, channel)
        await withdraw(front, person, [channel], told_by=SOURCE, source="one-click")
    # Who is no longer known gets nothing, which is what was asked for.
    return PlainTextResponse("You are unsubscribed.\n")


async def _choose(front: GatewayContext, named: Named, fields: dict[str, list[str]]) -> Response:
    reader = await reader_of(front.engine, named.message_key)
    if reader is None:
        return lost(front.settings)
    person, channel = reader
    nothing = fields["action"] == [NONE]
    choices = [choice for choice in _choices(front, person) if nothing or not choice.fixed]
    wanted = [choice for choice in choices if not nothing and choice.channel in fields.get("channel", [])]
    # Also what was not wanted before: the last attempt may have got half way.
    unwanted = [choice.channel for choice in choices if choice not in wanted]
    if channel in unwanted:
        await _count(front, named, person, channel)
    await withdraw(front, person, unwanted, told_by=SOURCE, source=PREFERENCE_PAGE)
    added = [choice.channel for choice in wanted if not choice.agreed]
    await grant(front, person, added, told_by=SOURCE, source=PREFERENCE_PAGE)
    notice = (
        "You are unsubscribed from all news and offers." if not wanted else "Saved. This is what you get from now on."
    )
    reader = await reader_of(front.engine, named.message_key)
    return lost(front.settings) if reader is None else _page(front, reader[0], notice)


async def _count(front: GatewayContext, named: Named, person: Person, channel: Channel) -> None:
    """Have the message known as the one that made its reader leave, unless they had left before."""
    if channel not in person.silence:
        await message_events.unsubscribed(front.engine, named.message_key, front.clock())


def _page(front: GatewayContext, person: Person, notice: str | None = None) -> Response:
    return page(
        "preferences.html.j2",
        HTTPStatus.OK,
        front.settings,
        title="Your messages",
        choices=_choices(front, person),
        notice=notice,
    )


def _not_now(front: GatewayContext, error: SQLAlchemyError) -> Response:
    log.warning("preferences cannot be served now", error=type(error).__name__)
    return try_again(front.settings, "Your choice could not be looked up or saved at the moment.")


def _choices(front: GatewayContext, person: Person) -> list[Choice]:
    by_default = front.settings.consent_default == "granted"
    channels: list[tuple[Channel, str, str]] = [("EMAIL", "E-mail", veiled_address(person.email))]
    if person.phone:
        channels.append(("SMS", "Text message", veiled_number(person.phone)))
    return [
        Choice(channel, label, address, person.agrees(channel, by_default=by_default), person.unreachable(channel))
        for channel, label, address in channels
    ]


def _fields(content_type: str, body: bytes) -> dict[str, list[str]]:
    """The fields of a form as browsers send ours; none of anything else."""
    if content_type.partition(";")[0].strip().lower() != FORM:
        return {}
    try:
        return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        return {}
