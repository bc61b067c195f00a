"""Sends one message: a turn within the sending rate, the claim, the submission, and the record of its result."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from activities.delivery.attempt import attempt_fence, retryable_error
from activities.delivery.contract import DeliveryOutcome, DeliveryRequest
from activities.delivery.rate_limit import RateLimit
from activities.delivery.retries import with_retries
from activities.delivery.submission import Submission
from activities.delivery.submission_result import OutcomeUnknown, SendRejected, TemporaryFailure
from db.messages.claims import MessageClaims, Rendered
from lifecycle.campaigns import Campaign, Channel, Purpose
from lifecycle.messages import MessageStatus

NOT_CLAIMED = "another attempt was faster, or consent, a suppression or a stop changed in the meantime"


class MessageSender:
    """Sends messages after the decision to send them. `limits` are the sending rates, by channel."""

    def __init__(self, messages: MessageClaims, submission: Submission, limits: Mapping[Channel, RateLimit]) -> None:
        self._messages = messages
        self._submission = submission
        self._limits = limits

    async def wait_for_turn(self, channel: Channel) -> timedelta | None:
        """Wait for a turn at the provider. If many are waiting, return the time after which to try again instead."""
        limit = self._limits.get(channel)
        return await limit.wait() if limit else None

    async def send(
        self,
        request: DeliveryRequest,
        campaign: Campaign,
        rendered: Rendered,
        claim: Callable[[str], Awaitable[bool]],
        *,
        after_failure: MessageStatus,
    ) -> DeliveryOutcome:
        """Claim and submit a message once. After a temporary failure its status is `after_failure` again."""
        fence = attempt_fence()
        if not await with_retries(lambda: claim(fence)):
            raise retryable_error("Claimed", NOT_CLAIMED)
        key, now, messages = request.message_key, request.now, self._messages
        try:
            result = await self._submission.submit(key, campaign.channel, rendered)
        except TemporaryFailure as error:
            reason = str(error)
            await with_retries(lambda: messages.mark(key, fence, after_failure, now, reason))
            raise retryable_error("TemporaryFailure", reason) from None
        except SendRejected as error:
            # If an earlier attempt may have been accepted, the customer may have its coupon.
            unsent = after_failure is MessageStatus.PLANNED
            return await self._record_rejection(request, fence, error, unsent=unsent)
        except OutcomeUnknown as error:
            reason = str(error)
            await with_retries(lambda: messages.mark(key, fence, MessageStatus.UNKNOWN, now, reason))
            if self._submission.reason_not_to_resend(campaign, rendered.ago):
                return DeliveryOutcome(MessageStatus.UNKNOWN, reason, counts=counts_towards_cap(campaign))
            raise retryable_error("OutcomeUnknown", reason) from None
        await with_retries(lambda: messages.mark_sent(key, fence, now, result.provider, result.provider_message_id))
        return DeliveryOutcome(MessageStatus.SENT, f"sent by {result.provider}", counts=counts_towards_cap(campaign))

    async def _record_rejection(
        self, request: DeliveryRequest, fence: str, error: SendRejected, *, unsent: bool
    ) -> DeliveryOutcome:
        key, now, reason, messages = request.message_key, request.now, str(error), self._messages
        if error.hard_bounce:
            await with_retries(lambda: messages.mark_bounced(key, fence, now, reason, unsent=unsent))
            return DeliveryOutcome(MessageStatus.BOUNCED, reason)
        if error.opted_out:
            await with_retries(lambda: messages.mark_opted_out(key, fence, now, reason, unsent=unsent))
            return DeliveryOutcome(MessageStatus.FAILED, reason)
        await with_retries(lambda: messages.mark(key, fence, MessageStatus.FAILED, now, reason, unsent=unsent))
        return DeliveryOutcome(MessageStatus.FAILED, reason)


def counts_towards_cap(campaign: Campaign) -> bool:
    """Whether a message of the campaign that was sent, or may have been, counts towards the frequency cap."""
    return campaign.purpose is Purpose.MARKETING
