"""`retention campaign test-send`: sends a campaign to your own inbox or phone."""

import asyncio
from typing import Annotated

import typer

from operations.campaigns.proof import ProofRequest
from operations.campaigns.proof_sending import parse_recipient, send_proofs
from starter.commands.campaign.options import FromFile, Locale, Step, VariantName, campaign_rows
from starter.commands.context import find_settings, now
from starter.commands.options import AsJson, CampaignSlug, example
from starter.commands.output import print_json, say

EXAMPLE = example(
    "retention campaign test-send abandoned-cart --to me@example.com",
    "retention campaign test-send welcome-back-sms --to +441632960001",
)

app = typer.Typer()


@app.command("test-send", epilog=EXAMPLE)
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

    No log stores them, and no statistics count them.
    """
    recipient = parse_recipient(to)
    settings = find_settings()
    request = ProofRequest(slug, step, locale, variant)
    sent = asyncio.run(send_proofs(campaign_rows(settings, slug, file), request, recipient, settings, now()))
    if as_json:
        print_json([{"subject" if sent.channel == "EMAIL" else "text": opening} for opening in sent.openings])
        return
    for opening in sent.openings:
        say(f"{sent.outcome}: {opening}")
    say("Tests are not counted in statistics.")
