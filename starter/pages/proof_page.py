"""The page that shows a campaign's proofs: on desktop and phone, light and dark, and as plain text."""

import re
from collections.abc import Sequence
from pathlib import Path

from activities.content.template_folder import TemplateFolder
from operations.campaigns.proof import Proof

DARK = re.compile(r"@media \(prefers-color-scheme: dark\)")


def proof_page(proofs: Sequence[Proof], sender: str) -> str:
    """Return the page of one campaign in HTML, without scripts; `sender` is shown as in an inbox."""
    return _TEMPLATES.render("proof.html.j2", campaign=proofs[0].row.name, proofs=proofs, sender=sender)


def framed(html: str, *, dark: bool) -> str:
    """Prepare an e-mail for a frame, in the light or dark colours of a mail program. Its links do nothing.

    Every link opens a new window, and the frame allows none.
    """
    colored = DARK.sub("@media all" if dark else "@media not all", html)
    return colored.replace("<head>", '<head><base target="_blank">', 1)


_TEMPLATES = TemplateFolder(Path(__file__).parent, {"framed": framed})
