"""Checks and balances the HTML of a campaign's body: it must not break the frame around it."""

import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any

import css_inline
from markupsafe import Markup

MAX_TAGS = 5_000
MAX_DEPTH = 100
"""HTML parsers recurse; thousands of levels would crash the process."""

COMMENT = re.compile(r"<[!?]|</(?![A-Za-z])")
"""What a browser treats as a comment. Other parsers disagree about where it ends."""
TAG = re.compile(r"<[A-Za-z]")

VOID = frozenset({"area", "br", "col", "hr", "img", "wbr"})
OPTIONAL_END_TAG = frozenset({"dd", "dt", "li", "p", "tbody", "td", "tfoot", "th", "thead", "tr"})
FORBIDDEN = frozenset(
    {
        *("applet", "audio", "base", "body", "button", "canvas", "embed", "form", "frame", "frameset", "head", "html"),
        *("iframe", "input", "link", "math", "meta", "noembed", "noframes", "noscript", "object", "option"),
        *("plaintext", "script", "select", "style", "svg", "template", "textarea", "title", "video", "xmp"),
    }
)
"""Tags that mail programs drop or reject, or that would swallow the rest of the message."""


class InvalidMarkup(ValueError):
    """HTML that a message may not contain. The error names the tag and quotes no text."""


def balanced(html: str) -> Markup:
    """The same HTML with every open tag closed and stray end tags removed. Raises `InvalidMarkup`."""
    if COMMENT.search(html):
        raise InvalidMarkup("an HTML comment would be sent to the customer; write {# … #} instead")
    if len(TAG.findall(html)) > MAX_TAGS:
        raise InvalidMarkup(f"more than {MAX_TAGS} tags")
    _Tags(html)
    return Markup(_parser.inline_fragment(html, ""))  # noqa: S704 - values were escaped when the template was rendered


_parser = css_inline.CSSInliner(load_remote_stylesheets=False)


class _Tags(HTMLParser):
    """Checks every tag while parsing."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._open: Counter[str] = Counter()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, _: Any) -> None:
        """Reject forbidden tags and too deep nesting."""
        if tag in FORBIDDEN:
            raise InvalidMarkup(f"<{tag}> is not allowed in a message")
        if tag not in VOID and tag not in OPTIONAL_END_TAG:
            self._open[tag] += 1
        if self._open.total() > MAX_DEPTH:
            raise InvalidMarkup(f"more than {MAX_DEPTH} nested tags")

    def handle_endtag(self, tag: str) -> None:
        """Count one fewer open tag."""
        if self._open[tag]:
            self._open[tag] -= 1
