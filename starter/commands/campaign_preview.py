"""`retention campaign preview`: a campaign as a sample customer would get it, on one page."""

from pathlib import Path
from typing import Annotated, Any

import typer

from operations.campaigns.proof import Proof, proofs
from starter.commands.campaign_proof import FromFile, Locale, Step, VariantName, find_rows, sample_renderer
from starter.commands.context import find_settings, now
from starter.commands.options import AsJson, CampaignSlug, example
from starter.commands.output import print_json, say
from starter.pages.proof_page import page

EXAMPLE = example(
    "retention campaign preview abandoned-cart --open",
    "retention campaign preview abandoned-cart --file campaigns.yaml --step 2 --open",
)


def preview(
    slug: CampaignSlug,
    step: Step = None,
    locale: Locale = None,
    variant: VariantName = None,
    file: FromFile = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to; else `previews` in DATA_DIRECTORY.")
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Show the page in a browser.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write what a sample customer would get: one page with desktop, telephone and text, and each message alone."""
    settings = find_settings()
    rows = find_rows(settings, slug, step, file, variant)
    renderer = sample_renderer(settings)
    found = list(proofs(rows, renderer, now(), locale, variant))
    directory = out or settings.data_directory / "previews"
    directory.mkdir(parents=True, exist_ok=True)
    overview = directory / f"{slug}.html"
    overview.write_text(page(found, settings.shop_name), encoding="utf-8")
    written = [(proof, _write(directory, proof)) for proof in found]
    if as_json:
        print_json([_as_values(proof, files, overview) for proof, files in written])
    else:
        for proof, files in written:
            say(f"{proof.title}: {proof.subject or proof.text}")
            for path in files:
                say(f"   {path}")
        say(f"All of them, to look at: {overview}")
    if open_:
        typer.launch(str(overview.absolute()))


def _write(directory: Path, proof: Proof) -> list[Path]:
    """The files of a proof, the one to look at first."""
    contents = {".html": proof.html, ".txt": proof.text}
    files = {directory / (proof.name + ending): text for ending, text in contents.items() if text is not None}
    for file, text in files.items():
        file.write_text(text, encoding="utf-8")
    return list(files)


def _as_values(proof: Proof, files: list[Path], overview: Path) -> dict[str, Any]:
    return {
        "step": proof.row.step,
        "locale": proof.rendition.locale,
        "variant": proof.rendition.variant,
        "subject": proof.subject,
        "preheader": proof.preheader,
        "segments": proof.segments,
        "files": files,
        "page": overview,
    }
