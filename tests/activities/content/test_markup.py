"""A marketer's HTML ends where its part of the message does."""

from contextlib import suppress
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.content.markup import DEEPEST, MOST_TAGS, VOID, UnusableMarkup, closed


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
def test_what_was_opened_is_closed(html: str, whole: str) -> None:
    assert closed(html) == whole


@pytest.mark.parametrize(
    ("html", "told"),
    [
        ("<script>alert(1)</script>", "<script> has no place"),
        ("<STYLE>p{}</STYLE>", "<style> has no place"),
        ("<plaintext>", "<plaintext> has no place"),
        ("<svg><b>", "<svg> has no place"),
        ("<!-- note -->", "a comment would reach the customer"),
        ("<!-->", "a comment would reach the customer"),
        ("</>", "a comment would reach the customer"),
        ("<?php", "a comment would reach the customer"),
        ("<div>" * (DEEPEST + 1), "within each other"),
        ("<div></x>" * (DEEPEST + 1), "within each other"),
        ("<br>" * (MOST_TAGS + 1), f"more than {MOST_TAGS} tags"),
    ],
)
def test_what_has_no_place_in_a_message(html: str, told: str) -> None:
    with pytest.raises(UnusableMarkup, match=told):
        closed(html)


def test_what_is_as_deep_and_as_long_as_may_be_is_no_danger() -> None:
    assert closed("<div><p>" * DEEPEST).count("</div>") == DEEPEST
    assert closed("<table><tr><td>" * DEEPEST).count("</table>") == DEEPEST
    assert closed("<p>x" * MOST_TAGS).count("</p>") == MOST_TAGS


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
def test_whatever_is_written_stays_in_its_place(html: str) -> None:
    with suppress(UnusableMarkup):
        assert Balance(closed(html)).open == []
