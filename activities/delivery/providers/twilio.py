"""Text messages by Twilio's API. Twilio does not support idempotency keys."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from activities.delivery.providers.loopback import is_loopback
from activities.delivery.providers.web_api import WebApi, json_object
from activities.delivery.sms_port import OutgoingSms
from activities.delivery.submission_result import OutcomeUnknown, SendRejected, SubmissionResult, TemporaryFailure

PROVIDER = "twilio"
STATUS_PATH = "/webhooks/twilio-status"
IDENTIFIER = re.compile(r"[A-Za-z0-9]{1,64}")

NO_SUCH_NUMBER = frozenset({21211, 21614, 21635})
"""The number does not exist, or cannot receive text messages."""

OPTED_OUT = 21610
PERMANENT_ERRORS = frozenset({21602, 21604, 21608, 21612, 21617})
"""Invalid text, or a valid number that cannot be reached. All other errors are about settings, or temporary."""


class TwilioSms:
    """Sends for an account, through the API at `url`.

    `sender` is a number, or a messaging service (`MG…`). Status reports are sent to `public_url`, unless
    it is a loopback address. `timeout` is for the whole request.
    """

    key_window: timedelta | None = None

    def __init__(
        self, url: str, account: str, token: SecretStr, *, sender: str, public_url: str, timeout: timedelta
    ) -> None:
        self._api = WebApi("Twilio", url, timeout, auth=(account, token.get_secret_value()))
        self._path = f"/2010-04-01/Accounts/{account}/Messages.json"
        self._sender = {"MessagingServiceSid" if sender.startswith("MG") else "From": sender}
        # Twilio rejects a message with a status callback that it cannot reach.
        self._status_url = None if is_loopback(urlsplit(public_url).hostname or "") else public_url + STATUS_PATH

    async def send(self, message: OutgoingSms) -> SubmissionResult:
        """Send one message."""
        form = {"To": message.recipient, "Body": message.text, **self._sender}
        if self._status_url is not None:
            form["StatusCallback"] = f"{self._status_url}?message={message.message_key}"
        response = await self._api.post(self._path, data=form)
        body = json_object(response)
        if not response.is_success:
            raise _error(response.status_code, body.get("code"))
        identifier = body.get("sid")
        if not isinstance(identifier, str) or not IDENTIFIER.fullmatch(identifier):
            raise OutcomeUnknown(f"unexpected response from Twilio ({response.status_code})")
        return SubmissionResult(PROVIDER, identifier)

    async def close(self) -> None:
        """Close the connections to the API."""
        await self._api.close()


def _error(status: int, code: Any) -> Exception:
    """The meaning of an error, by Twilio's code. Its message quotes the recipient's number and is left out."""
    shown = f"{status} {code}" if isinstance(code, int) else str(status)
    if code == OPTED_OUT:
        return SendRejected("the customer opted out at the provider", opted_out=True)
    if code in NO_SUCH_NUMBER:
        return SendRejected(f"the number cannot receive text messages ({shown})", hard_bounce=True)
    if code in PERMANENT_ERRORS:
        return SendRejected(f"Twilio refused the message ({shown})")
    return TemporaryFailure(f"Twilio refused for now ({shown})")
