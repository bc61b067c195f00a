"""E-mail by Resend's API, which honours idempotency keys.

Resend accepts no raw messages, so the stored bytes are parsed into its fields. The same bytes always make the same
request, as an idempotency key requires.
"""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from pydantic import SecretStr

from activities.delivery.email_port import OutgoingEmail
from activities.delivery.providers.web_api import WebApi, json_object
from activities.delivery.submission_result import OutcomeUnknown, SendRejected, SubmissionResult, TemporaryFailure

PROVIDER = "resend"
KEY_WINDOW = timedelta(hours=23)
"""Resend remembers a key for 24 hours; the margin allows for clock skew and requests in flight."""

OWN_HEADERS = ("from", "to", "subject", "date", "mime-version", "content-")
"""Headers with separate fields in the API, or that Resend writes."""

NAME = re.compile(r"[a-z_]{1,60}")
IDENTIFIER = re.compile(r"[\w-]{1,200}", re.ASCII)
FORBIDDEN, CONFLICT, TOO_LARGE = 403, 409, 413
PERMANENT_ERRORS = frozenset(
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
    """Sends through the API at `url`. `timeout` is for the whole request."""

    key_window: timedelta | None = KEY_WINDOW

    def __init__(self, url: str, api_key: SecretStr, timeout: timedelta) -> None:
        self._api = WebApi("Resend", url, timeout)
        self._authorization = f"Bearer {api_key.get_secret_value()}"

    async def send(self, message: OutgoingEmail) -> SubmissionResult:
        """Send one message; sent again, it arrives once."""
        response = await self._api.post(
            "/emails",
            content=request_body(message),
            headers={
                "Authorization": self._authorization,
                "Content-Type": "application/json",
                "Idempotency-Key": message.message_key,
            },
        )
        body = json_object(response)
        if not response.is_success:
            raise _error(response.status_code, body.get("name"))
        identifier = body.get("id")
        if not isinstance(identifier, str) or not IDENTIFIER.fullmatch(identifier):
            raise OutcomeUnknown(f"unexpected response from Resend ({response.status_code})")
        return SubmissionResult(PROVIDER, identifier)

    async def close(self) -> None:
        """Close the connections to the API."""
        await self._api.close()


def request_body(message: OutgoingEmail) -> bytes:
    """The message as Resend's JSON, with a tag that its webhooks repeat."""
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


def _error(status: int, name: Any) -> Exception:
    """The meaning of an error, by Resend's name for it. Its message may quote an address and is left out."""
    known = name if isinstance(name, str) and NAME.fullmatch(name) else None
    code = f"{status} {known}" if known else str(status)
    # The key is in use, or was used with other content: Resend has a message of ours.
    if status == CONFLICT:
        return OutcomeUnknown(f"Resend has this message already ({code})")
    # 403 is about the API key or the domain, even if it is named as an error of the message.
    if status == TOO_LARGE or (known in PERMANENT_ERRORS and status != FORBIDDEN):
        return SendRejected(f"Resend refused the message ({code})")
    return TemporaryFailure(f"Resend refused for now ({code})")
