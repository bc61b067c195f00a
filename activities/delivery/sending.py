"""Sending: a turn at the provider, the claim, the handover, and the mark of what became of it."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from activities.delivery.answers import OutcomeUnknown, Rejected, TryLater
from activities.delivery.attempt import fence_of_this_attempt, try_again
from activities.delivery.firmness import firmly
from activities.delivery.handover import Handover
from activities.delivery.messages import DeliveryOutcome, DeliveryRequest
from activities.delivery.rate_limit import RateLimit
from db.messages.messages import Messages, Rendered
from lifecycle.campaigns import Campaign, Channel, Purpose
from lifecycle.messages import MessageStatus

FASTER = "another attempt was faster, or the customer spoke meanwhile"


class Sending:
    """Sends what was decided to be sent. `limits` are the sending rates of the channels that have one."""

    def __init__(self, messages: Messages, handover: Handover, limits: Mapping[Channel, RateLimit]) -> None:
        self._messages = messages
        self._handover = handover
        self._limits = limits

    async def turn(self, channel: Channel) -> timedelta | None:
        """Wait for a turn at the provider; or give the time after which to ask again, when many are before us."""
        limit = self._limits.get(channel)
        return await limit.wait() if limit else None

    async def send(
        self,
        request: DeliveryRequest,
        campaign: Campaign,
        rendered: Rendered,
        claim: Callable[[str], Awaitable[bool]],
        *,
        if_refused: MessageStatus,
    ) -> DeliveryOutcome:
        """Claim and send once. A message that is `if_refused` for now has that status again."""
        fence = fence_of_this_attempt()
        if not await firmly(lambda: claim(fence)):
            raise try_again("Claimed", FASTER)
        key, now, messages = request.message_key, request.now, self._messages
        try:
            accepted = await self._handover.send(key, campaign.channel, rendered)
        except TryLater as error:
            reason = str(error)
            await firmly(lambda: messages.mark(key, fence, if_refused, now, reason))
            raise try_again("TryLater", reason) from None
        except Rejected as error:
            reason = str(error)
            # An earlier attempt may have got through, and then its coupon is with the customer.
            unsent = if_refused is MessageStatus.PLANNED
            if error.hard_bounce:
                await firmly(lambda: messages.mark_bounced(key, fence, now, reason, unsent=unsent))
                return DeliveryOutcome(MessageStatus.BOUNCED, reason)
            if error.opted_out:
                await firmly(lambda: messages.mark_opted_out(key, fence, now, reason, unsent=unsent))
                return DeliveryOutcome(MessageStatus.FAILED, reason)
            await firmly(lambda: messages.mark(key, fence, MessageStatus.FAILED, now, reason, unsent=unsent))
            return DeliveryOutcome(MessageStatus.FAILED, reason)
        except OutcomeUnknown as error:
            reason = str(error)
            await firmly(lambda: messages.mark(key, fence, MessageStatus.UNKNOWN, now, reason))
            if self._handover.never_again(campaign, rendered.ago):
                return DeliveryOutcome(MessageStatus.UNKNOWN, reason, counts=counts(campaign))
            raise try_again("OutcomeUnknown", reason) from None
        await firmly(lambda: messages.mark_sent(key, fence, now, accepted.provider, accepted.provider_message_id))
        return DeliveryOutcome(MessageStatus.SENT, f"sent by {accepted.provider}", counts=counts(campaign))


def counts(campaign: Campaign) -> bool:
    """Whether a message of the campaign that went out, or may have, counts as marketing that reached the customer."""
    return campaign.purpose is Purpose.MARKETING
