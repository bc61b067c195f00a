"""Text messages by Twilio's API. It knows no idempotency keys."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from activities.delivery.answers import Accepted, OutcomeUnknown, Rejected, TryLater
from activities.delivery.providers.loopback import is_loopback
from activities.delivery.providers.web_api import WebApi, document
from activities.delivery.sms_port import OutgoingText

PROVIDER = "twilio"
STATUS_PATH = "/webhooks/twilio-status"
IDENTIFIER = re.compile(r"[A-Za-z0-9]{1,64}")

NO_SUCH_NUMBER = frozenset({21211, 21614, 21635})
"""The number does not exist, or takes no text messages."""

OPTED_OUT = 21610
FAULTS_OF_THE_MESSAGE = frozenset({21602, 21604, 21608, 21612, 21617})
"""Its text, or a number that is real but out of reach. Whatever else is refused is a matter of settings or of time."""


class TwilioSms:
    """Sends for an account, with the API at `url`.

    `sender` is a number, or a messaging service (`MG…`). What becomes of a message is reported to `public_url`, if
    that is seen from outside. `timeout` is for the whole request.
    """

    key_window: timedelta | None = None

    def __init__(
        self, url: str, account: str, token: SecretStr, *, sender: str, public_url: str, timeout: timedelta
    ) -> None:
        self._api = WebApi("Twilio", url, timeout, auth=(account, token.get_secret_value()))
        self._path = f"/2010-04-01/Accounts/{account}/Messages.json"
        self._sender = {"MessagingServiceSid" if sender.startswith("MG") else "From": sender}
        # Twilio refuses a message whose reports it could not deliver.
        self._reports = None if is_loopback(urlsplit(public_url).hostname or "") else public_url + STATUS_PATH

    async def send(self, message: OutgoingText) -> Accepted:
        """Hand over one message."""
        form = {"To": message.recipient, "Body": message.text, **self._sender}
        if self._reports is not None:
            form["StatusCallback"] = f"{self._reports}?message={message.message_key}"
        answer = await self._api.post(self._path, data=form)
        told = document(answer)
        if not answer.is_success:
            raise _refusal(answer.status_code, told.get("code"))
        identifier = told.get("sid")
        if not isinstance(identifier, str) or not IDENTIFIER.fullmatch(identifier):
            raise OutcomeUnknown(f"an answer that is not Twilio's ({answer.status_code})")
        return Accepted(PROVIDER, identifier)

    async def close(self) -> None:
        """Close the connections to the API."""
        await self._api.close()


def _refusal(status: int, code: Any) -> Exception:
    """What an error means, by Twilio's number for it. Its words repeat the recipient's number and are not told."""
    told = f"{status} {code}" if isinstance(code, int) else str(status)
    if code == OPTED_OUT:
        return Rejected("the customer opted out at the provider", opted_out=True)
    if code in NO_SUCH_NUMBER:
        return Rejected(f"the number takes no text messages ({told})", hard_bounce=True)
    if code in FAULTS_OF_THE_MESSAGE:
        return Rejected(f"Twilio refused the message ({told})")
    return TryLater(f"Twilio refused for now ({told})")
