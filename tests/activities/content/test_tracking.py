"""Tracked links; everything else in the HTML is unchanged."""

import re
from html import escape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.content.tracking import TrackedHtml, track

OURS = "https://mail.shop.example/c/"


def tracked(html: str, untouched: str | None = None, most: int = 100) -> TrackedHtml:
    return track(html, lambda number: f"{OURS}{number}", exclude=untouched, max_links=most)


@pytest.mark.parametrize(
    ("html", "expected", "target"),
    [
        ('<a href="https://a.example/x">', '<a href="{}">', "https://a.example/x"),
        ("<a href='https://a.example/x'>", "<a href='{}'>", "https://a.example/x"),
        ("<a href=https://a.example/x>", "<a href={}>", "https://a.example/x"),
        ("<a href=https://a.example/x/>", "<a href={}>", "https://a.example/x/"),
        ('<A\n HREF = "HTTP://a.example"\tid=b>', '<A\n HREF = "{}"\tid=b>', "HTTP://a.example"),
        ('<a class="b"href="https://a.example">', '<a class="b"href="{}">', "https://a.example"),
        ('<a href="https://a.example/?b=1&amp;c=2">', '<a href="{}">', "https://a.example/?b=1&c=2"),
        ('<a href="https://a.example/?b=1&copy=2">', '<a href="{}">', "https://a.example/?b=1&copy=2"),
        ('<a href="https://a.example/?b=&#38;&#x26;">', '<a href="{}">', "https://a.example/?b=&&"),
        ('<a href=" https://a.example/ü ">', '<a href="{}">', "https://a.example/ü"),
        (
            '<a title="1 > 0, href=no" href="https://a.example">',
            '<a title="1 > 0, href=no" href="{}">',
            "https://a.example",
        ),
        (
            '<a href="https://a.example" href="https://b.example">',
            '<a href="{}" href="https://b.example">',
            "https://a.example",
        ),
        ('<p\n>é\n<area href="https://a.example">', '<p\n>é\n<area href="{}">', "https://a.example"),
    ],
)
def test_a_web_link_is_tracked(html: str, expected: str, target: str) -> None:
    assert tracked(html) == TrackedHtml(expected.format(f"{OURS}0"), (target,))


@pytest.mark.parametrize(
    "html",
    [
        '<a href="mailto:hello@shop.example">',
        '<a href="tel:+441632960000">',
        '<a href="#top">',
        '<a href="/relative">',
        '<a href="javascript:alert(1)">',
        '<a href="https://">',
        '<a href="https://a.example/ b">',
        "<a href>",
        '<a data-href="https://a.example">',
        '<a class="b" =href="https://a.example">',
        "<a title=\"href='https://a.example'\">",
        '<link href="https://a.example"><img src="https://a.example">',
        '<!-- <a href="https://a.example"> -->',
        '<!--[if mso]><a href="https://a.example"><![endif]-->',
        '<style>a[href="https://a.example"] {} <a href="https://a.example"></style>',
        '<script><a href="https://a.example"></script>',
        "https://a.example",
        '<a href="https://a.example',
        "a < b <a",
    ],
)
def test_everything_else_is_unchanged(html: str) -> None:
    assert tracked(html) == TrackedHtml(html, ())


def test_the_same_target_has_one_number() -> None:
    html = '<a href="https://a.example"><a href="https://b.example"><a href="https://a.example">'
    assert tracked(html) == TrackedHtml(
        f'<a href="{OURS}0"><a href="{OURS}1"><a href="{OURS}0">', ("https://a.example", "https://b.example")
    )


def test_the_unsubscribe_link_is_not_tracked_and_numbers_are_limited() -> None:
    html = '<a href="https://a.example"><a href="https://out.example"><a href="https://b.example"><a href="https://a.example">'
    assert tracked(html, "https://out.example", most=1) == TrackedHtml(
        f'<a href="{OURS}0"><a href="https://out.example"><a href="https://b.example"><a href="{OURS}0">',
        ("https://a.example",),
    )


class Read(HTMLParser):
    """What a reader makes of HTML, with the targets of its links apart."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[object] = []
        self.targets: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        target = dict(reversed(attrs)).get("href") or ""
        web = tag in ("a", "area") and re.fullmatch(r"https?://[^\s\x00-\x1f\x7f]+", target.strip(" \t\n\f\r"), re.I)
        if web:
            self.targets.append(target.strip(" \t\n\f\r"))
            at = [name for name, _ in attrs].index("href")
            attrs = [*attrs[:at], ("href", "…"), *attrs[at + 1 :]]
        self.seen.append((tag, attrs))

    def handle_endtag(self, tag: str) -> None:
        self.seen.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        self.seen.append(data)

    def handle_comment(self, data: str) -> None:
        self.seen.append(("comment", data))


text = st.text(st.sampled_from("ab é<>&;=\"'/\n\t-!#"), max_size=8)
address = st.builds(
    "{}{}".format,
    st.sampled_from(["https://a.example/", "http://b.example/?c=1&d=", "mailto:", "/", "HTTPS://é.example"]),
    st.text(st.sampled_from("abé&=;#'\"/?<>"), max_size=6),
)
quoted = st.builds(lambda value, quote: f"{quote}{escape(value)}{quote}", address, st.sampled_from("\"'"))
attribute = st.builds(
    "{}{}={}{}".format,
    st.sampled_from([" ", "\n", " / ", "\t"]),
    st.sampled_from(["href", "HREF", "title", "data-href", "class"]),
    st.sampled_from(["", " ", "\n"]),
    quoted,
)
tag = st.builds(
    lambda name, attributes, end: f"<{name}{''.join(attributes)}{end}>",
    st.sampled_from(["a", "A", "area", "abbr", "p", "img"]),
    st.lists(attribute, max_size=4),
    st.sampled_from(["", " ", "/", "\n"]),
)
comment = text.filter(lambda inner: "-" not in inner and ">" not in inner).map("<!--{}-->".format)
html = st.lists(st.one_of(text, tag, comment, st.just("</a>"), st.just("<style>a</style>")), max_size=8).map("".join)


@given(html)
def test_a_parser_sees_the_same_with_other_targets(given_html: str) -> None:
    before = Read(given_html)
    found = tracked(given_html)
    after = Read(found.html)
    assert after.seen == before.seen
    assert [found.targets[int(target.removeprefix(OURS))] for target in after.targets] == before.targets


@given(html)
def test_replaced_targets_can_be_restored(given_html: str) -> None:
    """Nothing but values is taken out: the text between our addresses is unchanged."""
    place = 0
    for piece in re.split(re.escape(OURS) + r"\d+", tracked(given_html).html):
        found = given_html.find(piece, place)
        assert found >= 0
        place = found + len(piece)
