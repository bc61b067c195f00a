"""`POST /webhooks/twilio`: what customers answer to text messages. STOP ends them, at once and for everybody there."""

import re
import unicodedata
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

import phonenumbers
import structlog
from fastapi import APIRouter, Request, Response

from activities.delivery.recipient import e164
from db.customers import consent
from db.customers.consent import Owner
from intake.door import references
from intake.webhooks.twilio_signature import is_signed
from settings import several
from starter.gateway.body import read_body
from starter.gateway.consent_changes import fact, grant, tell, withdraw
from starter.gateway.context import GatewayContext
from starter.gateway.problems import Problem

PATH = "/webhooks/twilio"
SOURCE = "twilio"
MOST_BYTES = 65_536
STOP_WORDS = frozenset({"stop", "quit", "end", "revoke", "optout", "cancel", "unsubscribe", "stopall"})
START_WORDS = frozenset({"start", "yes", "unstop"})
MESSAGE_ID = re.compile(r"[A-Za-z0-9]{1,64}")
NUMBER = re.compile(r"\+[1-9][0-9]{5,14}")
ENDING_DIGITS = 6
"""How many last digits of a number find it in whatever way a shop spelled it."""

log = structlog.get_logger("gateway")


@dataclass(frozen=True)
class Text:
    """A text message that came in. `message_id` is Twilio's; `number` is its sender's, in E.164.

    `words` are its letters and digits alone. `answered` when Twilio confirms an opt-out by itself.
    """

    message_id: str
    number: str
    words: str
    answered: bool

    @property
    def reference(self) -> str:
        """The sender, as the inbox names them."""
        return references.phone(self.number) or ""


def inbound_sms(front: GatewayContext) -> APIRouter:
    """The route that Twilio calls for incoming messages."""
    router = APIRouter(tags=["webhooks"])
    auth_tokens = several(front.settings.twilio_auth_tokens)

    @router.post(PATH, response_class=Response, responses={200: {"content": {"application/xml": {}}}, 401: {}, 404: {}})
    async def take_text(request: Request) -> Response:
        if not auth_tokens:
            raise Problem(HTTPStatus.NOT_FOUND, "TWILIO_AUTH_TOKENS is not set")
        body = await read_body(request, most_bytes=MOST_BYTES)
        fields = parse_qsl(body.decode(errors="replace"), keep_blank_values=True)
        query = f"?{request.url.query}" if request.url.query else ""
        signature = request.headers.get("x-twilio-signature", "")
        if not is_signed(f"{front.settings.public_url}{PATH}{query}", fields, signature, auth_tokens):
            raise Problem(HTTPStatus.UNAUTHORIZED, "the signature is not Twilio's")
        text = _read(dict(fields))
        said = await _act(front, text) if text else None
        # Twilio may have answered for us, and one confirmation is what the law has it at.
        return _answer(None if text and text.answered else said)

    return router


async def _act(front: GatewayContext, text: Text) -> str | None:
    """Do what the text asks for; what is said in return, if anything."""
    if text.words in STOP_WORDS:
        await _stop(front, text)
        return f"{front.settings.shop_name}: you get no more text messages from us. Reply START to get them again."
    if text.words in START_WORDS:
        back = await _start(front, text)
        return f"{front.settings.shop_name}: you get our text messages again. Reply STOP to end them." if back else None
    log.info("a text message without a keyword came in")
    return None


async def _stop(front: GatewayContext, text: Text) -> None:
    owners = await _owners(front, text)
    for owner in owners:
        if not owner.told:
            name = _event_id(text, owner)
            await withdraw(front, owner.person, ["SMS"], told_by=SOURCE, source="STOP", event_id=name)
    if not owners:
        await _keep_for_later(front, text, granted=False)


async def _start(front: GatewayContext, text: Text) -> bool:
    """Only who had asked for silence can end it by a word: YES may be the answer to something else.

    Whoever never agreed to text messages has not done so by this.
    """
    owners = await _owners(front, text)
    back = [owner for owner in owners if owner.told or owner.person.unsubscribed("SMS")]
    for owner in back:
        if not owner.told:
            name = _event_id(text, owner)
            await grant(front, owner.person, ["SMS"], told_by=SOURCE, source="START", event_id=name)
    if not owners and await consent.is_waiting(front.engine, text.reference):
        await _keep_for_later(front, text, granted=True)
        return True
    return bool(back)


async def _owners(front: GatewayContext, text: Text) -> list[Owner]:
    """Every customer with the number, in whatever spelling, national ones by their country's rules or by its own."""
    region = phonenumbers.region_code_for_number(phonenumbers.parse(text.number))
    found = await consent.at_number(
        front.engine,
        reference=text.reference,
        ending=text.number[-ENDING_DIGITS:],
        prefix=_event_id(text),
    )
    return [
        owner
        for owner in found
        if owner.surely
        or text.number in {e164(owner.person.phone, country) for country in (owner.person.country, region)}
    ]


async def _keep_for_later(front: GatewayContext, text: Text, *, granted: bool) -> None:
    """For the customer who will turn out to have this number."""
    word = fact(
        "SMS",
        granted=granted,
        at=front.clock(),
        source="START" if granted else "STOP",
        event_id=_event_id(text),
        references=(text.reference,),
    )
    await tell(front, [word], SOURCE)


def _event_id(text: Text, owner: Owner | None = None) -> str:
    return f"twilio:{text.message_id}:{owner.person.customer_id if owner else ''}"


def _read(fields: dict[str, str]) -> Text | None:
    """The text message; None for what is none, or not from a telephone."""
    message_id, number = fields.get("MessageSid", ""), fields.get("From", "")
    if not (MESSAGE_ID.fullmatch(message_id) and NUMBER.fullmatch(number) and references.phone(number)):
        return None
    letters = unicodedata.normalize("NFKC", fields.get("Body", "")).casefold()
    words = "".join(letter for letter in letters if letter.isalnum())
    return Text(message_id, number, words, answered="OptOutType" in fields)


def _answer(said: str | None) -> Response:
    message = f"<Message>{escape(said)}</Message>" if said else ""
    body = f'<?xml version="1.0" encoding="UTF-8"?><Response>{message}</Response>'
    return Response(body, media_type="application/xml")
