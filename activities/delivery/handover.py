"""Handing a message to its provider, and what may be done when nobody knows whether it arrived."""

import asyncio
from datetime import timedelta

from activities.delivery.answers import Accepted, OutcomeUnknown, Rejected, TryLater
from activities.delivery.email_port import EmailPort, OutgoingEmail
from activities.delivery.sms_port import OutgoingText, SmsPort
from db.messages.messages import Rendered
from lifecycle.campaigns import Campaign, Channel, Purpose


class Handover:
    """The two ports behind one hard time-out. `sender` is the address that e-mail comes from."""

    def __init__(self, email: EmailPort, sms: SmsPort, sender: str, timeout: timedelta) -> None:
        self._email = email
        self._sms = sms
        self._sender = sender
        self._timeout = timeout.total_seconds()

    async def send(self, key: str, channel: Channel, rendered: Rendered) -> Accepted:
        """Send once. Raises `Rejected`, `TryLater` or `OutcomeUnknown`, and nothing else."""
        try:
            async with asyncio.timeout(self._timeout):
                if channel == "SMS":
                    return await self._sms.send(OutgoingText(key, rendered.recipient, rendered.content.decode()))
                return await self._email.send(OutgoingEmail(key, self._sender, rendered.recipient, rendered.content))
        except (Rejected, TryLater, OutcomeUnknown):
            raise
        except TimeoutError:
            raise OutcomeUnknown(f"no answer within {self._timeout:g} seconds") from None
        # An adapter that fails in a way of its own may have sent.
        except Exception as error:
            raise OutcomeUnknown(f"the send failed: {type(error).__name__}") from None

    async def close(self) -> None:
        """Let go of what the ports keep open."""
        await asyncio.gather(self._email.close(), self._sms.close())

    def never_again(self, campaign: Campaign, rendered_ago: timedelta) -> str | None:
        """Why a message that may have arrived is not sent again; None when it may be."""
        window = (self._sms if campaign.channel == "SMS" else self._email).key_window
        if window is not None:
            return None if rendered_ago < window else "the provider has forgotten its idempotency key"
        if campaign.purpose is Purpose.MARKETING:
            return "the provider knows no idempotency keys"
        return None
