"""Submits a message to its provider, and decides whether one with an unknown outcome may be submitted again."""

import asyncio
from datetime import timedelta

from activities.delivery.email_port import EmailPort, OutgoingEmail
from activities.delivery.sms_port import OutgoingSms, SmsPort
from activities.delivery.submission_result import OutcomeUnknown, SendRejected, SubmissionResult, TemporaryFailure
from db.messages.claims import Rendered
from lifecycle.campaigns import Campaign, Channel, Purpose


class Submission:
    """The e-mail and SMS ports behind one hard time-out. `sender` is the address that e-mail is sent from.

    `timeout` limits one submission in any case. The port's time-outs should be shorter, because the port knows what a
    missing response means.
    """

    def __init__(self, email: EmailPort, sms: SmsPort, sender: str, timeout: timedelta) -> None:
        self.timeout = timeout
        self._email = email
        self._sms = sms
        self._sender = sender

    async def submit(self, key: str, channel: Channel, rendered: Rendered) -> SubmissionResult:
        """Submit a message once. Raises `SendRejected`, `TemporaryFailure` or `OutcomeUnknown`, and no other error."""
        seconds = self.timeout.total_seconds()
        try:
            async with asyncio.timeout(seconds):
                if channel == "SMS":
                    return await self._sms.send(OutgoingSms(key, rendered.recipient, rendered.content.decode()))
                return await self._email.send(OutgoingEmail(key, self._sender, rendered.recipient, rendered.content))
        except (SendRejected, TemporaryFailure, OutcomeUnknown):
            raise
        except TimeoutError:
            raise OutcomeUnknown(f"no response within {seconds:g} seconds") from None
        # The provider may have accepted the message before its adapter failed in an unexpected way.
        except Exception as error:
            raise OutcomeUnknown(f"the send failed: {type(error).__name__}") from None

    async def close(self) -> None:
        """Close the ports' connections."""
        await asyncio.gather(self._email.close(), self._sms.close())

    def reason_not_to_resend(self, campaign: Campaign, rendered_ago: timedelta) -> str | None:
        """Why a message that may have been accepted is not submitted again; None if it may be."""
        window = (self._sms if campaign.channel == "SMS" else self._email).key_window
        if window is not None:
            return None if rendered_ago < window else "the provider no longer remembers its idempotency key"
        if campaign.purpose is Purpose.MARKETING:
            return "the provider does not support idempotency keys"
        return None
