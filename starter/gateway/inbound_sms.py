"""`POST /webhooks/twilio`: replies to text messages. STOP immediately unsubscribes every customer with that number."""

import re
import unicodedata
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from fastapi import APIRouter, Request, Response

from intake.door import references
from intake.webhooks.twilio_signature import is_signed_by_twilio
from operations.customers.text_replies import InboundText, ReplyEffect, apply_reply
from settings import split_secrets
from starter.gateway.body import read_body
from starter.gateway.context import GatewayContext
from starter.gateway.problems import not_configured, unverified

PATH = "/webhooks/twilio"
MOST_BYTES = 65_536
MESSAGE_ID = re.compile(r"[A-Za-z0-9]{1,64}")
NUMBER = re.compile(r"\+[1-9][0-9]{5,14}")


def inbound_sms(context: GatewayContext) -> APIRouter:
    """The route that Twilio calls for incoming messages."""
    router = APIRouter(tags=["webhooks"])
    auth_tokens = split_secrets(context.settings.twilio_auth_tokens)

    @router.post(PATH, response_class=Response, responses={200: {"content": {"application/xml": {}}}, 401: {}, 404: {}})
    async def take_text(request: Request) -> Response:
        if not auth_tokens:
            raise not_configured("TWILIO_AUTH_TOKENS")
        body = await read_body(request, most_bytes=MOST_BYTES)
        fields = parse_qsl(body.decode(errors="replace"), keep_blank_values=True)
        query = f"?{request.url.query}" if request.url.query else ""
        signature = request.headers.get("x-twilio-signature", "")
        if not is_signed_by_twilio(f"{context.settings.public_url}{PATH}{query}", fields, signature, auth_tokens):
            raise unverified("the signature is not Twilio's")
        text = _read(dict(fields))
        reply = _reply(context.settings.shop_name, await apply_reply(context, text)) if text else None
        # The law requires one confirmation, which Twilio may have sent.
        return _answer(None if text and text.answered else reply)

    return router


def _reply(shop_name: str, effect: ReplyEffect) -> str | None:
    match effect:
        case ReplyEffect.STOPPED:
            return f"{shop_name}: you will get no more text messages from us. Reply START to get them again."
        case ReplyEffect.STARTED:
            return f"{shop_name}: you will get our text messages again. Reply STOP to unsubscribe."
    return None


def _read(fields: dict[str, str]) -> InboundText | None:
    """The text message; None if the form is not one, or not from a phone number."""
    message_id, number = fields.get("MessageSid", ""), fields.get("From", "")
    if not (MESSAGE_ID.fullmatch(message_id) and NUMBER.fullmatch(number) and references.phone(number)):
        return None
    letters = unicodedata.normalize("NFKC", fields.get("Body", "")).casefold()
    words = "".join(letter for letter in letters if letter.isalnum())
    return InboundText(message_id, number, words, answered="OptOutType" in fields)


def _answer(reply: str | None) -> Response:
    message = f"<Message>{escape(reply)}</Message>" if reply else ""
    body = f'<?xml version="1.0" encoding="UTF-8"?><Response>{message}</Response>'
    return Response(body, media_type="application/xml")
