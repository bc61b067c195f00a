"""`retention campaign preview`: a campaign as a sample customer would get it, on one page."""

from pathlib import Path
from typing import Annotated, Any

import typer

from operations.campaigns.proof import Proof, ProofRequest, make_proofs
from starter.commands.campaign.options import FromFile, Locale, Step, VariantName, campaign_rows
from starter.commands.context import find_settings, now
from starter.commands.options import AsJson, CampaignSlug, example
from starter.commands.output import print_json, say
from starter.pages.proof_page import proof_page

EXAMPLE = example(
    "retention campaign preview abandoned-cart --open",
    "retention campaign preview abandoned-cart --file campaigns.yaml --step 2 --open",
)

app = typer.Typer()


@app.command(epilog=EXAMPLE)
def preview(
    slug: CampaignSlug,
    step: Step = None,
    locale: Locale = None,
    variant: VariantName = None,
    file: FromFile = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Directory to write to; else `previews` in DATA_DIRECTORY.")
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Show the page in a browser.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write what a sample customer would get: one page with desktop, phone and text, and a file for each message."""
    settings = find_settings()
    request = ProofRequest(slug, step, locale, variant)
    proofs = make_proofs(campaign_rows(settings, slug, file), request, settings, now())
    directory = out or settings.data_directory / "previews"
    directory.mkdir(parents=True, exist_ok=True)
    overview = directory / f"{slug}.html"
    overview.write_text(proof_page(proofs, settings.shop_name), encoding="utf-8")
    written = [(proof, _write(directory, proof)) for proof in proofs]
    if as_json:
        print_json([_proof_values(proof, files, overview) for proof, files in written])
    else:
        for proof, files in written:
            say(f"{proof.title}: {proof.subject or proof.text}")
            for path in files:
                say(f"   {path}")
        say(f"All of them on one page: {overview}")
    if open_:
        typer.launch(str(overview.absolute()))


def _write(directory: Path, proof: Proof) -> list[Path]:
    """Write the files of a proof; the HTML, if there is one, comes first."""
    contents = {".html": proof.html, ".txt": proof.text}
    files = {directory / (proof.name + ending): text for ending, text in contents.items() if text is not None}
    for file, text in files.items():
        file.write_text(text, encoding="utf-8")
    return list(files)


def _proof_values(proof: Proof, files: list[Path], overview: Path) -> dict[str, Any]:
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
