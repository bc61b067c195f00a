"""The activity that delivers one planned message.

Read, claim, send, mark: three round trips to PostgreSQL. An attempt that finds a claim of another attempt waits until
its lease expires. The next step depends on the provider: within the window of its idempotency keys the stored bytes are
submitted again, and arrive once; without such keys a transactional message is sent again with the same Message-ID, and
a marketing message stays UNKNOWN.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError
from temporalio import activity

from activities.content.templates import TemplateError
from activities.delivery.attempt import retryable_error
from activities.delivery.composer import Composer
from activities.delivery.contract import UNWRITTEN, WAITING, DeliveryOutcome, DeliveryRequest
from activities.delivery.heartbeats import HEARTBEAT_SECONDS, heartbeats
from activities.delivery.message_sender import MessageSender, counts_towards_cap
from activities.delivery.rate_limit import RateLimit
from activities.delivery.recipient import Recipients
from activities.delivery.submission import Submission
from activities.writing.content_source import ContentMissing
from db.messages.claims import MessageClaims, MessageRecord, Rendered
from lifecycle.campaigns import Campaign, Channel, Purpose
from lifecycle.gate import SendingRules, Skip, Verdict, Wait, decide
from lifecycle.messages import MessageStatus

LEASE_MARGIN = timedelta(seconds=15)
"""How much longer a claim's lease is than the hard time-out of a submission."""

FASTER = "another attempt was faster"


class MessageDelivery:
    """Delivers messages. `limits` are the sending rates, by channel; channels without one are not limited."""

    def __init__(
        self,
        messages: MessageClaims,
        composer: Composer,
        submission: Submission,
        *,
        rules: SendingRules,
        recipients: Recipients,
        limits: Mapping[Channel, RateLimit] | None = None,
        lease_margin: timedelta = LEASE_MARGIN,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
    ) -> None:
        self._messages = messages
        self._composer = composer
        self._submission = submission
        self._sender = MessageSender(messages, submission, limits or {})
        self._lease = submission.timeout + lease_margin
        self._rules = rules
        self._recipients = recipients
        self._heartbeat_seconds = heartbeat_seconds

    async def close(self) -> None:
        """Close the providers' connections."""
        await self._submission.close()

    @activity.defn(name="deliver_message")
    async def deliver(self, request: DeliveryRequest) -> DeliveryOutcome:
        """Send a message, or return why it is not sent. Raises a retryable error while its outcome is undecided.

        The activity is idempotent: a message with a final status is never sent again.
        """
        with heartbeats(self._heartbeat_seconds):
            try:
                outcome = await self._deliver(request)
            except SQLAlchemyError as error:
                raise retryable_error("PostgreSQL", type(error).__name__) from None
        fields = {"message_key": request.message_key, "status": str(outcome.status), "detail": outcome.detail}
        activity.logger.info("message settled", extra=fields)
        return outcome

    async def _deliver(self, request: DeliveryRequest) -> DeliveryOutcome:
        record = await self._messages.read(request.message_key)
        if record is None:
            return DeliveryOutcome(MessageStatus.SKIPPED, "the message no longer exists")
        status = MessageStatus(record.status)
        if status is MessageStatus.PLANNED:
            return await self._deliver_planned(request, record)
        if status is MessageStatus.CLAIMED and record.lease_left:
            raise retryable_error("Claimed", "another attempt holds the claim", record.lease_left)
        if status in (MessageStatus.CLAIMED, MessageStatus.UNKNOWN) and record.rendered:
            return await self._resend(request, record, record.rendered)
        reached = status in (MessageStatus.SENT, MessageStatus.OPENED, MessageStatus.CLICKED, MessageStatus.UNKNOWN)
        reached_by_marketing = reached and record.campaign["purpose"] == Purpose.MARKETING
        return DeliveryOutcome(status, record.reason or f"is {status}", counts=reached_by_marketing)

    async def _deliver_planned(self, request: DeliveryRequest, record: MessageRecord) -> DeliveryOutcome:
        campaign = Campaign.model_validate(record.campaign)
        match self._decide(request, record, campaign):
            case Skip(reason):
                return await self._settle(request, MessageStatus.SKIPPED, reason)
            case Wait() as wait:
                return await self._defer(request, record, wait)
        try:
            rendered = await self._composer.compose(
                request.message_key,
                record,
                campaign,
                request.now,
                attempts=request.attempts,
                unwritten=request.unwritten,
            )
        except TemplateError as error:
            return await self._settle(request, MessageStatus.FAILED, str(error))
        if isinstance(rendered, ContentMissing):
            return DeliveryOutcome(UNWRITTEN, "its text has to be generated first")
        if isinstance(rendered, Wait):
            return await self._defer(request, record, rendered)
        claim = self._messages.claim
        return await self._send(
            request,
            record,
            campaign,
            rendered,
            lambda fence: claim(request.message_key, fence, self._lease, rendered, as_found=record),
            after_failure=MessageStatus.PLANNED,
        )

    async def _resend(self, request: DeliveryRequest, record: MessageRecord, rendered: Rendered) -> DeliveryOutcome:
        """Deliver a message that an earlier attempt may have sent without recording it."""
        campaign = Campaign.model_validate(record.campaign)
        reason_not_to = self._submission.reason_not_to_resend(campaign, rendered.ago)
        verdict = Skip(reason_not_to) if reason_not_to else self._decide(request, record, campaign)
        match verdict:
            case Skip(reason):
                detail = f"may have been sent; not sent again: {reason}"
                if not await self._messages.give_up(request.message_key, request.now, detail):
                    raise retryable_error("Claimed", FASTER)
                return DeliveryOutcome(MessageStatus.UNKNOWN, detail, counts=counts_towards_cap(campaign))
            case Wait() as wait:
                return await self._defer(request, record, wait)
        claim = self._messages.claim_again
        return await self._send(
            request,
            record,
            campaign,
            rendered,
            lambda fence: claim(request.message_key, fence, self._lease, as_found=record),
            after_failure=MessageStatus.UNKNOWN,
        )

    async def _send(
        self,
        request: DeliveryRequest,
        record: MessageRecord,
        campaign: Campaign,
        rendered: Rendered,
        claim: Callable[[str], Awaitable[bool]],
        *,
        after_failure: MessageStatus,
    ) -> DeliveryOutcome:
        pause = await self._sender.wait_for_turn(campaign.channel)
        if pause is not None:
            until = min(request.now + pause, record.expires_at)
            return await self._defer(request, record, Wait(until, "sending rate"))
        return await self._sender.send(request, campaign, rendered, claim, after_failure=after_failure)

    def _decide(self, request: DeliveryRequest, record: MessageRecord, campaign: Campaign) -> Verdict:
        return decide(
            campaign,
            self._recipients.of(record, campaign),
            self._rules,
            happened=frozenset(request.happened),
            expires_at=record.expires_at,
            attempts=request.attempts,
            now=request.now,
            sent=request.sent,
            stopped=record.stopped,
        )

    async def _settle(self, request: DeliveryRequest, status: MessageStatus, reason: str) -> DeliveryOutcome:
        if not await self._messages.settle(request.message_key, status, request.now, reason):
            raise retryable_error("Claimed", FASTER)
        return DeliveryOutcome(status, reason)

    async def _defer(self, request: DeliveryRequest, record: MessageRecord, wait: Wait) -> DeliveryOutcome:
        deferred = self._messages.postpone(request.message_key, record.status, request.now, wait.until, wait.reason)
        if not await deferred:
            raise retryable_error("Claimed", FASTER)
        return DeliveryOutcome(WAITING, wait.reason, wait.until)
