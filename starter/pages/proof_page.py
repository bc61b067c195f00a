"""The page on which a campaign's proofs are looked at: desktop and telephone, light and dark, and as plain text."""

import re
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from operations.campaigns.proof import Proof

DARK = re.compile(r"@media \(prefers-color-scheme: dark\)")


def page(proofs: Sequence[Proof], sender: str) -> str:
    """The HTML of the page for one campaign, without scripts; `sender` is shown as an inbox would."""
    return _environment.get_template("proof.html.j2").render(campaign=proofs[0].row.name, proofs=proofs, sender=sender)


def framed(html: str, *, dark: bool) -> str:
    """An e-mail to be shown in a frame, as a program of that colour would; its links lead nowhere.

    The frame allows no new windows, and that is where every link wants to go.
    """
    colored = DARK.sub("@media all" if dark else "@media not all", html)
    return colored.replace("<head>", '<head><base target="_blank">', 1)


_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters["framed"] = framed
