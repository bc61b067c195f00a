"""A marketer's HTML cannot break the frame around it."""

from contextlib import suppress
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.content.markup import MAX_DEPTH, MAX_TAGS, VOID, InvalidMarkup, balanced


@pytest.mark.parametrize(
    ("html", "whole"),
    [
        ("<p>One<p>Two", "<p>One</p><p>Two</p>"),
        ("</td></tr></table><p>x", "<p>x</p>"),
        ("</body></html>x", "x"),
        ("<table><tr><td>x", "<table><tbody><tr><td>x</td></tr></tbody></table>"),
        ("<ul><li>a<li>b", "<ul><li>a</li><li>b</li></ul>"),
        ("a &amp; b &lt;c&gt;", "a &amp; b &lt;c&gt;"),
    ],
)
def test_open_tags_are_closed(html: str, whole: str) -> None:
    assert balanced(html) == whole


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<script>alert(1)</script>", "<script> is not allowed"),
        ("<STYLE>p{}</STYLE>", "<style> is not allowed"),
        ("<plaintext>", "<plaintext> is not allowed"),
        ("<svg><b>", "<svg> is not allowed"),
        ("<!-- note -->", "an HTML comment would be sent to the customer"),
        ("<!-->", "an HTML comment would be sent to the customer"),
        ("</>", "an HTML comment would be sent to the customer"),
        ("<?php", "an HTML comment would be sent to the customer"),
        ("<div>" * (MAX_DEPTH + 1), "nested tags"),
        ("<div></x>" * (MAX_DEPTH + 1), "nested tags"),
        ("<br>" * (MAX_TAGS + 1), f"more than {MAX_TAGS} tags"),
    ],
)
def test_forbidden_markup_is_an_error(html: str, expected: str) -> None:
    with pytest.raises(InvalidMarkup, match=expected):
        balanced(html)


def test_the_deepest_and_longest_allowed_markup_is_handled() -> None:
    assert balanced("<div><p>" * MAX_DEPTH).count("</div>") == MAX_DEPTH
    assert balanced("<table><tr><td>" * MAX_DEPTH).count("</table>") == MAX_DEPTH
    assert balanced("<p>x" * MAX_TAGS).count("</p>") == MAX_TAGS


class Balance(HTMLParser):
    """What is open after some HTML; an end that ends nothing, or something else, is a mistake."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, _: object) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


PIECES = [
    f"<{slash}{tag}>" for tag in ("p", "a", "b", "table", "tr", "td", "div", "ul", "li", "h1") for slash in ("", "/")
]


@given(st.text("<>/ab p\"'=td&;tr", max_size=80) | st.lists(st.sampled_from([*PIECES, "<br>", "x"])).map("".join))
def test_any_markup_stays_inside_its_element(html: str) -> None:
    with suppress(InvalidMarkup):
        assert Balance(balanced(html)).open == []
