"""Tracked links: in an e-mail's HTML, web addresses give way to ours, which lead there."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape, unescape
from html.parser import HTMLParser
from itertools import accumulate

LINKING = frozenset({"a", "area"})
ATTRIBUTE = re.compile(
    r"""[\s/]*(?P<name>=?[^\s/>=]+)(?:\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s>"'][^\s>]*)))?"""
)
CHARACTER_REFERENCE = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[A-Za-z][A-Za-z0-9]*(?:;|(?![A-Za-z0-9=])))")
WEB_ADDRESS = re.compile(r"https?://[^\s\x00-\x1f\x7f]+", re.IGNORECASE)
SPACE = " \t\n\f\r"


@dataclass(frozen=True)
class Tracked:
    """HTML with our addresses in it, and the targets that they lead to, each in the place of its number."""

    html: str
    targets: tuple[str, ...]


def track(html: str, address_of: Callable[[int], str], *, untouched: str | None, most: int) -> Tracked:
    """Replace the targets of links to the web; all else stays as it is, to the byte.

    `address_of` gives our address for the number of a target. The address `untouched` is left alone, and so is
    whatever comes after `most` different targets.
    """
    numbers: dict[str, int] = {}
    pieces: list[str] = []
    done = 0
    for start, end, target in _web_links(html):
        if target == untouched or (len(numbers) >= most and target not in numbers):
            continue
        number = numbers.setdefault(target, len(numbers))
        pieces += [html[done:start], escape(address_of(number))]
        done = end
    return Tracked("".join([*pieces, html[done:]]), tuple(numbers))


def _web_links(html: str) -> list[tuple[int, int, str]]:
    """Where the values of links to the web begin and end, and what they say."""
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
    """Where the value of a tag's `href` lies; of two the first counts, as it does for a browser."""
    for attribute in ATTRIBUTE.finditer(tag, 1):
        if attribute["name"].lower() == "href":
            given = next((name for name in ("double", "single", "bare") if attribute[name] is not None), None)
            return attribute.span(given) if given else None
    return None


class _LinkingTags(HTMLParser):
    """Finds the tags that link, outside comments, styles and scripts; each with its place in the text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[int, str]] = []
        self._lines = [0, *accumulate(len(line) + 1 for line in html.split("\n"))]
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, _: object) -> None:
        """Keep a tag that links."""
        if tag in LINKING:
            line, column = self.getpos()
            self.found.append((self._lines[line - 1] + column, self.get_starttag_text() or ""))
