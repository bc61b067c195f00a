"""E-mail by Resend's API, which honours idempotency keys.

Resend takes no message as it is, so the bytes that were kept are taken apart again: the same bytes always make the same
request, as a key demands.
"""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from pydantic import SecretStr

from activities.delivery.answers import Accepted, OutcomeUnknown, Rejected, TryLater
from activities.delivery.email_port import OutgoingEmail
from activities.delivery.providers.web_api import WebApi, document

PROVIDER = "resend"
KEY_WINDOW = timedelta(hours=23)
"""Resend remembers a key for 24 hours; the margin is for clocks and for a request on its way."""

OWN_HEADERS = ("from", "to", "subject", "date", "mime-version", "content-")
"""Those that have fields of their own, or that Resend writes."""

NAME = re.compile(r"[a-z_]{1,60}")
IDENTIFIER = re.compile(r"[\w-]{1,200}", re.ASCII)
FORBIDDEN, CONFLICT, TOO_LARGE = 403, 409, 413
FAULTS_OF_THE_MESSAGE = frozenset(
    {
        "invalid_attachment",
        "invalid_idempotency_key",
        "invalid_parameter",
        "missing_required_field",
        "security_error",
        "validation_error",
    }
)


class ResendEmail:
    """Sends with the API at `url`. `timeout` is for the whole request."""

    key_window: timedelta | None = KEY_WINDOW

    def __init__(self, url: str, api_key: SecretStr, timeout: timedelta) -> None:
        self._api = WebApi("Resend", url, timeout)
        self._authorization = f"Bearer {api_key.get_secret_value()}"

    async def send(self, message: OutgoingEmail) -> Accepted:
        """Hand over one message; a repeated one arrives once."""
        answer = await self._api.post(
            "/emails",
            content=request_body(message),
            headers={
                "Authorization": self._authorization,
                "Content-Type": "application/json",
                "Idempotency-Key": message.message_key,
            },
        )
        told = document(answer)
        if not answer.is_success:
            raise _refusal(answer.status_code, told.get("name"))
        identifier = told.get("id")
        if not isinstance(identifier, str) or not IDENTIFIER.fullmatch(identifier):
            raise OutcomeUnknown(f"an answer that is not Resend's ({answer.status_code})")
        return Accepted(PROVIDER, identifier)

    async def close(self) -> None:
        """Close the connections to the API."""
        await self._api.close()


def request_body(message: OutgoingEmail) -> bytes:
    """The message as Resend's JSON, with a tag by which its webhooks name it."""
    parsed = message_from_bytes(message.content, policy=policy.default)
    body = {
        "from": str(parsed["From"]),
        "to": [message.recipient],
        "subject": str(parsed["Subject"]),
        **dict(_texts(parsed)),
        "headers": {name: str(value) for name, value in parsed.items() if not name.lower().startswith(OWN_HEADERS)},
        "tags": [{"name": "message_key", "value": message.message_key}],
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _texts(parsed: EmailMessage) -> Iterator[tuple[str, str]]:
    for field, kind in (("html", "html"), ("text", "plain")):
        part = parsed.get_body((kind,))
        if part is not None:
            yield field, part.get_content().replace("\r\n", "\n")


def _refusal(status: int, name: Any) -> Exception:
    """What an error means, by Resend's name for it. Its words may repeat an address and are not told."""
    known = name if isinstance(name, str) and NAME.fullmatch(name) else None
    told = f"{status} {known}" if known else str(status)
    # The same key is under way, or came with other content: something of ours was taken.
    if status == CONFLICT:
        return OutcomeUnknown(f"Resend has this message already ({told})")
    # Forbidden names a key or a domain that is not in order, even where it is called a fault of the message.
    if status == TOO_LARGE or (known in FAULTS_OF_THE_MESSAGE and status != FORBIDDEN):
        return Rejected(f"Resend refused the message ({told})")
    return TryLater(f"Resend refused for now ({told})")
