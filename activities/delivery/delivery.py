"""Delivery: one planned message, from the last question to what the provider answered.

Read, claim, send, mark: three round trips to PostgreSQL. Whoever finds another's claim waits until its lease is over.
What then becomes of the message depends on what the provider promises: within the window of its idempotency keys the
kept bytes are sent again and arrive once; without keys a transactional message is sent again under the same
Message-ID, and a marketing one stays UNKNOWN.
"""

from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.content.templates import TemplateError
from activities.content.written import Unwritten
from activities.delivery.answers import OutcomeUnknown, Rejected, TryLater
from activities.delivery.composition import Composition
from activities.delivery.email_port import EmailPort
from activities.delivery.firmness import firmly
from activities.delivery.handover import Handover
from activities.delivery.heartbeats import heartbeats
from activities.delivery.messages import UNWRITTEN, WAITING, DeliveryOutcome, DeliveryRequest
from activities.delivery.recipient import Recipients
from activities.delivery.sms_port import SmsPort
from db.messages import MessageRecord, Messages, Rendered
from lifecycle.campaigns import Campaign, Purpose
from lifecycle.gate import SendingRules, Skip, Verdict, Wait, decide
from lifecycle.messages import MessageStatus

LEASE_MARGIN = timedelta(seconds=15)
"""How much longer than the hard time-out of a send a claim holds."""

FASTER = "another attempt was faster, or the customer spoke meanwhile"


