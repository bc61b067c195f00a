"""What a marketer's HTML may hold, so that it ends where its part of the message does."""

import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any

import css_inline
from markupsafe import Markup

MOST_TAGS = 5_000
DEEPEST = 100
"""Programs that read HTML do so by recursion, and thousands of levels end the process."""

COMMENT = re.compile(r"<[!?]|</(?![A-Za-z])")
"""What is a comment to a browser, which not every other program reads to the same end."""
TAG = re.compile(r"<[A-Za-z]")

VOID = frozenset({"area", "br", "col", "hr", "img", "wbr"})
ENDS_BY_ITSELF = frozenset({"dd", "dt", "li", "p", "tbody", "td", "tfoot", "th", "thead", "tr"})
REFUSED = frozenset(
    {
        *("applet", "audio", "base", "body", "button", "canvas", "embed", "form", "frame", "frameset", "head", "html"),
        *("iframe", "input", "link", "math", "meta", "noembed", "noframes", "noscript", "object", "option"),
        *("plaintext", "script", "select", "style", "svg", "template", "textarea", "title", "video", "xmp"),
    }
)
"""What mail programs leave out or refuse, and what would swallow the rest of the message."""


class UnusableMarkup(ValueError):
    """HTML that has no place in a message. The message names a tag and repeats no text."""


def closed(html: str) -> Markup:
    """The same, with every tag closed that it opens, and none that it does not. Raises `UnusableMarkup`."""
    if COMMENT.search(html):
        raise UnusableMarkup("a comment would reach the customer: write {# … #}")
    if len(TAG.findall(html)) > MOST_TAGS:
        raise UnusableMarkup(f"more than {MOST_TAGS} tags")
    _Tags(html)
    return Markup(_parser.inline_fragment(html, ""))  # noqa: S704 - a template's, escaped when it was rendered


_parser = css_inline.CSSInliner(load_remote_stylesheets=False)


class _Tags(HTMLParser):
    """Looks at every tag."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._open: Counter[str] = Counter()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, _: Any) -> None:
        """Refuse what does not belong, and what is nested too deeply."""
        if tag in REFUSED:
            raise UnusableMarkup(f"<{tag}> has no place in a message")
        if tag not in VOID and tag not in ENDS_BY_ITSELF:
            self._open[tag] += 1
        if self._open.total() > DEEPEST:
            raise UnusableMarkup(f"more than {DEEPEST} tags within each other")

    def handle_endtag(self, tag: str) -> None:
        """One fewer is open."""
        if self._open[tag]:
            self._open[tag] -= 1
