"""`retention campaign preview` and `test-send`: a campaign as a sample customer would get it."""

import asyncio
import secrets
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

from activities.content.letter import Letter, RenderedEmail, RenderedText
from activities.content.renderer import Renderer
from activities.content.sample import sample_letters
from activities.delivery.answers import OutcomeUnknown, Rejected, TryLater
from activities.delivery.build import build_email, build_renderer
from activities.delivery.email_port import OutgoingEmail
from db.campaigns import REMOVED, list_campaigns
from lifecycle.campaign_file import CampaignRow
from lifecycle.identity import normalise_email
from settings import Settings
from starter.commands.errors import Failed, WrongUse
from starter.commands.options import AsJson, CampaignSlug, example
from starter.commands.output import print_json, say
from starter.commands.surroundings import find_settings, now, postgres

PREVIEW_EXAMPLE = example("retention campaign preview abandoned-cart --step 2 --open")
TEST_SEND_EXAMPLE = example("retention campaign test-send abandoned-cart --to me@example.com")
MARK = "[TEST] "
SAMPLE_KEY = SecretStr("links of a sample lead nowhere")

Step = Annotated[int | None, typer.Option(metavar="N", help="Only this step.")]


@dataclass(frozen=True)
class Proof:
    """One step as a sample customer would get it. A text message has no HTML and no subject."""

    step: int
    subject: str | None
    text: str
    html: str | None


def preview(
    slug: CampaignSlug,
    step: Step = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to; else `previews` in DATA_DIRECTORY.")
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Show them in a browser.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a campaign's e-mails, HTML and plain text, as a sample customer would get them."""
    settings = find_settings()
    proofs = asyncio.run(_proofs(settings, slug, step))
    directory = out or settings.data_directory / "previews"
    directory.mkdir(parents=True, exist_ok=True)
    written = [(proof, _write(directory / f"{slug}-{proof.step}", proof)) for proof in proofs]
    if as_json:
        print_json([{"step": proof.step, "subject": proof.subject, "files": files} for proof, files in written])
    else:
        for proof, files in written:
            say(f"{proof.step}. {proof.subject or proof.text}")
            for file in files:
                say(f"   {file}")
    if open_:
        for _, files in written:
            typer.launch(str(files[0].absolute()))


def send_test(
    slug: CampaignSlug,
    to: Annotated[str, typer.Option(metavar="ADDRESS", help="Who gets it.")],
    step: Step = None,
    as_json: AsJson = False,
) -> None:
    """Send a campaign's e-mails to yourself, for a sample customer and marked `[TEST]`; no log keeps them."""
    settings = find_settings()
    subjects = asyncio.run(_send(settings, slug, step, normalise_email(to)))
    if as_json:
        print_json([{"subject": subject} for subject in subjects])
        return
    for subject in subjects:
        say(f"sent: {subject}")


async def _proofs(settings: Settings, slug: str, step: int | None) -> list[Proof]:
    renderer = _renderer(settings)
    letters = [_sample(row) for row in await _rows(settings, slug, step)]
    return [_proof(letter.step, renderer.render(letter, now())) for letter in letters]


async def _send(settings: Settings, slug: str, step: int | None, address: str) -> list[str]:
    rows = await _rows(settings, slug, step)
    if any(row.channel != "EMAIL" for row in rows):
        raise WrongUse(f"{slug} is a text message; `retention campaign preview {slug}` shows it")
    port, renderer = build_email(settings), _renderer(settings)
    subjects: list[str] = []
    for row in rows:
        letter = _sample(row)
        marked = replace(letter.wording, subject=MARK + (letter.wording.subject or ""))
        reader = replace(letter.reader, address=address, email=address)
        rendered = renderer.render(replace(letter, wording=marked, reader=reader), now())
        if not isinstance(rendered, RenderedEmail):
            raise TypeError("an e-mail campaign was rendered as something else")
        try:
            await port.send(OutgoingEmail(letter.key, renderer.sender, address, rendered.content))
        except (Rejected, TryLater, OutcomeUnknown) as error:
            raise Failed(f"not sent: {error}") from error
        subjects.append(rendered.subject)
    return subjects


async def _rows(settings: Settings, slug: str, step: int | None) -> list[CampaignRow]:
    async with postgres(settings) as engine:
        stored = await list_campaigns(engine)
    rows = [found.row for found in stored if found.row.slug == slug and found.row.trigger_event != REMOVED]
    if not rows:
        raise WrongUse(f"no such campaign: {slug} (`retention campaign list` shows all)")
    chosen = [row for row in rows if step in (None, row.step)]
    if not chosen:
        raise WrongUse(f"--step: {slug} has steps 1 to {len(rows)}")
    return chosen


def _renderer(settings: Settings) -> Renderer:
    """Nobody's links: a proof is not tracked, and what it signs leads nowhere."""
    own = {"identity_key": SAMPLE_KEY, "link_keys": None, "tracking": False}
    return build_renderer(settings.model_copy(update=own))


def _sample(row: CampaignRow) -> Letter:
    """The letter to a customer of whom much is known, with a key of its own so that mail programs keep each."""
    return next(iter(sample_letters(row, secrets.token_hex(32))))


def _proof(step: int, rendered: RenderedEmail | RenderedText) -> Proof:
    if isinstance(rendered, RenderedText):
        return Proof(step, None, rendered.text, None)
    message = message_from_bytes(rendered.content, policy=policy.default)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    return Proof(step, rendered.subject, text.get_content() if text else "", html.get_content() if html else None)


def _write(path: Path, proof: Proof) -> list[Path]:
    """The files of a proof, the one to look at first."""
    contents = {".html": proof.html, ".txt": proof.text}
    files = {path.with_name(path.name + ending): content for ending, content in contents.items() if content is not None}
    for file, content in files.items():
        file.write_text(content, encoding="utf-8")
    return list(files)
