"""Converts HTML to plain text: paragraphs, bullets, tables, and the target of each link."""

import re
from collections.abc import Mapping

from inscriptis import get_text  # type: ignore[import-untyped]
from inscriptis.model.config import ParserConfig  # type: ignore[import-untyped]
from inscriptis.model.html_document_state import HtmlDocumentState  # type: ignore[import-untyped]
from inscriptis.model.tag import CustomHtmlTagHandlerMapping  # type: ignore[import-untyped]

UNLINKED_CLASS = "product"
"""The class of links whose targets are left out: in a table of line items, URLs would break the columns."""


def plain_text(html: str) -> str:
    """The text of a piece of HTML. A link reads `text (https://…)`, a button `text: https://…`."""
    text: str = get_text(html, ParserConfig(custom_html_tag_handler_mapping=_LINKS))
    lines = [line.rstrip() for line in text.strip("\n").splitlines()]
    together = re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
    # A link whose text is its URL is written once. The lookbehind keeps the search linear in the text's length.
    return re.sub(r"(?<!\S)(https?://\S+) \(\1\)", r"\1", together)


def _link_begins(state: HtmlDocumentState, attributes: Mapping[str, str]) -> None:
    classes = attributes.get("class", "").split()
    target = attributes.get("href", "").removeprefix("mailto:").removeprefix("tel:")
    shown = ": {}" if "button" in classes else " ({})"
    state.link_target = "" if UNLINKED_CLASS in classes or not target else shown.format(target)


def _link_ends(state: HtmlDocumentState) -> None:
    if state.link_target:
        state.tags[-1].write(state.link_target)


_LINKS = CustomHtmlTagHandlerMapping({"a": _link_begins}, {"a": _link_ends})
