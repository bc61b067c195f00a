"""Delivery: one planned message, from the last question to what the provider answered.

Read, claim, send, mark: three round trips to PostgreSQL. Whoever finds another's claim waits until its lease is over.
What then becomes of the message depends on what the provider promises: within the window of its idempotency keys the
kept bytes are sent again and arrive once; without keys a transactional message is sent again under the same
Message-ID, and a marketing one stays UNKNOWN.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity

from activities.content.templates import TemplateError
from activities.content.written import Unwritten
from activities.delivery.attempt import try_again
from activities.delivery.composition import Composition
from activities.delivery.email_port import EmailPort
from activities.delivery.handover import Handover
from activities.delivery.heartbeats import heartbeats
from activities.delivery.messages import UNWRITTEN, WAITING, DeliveryOutcome, DeliveryRequest
from activities.delivery.rate_limit import RateLimit
from activities.delivery.recipient import Recipients
from activities.delivery.sending import Sending, counts
from activities.delivery.sms_port import SmsPort
from db.messages.messages import MessageRecord, Messages, Rendered
from lifecycle.campaigns import Campaign, Channel, Purpose
from lifecycle.gate import SendingRules, Skip, Verdict, Wait, decide
from lifecycle.messages import MessageStatus

LEASE_MARGIN = timedelta(seconds=15)
"""How much longer than the hard time-out of a send a claim holds."""


class Delivery:
    """The activity that sends messages.

    `send_timeout` is the hard limit of one send, whatever the port does; a port's own time-outs should be shorter,
    because it knows better what a silence means. `limits` are the sending rates of the channels that have one.
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
        limits: Mapping[Channel, RateLimit] | None = None,
    ) -> None:
        self._messages = Messages(engine)
        self._composition = composition
        self._handover = Handover(email, sms, composition.sender, send_timeout)
        self._sending = Sending(self._messages, self._handover, limits or {})
        self._lease = send_timeout + LEASE_MARGIN
        self._rules = rules
        self._recipients = recipients

    async def close(self) -> None:
        """Let go of what is kept open between messages."""
        await self._handover.close()

    @activity.defn(name="deliver_message")
    async def deliver(self, request: DeliveryRequest) -> DeliveryOutcome:
        """Send a message, or say why not. Fails, to be tried again, while its fate is not settled.

        Running it again, at once or later, never sends a settled message twice.
        """
        with heartbeats():
            try:
                outcome = await self._deliver(request)
            except SQLAlchemyError as error:
                raise try_again("PostgreSQL", type(error).__name__) from None
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
            raise try_again("Claimed", "another attempt holds the message", found.lease_left)
        if status in (MessageStatus.CLAIMED, MessageStatus.UNKNOWN) and found.rendered:
            return await self._again(request, found, found.rendered)
        reached = status in (MessageStatus.SENT, MessageStatus.OPENED, MessageStatus.CLICKED, MessageStatus.UNKNOWN)
        reached_by_marketing = reached and found.campaign["purpose"] == Purpose.MARKETING
        return DeliveryOutcome(status, found.reason or f"is {status}", counts=reached_by_marketing)

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
        claim = self._messages.claim
        return await self._send(
            request,
            found,
            campaign,
            rendered,
            lambda fence: claim(request.message_key, fence, self._lease, rendered, as_found=found),
            if_refused=MessageStatus.PLANNED,
        )

    async def _again(self, request: DeliveryRequest, found: MessageRecord, rendered: Rendered) -> DeliveryOutcome:
        """An earlier attempt may have sent what it kept, and did not live to say so."""
        campaign = Campaign.model_validate(found.campaign)
        why_not = self._handover.never_again(campaign, rendered.ago)
        verdict = Skip(why_not) if why_not else self._ask(request, found, campaign)
        match verdict:
            case Skip(reason):
                told = f"may have been sent; not repeated: {reason}"
                if not await self._messages.give_up(request.message_key, request.now, told):
                    raise try_again("Claimed", "another attempt was faster")
                return DeliveryOutcome(MessageStatus.UNKNOWN, told, counts=counts(campaign))
            case Wait() as wait:
                return await self._postpone(request, found, wait)
        claim = self._messages.claim_again
        return await self._send(
            request,
            found,
            campaign,
            rendered,
            lambda fence: claim(request.message_key, fence, self._lease, as_found=found),
            if_refused=MessageStatus.UNKNOWN,
        )

    async def _send(
        self,
        request: DeliveryRequest,
        found: MessageRecord,
        campaign: Campaign,
        rendered: Rendered,
        claim: Callable[[str], Awaitable[bool]],
        *,
        if_refused: MessageStatus,
    ) -> DeliveryOutcome:
        pause = await self._sending.turn(campaign.channel)
        if pause is not None:
            until = min(request.now + pause, found.expires_at)
            return await self._postpone(request, found, Wait(until, "sending rate"))
        return await self._sending.send(request, campaign, rendered, claim, if_refused=if_refused)

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
            raise try_again("Claimed", "another attempt was faster")
        return DeliveryOutcome(status, reason)

    async def _postpone(self, request: DeliveryRequest, found: MessageRecord, wait: Wait) -> DeliveryOutcome:
        postponed = self._messages.postpone(request.message_key, found.status, request.now, wait.until, wait.reason)
        if not await postponed:
            raise try_again("Claimed", "another attempt was faster")
        return DeliveryOutcome(WAITING, wait.reason, wait.until)
