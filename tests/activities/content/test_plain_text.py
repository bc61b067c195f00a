"""Plain text made from HTML."""

import pytest

from activities.content import filters
from activities.content.plain_text import plain_text
from activities.content.templates import SandboxedTemplates

LINES = [
    {
        "name": "Skillet",
        "amount": 199,
        "url": "https://shop.example/skillet",
        "image_url": "https://shop.example/a.png",
    },
    {"name": "Teapot & lid", "amount": 69, "quantity": 2, "url": None, "image_url": None},
]


def rendered(source: str) -> str:
    known = {
        "customer": {"locale": None, "time_zone": None},
        "shop": {"currency": "USD", "locale": "en-US", "url": "https://shop.example"},
        "language": "en",
        "lines": LINES,
    }
    return plain_text(SandboxedTemplates(filters.HTML, html=True).render("body", source, known, 100_000))


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            '<p>Read <a href="https://a.example/b?c=1&amp;d=2">this</a> now.</p>',
            "Read this (https://a.example/b?c=1&d=2) now.",
        ),
        ('<p><a href="https://a.example">https://a.example</a></p>', "https://a.example"),
        ('<p><a href="mailto:us@a.example">Write</a></p>', "Write (us@a.example)"),
        ("<p><a>Nowhere</a></p>", "Nowhere"),
        ("<ul><li>One</li><li>Two</li></ul>", "  * One\n  * Two"),
        ("<p>a &lt; b &amp; c</p>", "a < b & c"),
        ('<p>x</p><p><img src="https://a.example/x.png" alt="A picture"></p><p>y</p>', "x\n\ny"),
    ],
)
def test_text_links_and_lists(html: str, text: str) -> None:
    assert plain_text(html) == text


def test_a_button_shows_its_target() -> None:
    assert rendered('{{ shop.url|button("Back to the shop") }}') == "Back to the shop: https://shop.example"


def test_a_table_of_lines_is_in_columns() -> None:
    assert rendered("{{ lines|line_items(268) }}").splitlines() == [
        "  Skillet           $199.00",
        "  Teapot & lid × 2  $69.00",
        "  Total             $268.00",
    ]
