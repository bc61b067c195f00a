"""`retention campaign test-send`: a campaign in your own inbox, or on your own telephone."""

import asyncio
import secrets
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Annotated

import typer

from activities.content.letter import Letter, RenderedEmail, RenderedText
from activities.content.sample import sample_letter
from activities.delivery.answers import OutcomeUnknown, Rejected, TryLater
from activities.delivery.build import build_email, build_sms, dry_run_directory
from activities.delivery.email_port import OutgoingEmail
from activities.delivery.recipient import Recipients, e164
from activities.delivery.sms_port import OutgoingText
from lifecycle.campaigns import Channel
from operations.campaigns.proof import chosen
from retention_client.identity import normalise_email
from settings import Settings
from starter.commands.campaign_proof import FromFile, Locale, Step, VariantName, find_rows, sample_renderer
from starter.commands.context import find_settings, now
from starter.commands.errors import Failed, WrongUse
from starter.commands.options import AsJson, CampaignSlug, example
from starter.commands.output import print_json, say

EXAMPLE = example(
    "retention campaign test-send abandoned-cart --to me@example.com",
    "retention campaign test-send welcome-back-sms --to +441632960001",
)
MARK = "[TEST] "


def send_test(
    slug: CampaignSlug,
    to: Annotated[str, typer.Option(metavar="ADDRESS|NUMBER", help="Who gets it: an address, or a number as +44….")],
    step: Step = None,
    locale: Locale = None,
    variant: VariantName = None,
    file: FromFile = None,
    as_json: AsJson = False,
) -> None:
    """Send a campaign's messages to yourself, for a sample customer and marked `[TEST]`.

    No log keeps them, and no statistics count them.
    """
    address = e164(to, None) or normalise_email(to)
    settings = find_settings()
    rows = find_rows(settings, slug, step, file, variant)
    _check_recipient(settings, rows[0].channel, address)
    letters = [
        _marked(sample_letter(row, rendition, secrets.token_hex(32)))
        for row in rows
        for rendition in chosen(row, locale, variant)[:1]
    ]
    sent = asyncio.run(_send(settings, letters, address))
    if as_json:
        print_json([{"subject" if rows[0].channel == "EMAIL" else "text": words} for words in sent])
        return
    became = _became(settings, rows[0].channel)
    for words in sent:
        say(f"{became}: {words}")
    say("No statistics count a test.")


def _check_recipient(settings: Settings, channel: Channel, address: str) -> None:
    """Raises `WrongUse` for what the campaign cannot be sent to, and for whom this installation may not write to."""
    if ("@" in address) != (channel == "EMAIL"):
        wanted = (
            "an e-mail: give an address" if channel == "EMAIL" else "a text message: give a number as +441632960001"
        )
        raise WrongUse(f"--to: this is {wanted}")
    if not Recipients(settings.recipient_allow_list).allows(address):
        raise WrongUse("--to: RECIPIENT_ALLOW_LIST does not name it, and only whom it names gets messages from here")


def _became(settings: Settings, channel: Channel) -> str:
    """What becomes of a test here: some installations write files instead."""
    if settings.dry_run:
        return f"written to {dry_run_directory(settings)}, because DRY_RUN is set"
    if channel == "SMS" and settings.sms_url is None:
        return f"written to {settings.sms_outbox}, because SMS_URL is not set"
    return "sent"


def _marked(letter: Letter) -> Letter:
    wording = letter.wording
    if letter.channel == "SMS":
        return replace(letter, wording=replace(wording, body=MARK + wording.body))
    return replace(letter, wording=replace(wording, subject=MARK + (wording.subject or "")))


async def _send(settings: Settings, letters: Iterable[Letter], address: str) -> list[str]:
    """Send each, and tell what its reader sees first."""
    renderer = sample_renderer(settings)
    rendered = [(letter.key, renderer.render(_to(letter, address), now())) for letter in letters]
    emails = [(key, mail) for key, mail in rendered if isinstance(mail, RenderedEmail)]
    texts = [(key, message) for key, message in rendered if isinstance(message, RenderedText)]
    async with AsyncExitStack() as ports:
        try:
            if emails:
                email = build_email(settings)
                ports.push_async_callback(email.close)
                for key, mail in emails:
                    await email.send(OutgoingEmail(key, renderer.sender, address, mail.content))
            if texts:
                sms = build_sms(settings)
                ports.push_async_callback(sms.close)
                for key, message in texts:
                    await sms.send(OutgoingText(key, address, message.text))
        except (Rejected, TryLater, OutcomeUnknown) as error:
            raise Failed(f"not sent: {error}") from error
    return [*(mail.subject for _, mail in emails), *(message.text for _, message in texts)]


def _to(letter: Letter, address: str) -> Letter:
    reader = letter.reader
    email = address if letter.channel == "EMAIL" else reader.email
    return replace(letter, reader=replace(reader, address=address, email=email))
