"""Tracked links: replaces the http(s) targets in an e-mail's HTML with our own redirecting URLs."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape, unescape
from html.parser import HTMLParser
from itertools import accumulate

LINK_TAGS = frozenset({"a", "area"})
ATTRIBUTE = re.compile(
    r"""[\s/]*(?P<name>=?[^\s/>=]+)(?:\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s>"'][^\s>]*)))?"""
)
CHARACTER_REFERENCE = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[A-Za-z][A-Za-z0-9]*(?:;|(?![A-Za-z0-9=])))")
WEB_ADDRESS = re.compile(r"https?://[^\s\x00-\x1f\x7f]+", re.IGNORECASE)
SPACE = " \t\n\f\r"


@dataclass(frozen=True)
class TrackedHtml:
    """HTML with tracked links, and their targets by number."""

    html: str
    targets: tuple[str, ...]


def track(html: str, tracked_url: Callable[[int], str], *, exclude: str | None, max_links: int) -> TrackedHtml:
    """Replace the http(s) targets of links; every other byte is unchanged.

    `tracked_url` returns our URL for the number of a target. The target `exclude` is not replaced, nor are targets
    after the first `max_links` different ones.
    """
    numbers: dict[str, int] = {}
    pieces: list[str] = []
    done = 0
    for start, end, target in _web_links(html):
        if target == exclude or (len(numbers) >= max_links and target not in numbers):
            continue
        number = numbers.setdefault(target, len(numbers))
        pieces += [html[done:start], escape(tracked_url(number))]
        done = end
    return TrackedHtml("".join([*pieces, html[done:]]), tuple(numbers))


def _web_links(html: str) -> list[tuple[int, int, str]]:
    """Start, end and unescaped value of each http(s) link target."""
    found: list[tuple[int, int, str]] = []
    for start, tag in _LinkingTags(html).found:
        place = _first_href(tag)
        if place is None:
            continue
        first, last = place
        target = CHARACTER_REFERENCE.sub(lambda reference: unescape(reference[0]), tag[first:last]).strip(SPACE)
        if WEB_ADDRESS.fullmatch(target):
            found.append((start + first, start + last, target))
    return found


def _first_href(tag: str) -> tuple[int, int] | None:
    """The span of the value of a tag's first `href`. Browsers ignore the second."""
    for attribute in ATTRIBUTE.finditer(tag, 1):
        if attribute["name"].lower() == "href":
            given = next((name for name in ("double", "single", "bare") if attribute[name] is not None), None)
            return attribute.span(given) if given else None
    return None


class _LinkingTags(HTMLParser):
    """Collects link tags, outside comments, styles and scripts, with their position in the text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[int, str]] = []
        self._lines = [0, *accumulate(len(line) + 1 for line in html.split("\n"))]
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, _: object) -> None:
        """Collect a link tag."""
        if tag in LINK_TAGS:
            line, column = self.getpos()
            self.found.append((self._lines[line - 1] + column, self.get_starttag_text() or ""))