class Delivery:
    """The activity that sends messages.

    `send_timeout` is the hard limit of one send, whatever the port does; a port's own time-outs should be shorter,
    because it knows better what a silence means.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        composition: Composition,
        email: EmailPort,
        sms: SmsPort,
        *,
        rules: SendingRules,
        recipients: Recipients,
        send_timeout: timedelta,
    ) -> None:
        self._messages = Messages(engine)
        self._composition = composition
        self._handover = Handover(email, sms, composition.sender, send_timeout)
        self._lease = send_timeout + LEASE_MARGIN
        self._rules = rules
        self._recipients = recipients

    @activity.defn(name="deliver_message")
    async def deliver(self, request: DeliveryRequest) -> DeliveryOutcome:
        """Send a message, or say why not. Fails, to be tried again, while its fate is not settled.

        Running it again, at once or later, never sends a settled message twice.
        """
        with heartbeats():
            try:
                outcome = await self._deliver(request)
            except SQLAlchemyError as error:
                raise _try_again("PostgreSQL", type(error).__name__) from None
        told = {"message_key": request.message_key, "status": str(outcome.status), "detail": outcome.detail}
        activity.logger.info("message settled", extra=told)
        return outcome

    async def _deliver(self, request: DeliveryRequest) -> DeliveryOutcome:
        found = await self._messages.read(request.message_key)
        if found is None:
            return DeliveryOutcome(MessageStatus.SKIPPED, "the message is gone")
        status = MessageStatus(found.status)
        if status is MessageStatus.PLANNED:
            return await self._first_time(request, found)
        if status is MessageStatus.CLAIMED and found.lease_left:
            raise _try_again("Claimed", "another attempt holds the message", found.lease_left)
        if status in (MessageStatus.CLAIMED, MessageStatus.UNKNOWN) and found.rendered:
            return await self._again(request, found, found.rendered)
        reached = status in (MessageStatus.SENT, MessageStatus.OPENED, MessageStatus.CLICKED, MessageStatus.UNKNOWN)
        counts = reached and found.campaign["purpose"] == Purpose.MARKETING
        return DeliveryOutcome(status, found.reason or f"is {status}", counts=counts)

    async def _first_time(self, request: DeliveryRequest, found: MessageRecord) -> DeliveryOutcome:
        campaign = Campaign.model_validate(found.campaign)
        match self._ask(request, found, campaign):
            case Skip(reason):
                return await self._settle(request, MessageStatus.SKIPPED, reason)
            case Wait() as wait:
                return await self._postpone(request, found, wait)
        try:
            rendered = await self._composition.compose(
                request.message_key,
                found,
                campaign,
                request.now,
                attempts=request.attempts,
                unwritten=request.unwritten,
            )
        except TemplateError as error:
            return await self._settle(request, MessageStatus.FAILED, str(error))
        if isinstance(rendered, Unwritten):
            return DeliveryOutcome(UNWRITTEN, "its text has to be written first")
        if isinstance(rendered, Wait):
            return await self._postpone(request, found, rendered)
        fence = _fence()
        claim = self._messages.claim
        if not await firmly(lambda: claim(request.message_key, fence, self._lease, rendered, as_found=found)):
            raise _try_again("Claimed", FASTER)
        return await self._send(request, campaign, rendered, fence, if_refused=MessageStatus.PLANNED)

    async def _again(self, request: DeliveryRequest, found: MessageRecord, rendered: Rendered) -> DeliveryOutcome:
        """An earlier attempt may have sent what it kept, and did not live to say so."""
        campaign = Campaign.model_validate(found.campaign)
        why_not = self._handover.never_again(campaign, rendered.ago)
        verdict = Skip(why_not) if why_not else self._ask(request, found, campaign)
        match verdict:
            case Skip(reason):
                told = f"may have been sent; not repeated: {reason}"
                if not await self._messages.give_up(request.message_key, request.now, told):
                    raise _try_again("Claimed", "another attempt was faster")
                return DeliveryOutcome(MessageStatus.UNKNOWN, told, counts=_counts(campaign))
            case Wait() as wait:
                return await self._postpone(request, found, wait)
        fence = _fence()
        claim = self._messages.claim_again
        if not await firmly(lambda: claim(request.message_key, fence, self._lease, as_found=found)):
            raise _try_again("Claimed", FASTER)
        return await self._send(request, campaign, rendered, fence, if_refused=MessageStatus.UNKNOWN)

    async def _send(
        self,
        request: DeliveryRequest,
        campaign: Campaign,
        rendered: Rendered,
        fence: str,
        *,
        if_refused: MessageStatus,
    ) -> DeliveryOutcome:
        key, now, messages = request.message_key, request.now, self._messages
        try:
            accepted = await self._handover.send(key, campaign.channel, rendered)
        except TryLater as error:
            reason = str(error)
            await firmly(lambda: messages.mark(key, fence, if_refused, now, reason))
            raise _try_again("TryLater", reason) from None
        except Rejected as error:
            reason = str(error)
            if error.hard_bounce:
                await firmly(lambda: messages.mark_bounced(key, fence, now, reason))
                return DeliveryOutcome(MessageStatus.BOUNCED, reason)
            await firmly(lambda: messages.mark(key, fence, MessageStatus.FAILED, now, reason))
            return DeliveryOutcome(MessageStatus.FAILED, reason)
        except OutcomeUnknown as error:
            reason = str(error)
            await firmly(lambda: messages.mark(key, fence, MessageStatus.UNKNOWN, now, reason))
            if self._handover.never_again(campaign, rendered.ago):
                return DeliveryOutcome(MessageStatus.UNKNOWN, reason, counts=_counts(campaign))
            raise _try_again("OutcomeUnknown", reason) from None
        await firmly(lambda: messages.mark_sent(key, fence, now, accepted.provider, accepted.provider_message_id))
        return DeliveryOutcome(MessageStatus.SENT, f"sent by {accepted.provider}", counts=_counts(campaign))

    def _ask(self, request: DeliveryRequest, found: MessageRecord, campaign: Campaign) -> Verdict:
        return decide(
            campaign,
            self._recipients.of(found, campaign),
            self._rules,
            happened=frozenset(request.happened),
            expires_at=found.expires_at,
            attempts=request.attempts,
            now=request.now,
            sent=request.sent,
            stopped=found.stopped,
        )

    async def _settle(self, request: DeliveryRequest, status: MessageStatus, reason: str) -> DeliveryOutcome:
        if not await self._messages.settle(request.message_key, status, request.now, reason):
            raise _try_again("Claimed", "another attempt was faster")
        return DeliveryOutcome(status, reason)

    async def _postpone(self, request: DeliveryRequest, found: MessageRecord, wait: Wait) -> DeliveryOutcome:
        postponed = self._messages.postpone(request.message_key, found.status, request.now, wait.until, wait.reason)
        if not await postponed:
            raise _try_again("Claimed", "another attempt was faster")
        return DeliveryOutcome(WAITING, wait.reason, wait.until)


def _counts(campaign: Campaign) -> bool:
    return campaign.purpose is Purpose.MARKETING


def _fence() -> str:
    """Names this attempt and no other, so that a late word of an earlier one is never taken for ours."""
    info = activity.info()
    return f"{info.workflow_run_id}/{info.activity_id}/{info.attempt}"


def _try_again(kind: str, reason: str, delay: timedelta | None = None) -> ApplicationError:
    return ApplicationError(reason, type=kind, next_retry_delay=delay)
