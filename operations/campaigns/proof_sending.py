"""Sends a campaign to yourself: for a sample customer, marked `[TEST]`, without a log entry or statistics."""

from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime

from activities.content.message_draft import MessageDraft
from activities.content.rendered import RenderedEmail, RenderedSms
from activities.content.sample import sample_draft
from activities.delivery.build import build_email, build_sms, dry_run_directory
from activities.delivery.email_port import OutgoingEmail
from activities.delivery.recipient import Recipients, e164
from activities.delivery.sms_port import OutgoingSms
from activities.delivery.submission_result import OutcomeUnknown, SendRejected, TemporaryFailure
from lifecycle.campaign_file import CampaignRow
from lifecycle.campaigns import Channel
from operations.access.errors import InvalidInput, OperationError
from operations.campaigns.proof import ProofRequest, new_message_key, sample_renderer
from retention_client.identity import InvalidAddress, normalise_email
from settings import Settings

MARK = "[TEST] "


class NotSent(OperationError):
    """The provider did not accept a test message, or its answer was lost."""


@dataclass(frozen=True)
class SentProofs:
    """The test messages that were sent, in their order.

    `openings` are their subjects, or the texts of text messages. `outcome` is `sent`, or where the files are and why.
    """

    channel: Channel
    openings: tuple[str, ...]
    outcome: str


def parse_recipient(text: str) -> str:
    """Return a phone number in E.164, or else a normalised e-mail address. Raises `InvalidInput`."""
    try:
        return e164(text, None) or normalise_email(text)
    except InvalidAddress as error:
        raise InvalidInput(str(error), field="recipient") from None


async def send_proofs(
    rows: Iterable[CampaignRow], request: ProofRequest, recipient: str, settings: Settings, now: datetime
) -> SentProofs:
    """Send one message for each step, in the first of the requested renditions, to an address or a number.

    A step whose A/B test lacks the requested variant is left out.

    Raises `UnknownCampaign`, `InvalidCampaignFile`, `NotSent`, `SettingsError`, and `InvalidInput` if the campaign does
    not fit the recipient, or the recipient is not on the installation's allow list.
    """
    address = parse_recipient(recipient)
    steps = request.steps(rows)
    channel = steps[0].channel
    _check_recipient(settings, channel, address)
    drafts = [
        _addressed(_marked(sample_draft(row, rendition, new_message_key())), address)
        for row in steps
        for rendition in request.renditions(row)[:1]
    ]
    return SentProofs(channel, await _send(settings, drafts, address, now), _outcome(settings, channel))


def _check_recipient(settings: Settings, channel: Channel, address: str) -> None:
    if ("@" in address) != (channel == "EMAIL"):
        needed = (
            "an e-mail: give an address" if channel == "EMAIL" else "a text message: give a number as +441632960001"
        )
        raise InvalidInput(f"this is {needed}", field="recipient")
    if not Recipients(settings.recipient_allow_list).allows(address):
        raise InvalidInput("is not in RECIPIENT_ALLOW_LIST, which restricts this installation", field="recipient")


def _outcome(settings: Settings, channel: Channel) -> str:
    if settings.dry_run:
        return f"written to {dry_run_directory(settings)}, because DRY_RUN is set"
    if channel == "SMS" and settings.sms_url is None:
        return f"written to {settings.sms_outbox}, because SMS_URL is not set"
    return "sent"


def _marked(draft: MessageDraft) -> MessageDraft:
    wording = draft.wording
    if draft.channel == "SMS":
        return replace(draft, wording=replace(wording, body=MARK + wording.body))
    return replace(draft, wording=replace(wording, subject=MARK + (wording.subject or "")))


def _addressed(draft: MessageDraft, address: str) -> MessageDraft:
    recipient = draft.recipient
    email = address if draft.channel == "EMAIL" else recipient.email
    return replace(draft, recipient=replace(recipient, address=address, email=email))


async def _send(settings: Settings, drafts: Sequence[MessageDraft], address: str, now: datetime) -> tuple[str, ...]:
    renderer = sample_renderer(settings)
    rendered = [(draft.key, renderer.render(draft, now)) for draft in drafts]
    emails = [(key, email) for key, email in rendered if isinstance(email, RenderedEmail)]
    texts = [(key, text) for key, text in rendered if isinstance(text, RenderedSms)]
    async with AsyncExitStack() as ports:
        try:
            if emails:
                email_port = build_email(settings)
                ports.push_async_callback(email_port.close)
                for key, email in emails:
                    await email_port.send(OutgoingEmail(key, renderer.sender, address, email.content))
            if texts:
                sms_port = build_sms(settings)
                ports.push_async_callback(sms_port.close)
                for key, text in texts:
                    await sms_port.send(OutgoingSms(key, address, text.text))
        except (SendRejected, TemporaryFailure, OutcomeUnknown) as error:
            raise NotSent(f"not sent: {error}") from error
    return (*(email.subject for _, email in emails), *(text.text for _, text in texts))
