"""Letters as they go out: who writes them, what stands in them, what is refused."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import policy
from email.parser import BytesParser
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.content.letter import Letter, RenderedEmail, RenderedText, Shop
from activities.content.renderer import Renderer
from activities.content.sample import ADA, ORDER, SHOP
from activities.content.templates import TemplateError
from activities.content.written import Section
from lifecycle.campaigns import Purpose
from lifecycle.wording import Wording

NOW = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
WORDING = Wording(
    body='<p>Never soak the <a href="{{ product.url }}">{{ product.name }}</a>.</p>',
    subject="Your {{ product.name }}",
    preheader="For {{ customer.first_name }} & co",
)
LETTER = Letter(
    key="ab" * 32,
    slug="care-guide",
    step=1,
    channel="EMAIL",
    purpose=Purpose.MARKETING,
    wording=WORDING,
    reader=ADA,
    context={"order": ORDER},
    products=("SKILLET", "TEAPOT"),
)


async def parts(letter: Letter, shop: Shop = SHOP, written: tuple[Section, ...] = ()) -> tuple[str, str]:
    """The text part and the HTML part."""
    rendered = Renderer(shop).render(letter, NOW, written)
    assert isinstance(rendered, RenderedEmail)
    parsed = BytesParser(policy=policy.default).parsebytes(rendered.content)
    text, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()


async def test_both_parts_say_the_same() -> None:
    text, html = await parts(LETTER)
    assert text.startswith("Never soak the Cast Iron Skillet (https://shop.example/skillet).")
    assert re.search('<a href="https://shop.example/skillet" style="[^"]*">Cast Iron Skillet</a>', html)
    assert "For Ada &amp; co" in html


async def test_marketing_carries_address_and_a_way_out() -> None:
    text, html = await parts(LETTER)
    for part in (text, html):
        assert "12 Foundry Lane" in part
        assert "https://shop.example/u/" in part


async def test_transactional_mail_has_no_way_out() -> None:
    text, html = await parts(replace(LETTER, purpose=Purpose.TRANSACTIONAL))
    for part in (text, html):
        assert "12 Foundry Lane" in part
        assert "/u/" not in part


async def test_an_html_part_is_tracked_where_the_shop_wants_it() -> None:
    plain = await parts(LETTER)
    rendered = Renderer(replace(SHOP, tracking=True)).render(LETTER, NOW)
    text, html = await parts(LETTER, replace(SHOP, tracking=True))

    assert text == plain[0]
    assert isinstance(rendered, RenderedEmail)
    assert rendered.links == ("https://shop.example", "https://shop.example/skillet")
    link = f"https://shop.example/c/{SHOP.link_tokens.click(LETTER.key, 1)}"
    assert f'<a href="{link}"' in html
    assert f'<a href="https://shop.example/u/{SHOP.link_tokens.unsubscribe(LETTER.key)}"' in html
    picture = f'src="https://shop.example/o/{SHOP.link_tokens.open(LETTER.key)}"'
    assert html.index(picture) > html.rindex("</table>")


async def test_else_nothing_leads_by_way_of_us() -> None:
    rendered = Renderer(SHOP).render(LETTER, NOW)
    _, html = await parts(LETTER)
    assert isinstance(rendered, RenderedEmail)
    assert rendered.links == ()
    assert "/c/" not in html
    assert "/o/" not in html


async def test_what_customers_and_products_are_called_is_never_markup() -> None:
    items = [{**ORDER["items"][0], "name": "<script>alert(1)</script>"}]
    _, html = await parts(replace(LETTER, context={"order": {**ORDER, "items": items}}))
    assert "<script" not in html
    assert "&lt;script&gt;" in html


async def test_products_are_those_the_message_is_about() -> None:
    wording = replace(WORDING, body="{{ products|map(attribute='name')|join(', ') }}", subject="x")
    text, _ = await parts(replace(LETTER, wording=wording, products=("TEAPOT",)))
    assert text.splitlines()[0] == "Stoneware Teapot"
    text, _ = await parts(replace(LETTER, wording=wording, products=()))
    assert text.splitlines()[0] == "Cast Iron Skillet, Stoneware Teapot"


async def test_what_was_written_takes_the_place_of_the_body() -> None:
    sections = (
        Section(ORDER["items"][0], "Your skillet", ("Keep it <dry>.", "That is all.")),
        Section({"sku": "TEAPOT"}, "Your teapot", ("Warm it first.",), ("No soap.", "No haste.")),
    )

    text, html = await parts(LETTER, written=sections)

    assert ">Keep it &lt;dry&gt;.</p>" in html
    assert html.count('class="picture"') == 1
    assert html.index("Your skillet") < html.index("skillet.png") < html.index("Keep it")
    assert html.index("Your skillet") < html.index("Your teapot") < html.index(">No haste.</li>")
    assert text.splitlines()[0] == "Your skillet"
    assert "Never soak" not in text


async def test_styles_stand_in_the_tags_and_in_the_head() -> None:
    _, html = await parts(LETTER, replace(SHOP, color="#0055aa"))
    assert re.search(r'<p style="margin: 0 0 16px;">Never soak', html)
    assert re.search(r'<a href="https://shop.example/skillet" style="color: #0055aa;">', html)
    head = html.partition("</head>")[0]
    for rule in (
        "@media (max-width: 620px)",
        "@media (prefers-color-scheme: dark)",
        "[data-ogsc] .body",
        "[data-ogsb] .card",
    ):
        assert rule in head


async def test_a_logo_takes_the_place_of_the_name() -> None:
    _, html = await parts(LETTER, replace(SHOP, logo_url="https://shop.example/logo.png"))
    [logo] = re.findall(r'<img class="logo"[^>]*>', html)
    assert 'src="https://shop.example/logo.png"' in logo
    assert 'alt="Cast &amp; Iron"' in logo
    assert "logo.png" not in (await parts(LETTER))[1]


@pytest.mark.parametrize(
    ("language", "shop_locale", "tag", "direction", "unsubscribe"),
    [
        (None, "en-US", "en-US", "ltr", "Unsubscribe"),
        (None, "de-DE", "de-DE", "ltr", "Abmelden"),
        ("de", "en-US", "de", "ltr", "Abmelden"),
        ("ar", "en-US", "ar", "rtl", "إلغاء الاشتراك"),
        ("sv", "de-DE", "sv", "ltr", "Unsubscribe"),
    ],
)
async def test_the_frame_speaks_the_language_of_the_words(
    language: str | None, shop_locale: str, tag: str, direction: str, unsubscribe: str
) -> None:
    text, html = await parts(replace(LETTER, language=language), replace(SHOP, locale=shop_locale))
    assert f'<html lang="{tag}" dir="{direction}"' in html
    assert f'aria-roledescription="email" lang="{tag}" dir="{direction}">' in html
    assert f"text-align: {'right' if direction == 'rtl' else 'left'};" in html
    assert f">{unsubscribe}</a>" in html
    assert f"{unsubscribe}: https://shop.example/u/" in text


async def test_the_preheader_comes_first_and_is_not_seen() -> None:
    _, html = await parts(LETTER)
    body = html.partition("<body")[2]
    assert re.match(r'[^>]*>\s*<div class="preheader" style="display: none;[^"]*">For Ada &amp; co', body)


async def test_a_body_that_closes_too_much_closes_nothing_of_ours() -> None:
    wording = replace(WORDING, body="</td></tr></table></body></html><p>Still here")
    text, html = await parts(replace(LETTER, wording=wording))
    assert html.count("</body>") == 1
    assert html.index("Still here") < html.index("12 Foundry Lane") < html.index("</body>")
    assert text.startswith("Still here")


class Tags(HTMLParser):
    """Every tag of a message with the names of its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, ...]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, *(name for name, _ in attributes)))


NAMES = st.text(max_size=60) | st.sampled_from(
    [
        "</td></tr></table>",
        '"><img src=x onerror=alert(1)>',
        "{{ 7 * 7 }}",
        "{% include 'x' %}",
        "<!--",
        "&lt;b&gt;",
        "</style><script>",
    ]
)


@given(name=NAMES, product=NAMES)
@settings(deadline=None)
async def test_no_name_breaks_the_layout_or_escapes(name: str, product: str) -> None:
    body = "<h1>Hello {{ customer.name }}</h1>{{ order.items|line_items(order.total) }}{{ order.items[0]|picture }}"
    wording = replace(WORDING, subject="Your order", preheader="For {{ product.name }}", body=body)
    items = [{**ORDER["items"][0], "name": product}]
    letter = replace(LETTER, wording=wording, context={"order": {**ORDER, "items": items}}, products=())
    plain = replace(letter, context={"order": {**ORDER, "items": ORDER["items"][:1]}})

    _, html = await parts(replace(letter, reader=replace(ADA, name=name)))

    assert Tags(html).found == Tags((await parts(plain))[1]).found


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"subject": "{{ order.order_id }}\nBcc: eve@evil.example"}, "subject: .* control characters"),
        ({"subject": "{% if not order %}x{% endif %}"}, "subject: is empty"),
        ({"subject": "{% for i in range(100) %}1234567890{% endfor %}"}, "subject: is longer than 998 characters"),
        ({"body": "<p>x</p><script>alert(1)</script>"}, "body: <script> has no place in a message"),
        ({"body": "<div>" * 10_000}, "body: more than 5000 tags"),
        ({"preheader": "{{ nobody }}"}, "preheader, line 1: 'nobody' is undefined"),
        ({"body": "{% for i in range(100) %}" + "a" * 3_000 + "{% endfor %}"}, "body: is longer than 256000"),
    ],
)
async def test_what_is_refused(change: dict[str, Any], told: str) -> None:
    with pytest.raises(TemplateError, match=told):
        await parts(replace(LETTER, wording=replace(WORDING, **change)))


@pytest.mark.parametrize(
    ("body", "text", "parts"),
    [("Hello {{ customer.first_name }} & co", "Hello Ada & co", 1), ("👋" * 40, "👋" * 40, 2)],
)
async def test_a_text_message(body: str, text: str, parts: int) -> None:
    letter = replace(LETTER, channel="SMS", wording=Wording(body))
    assert Renderer(SHOP).render(letter, NOW) == RenderedText(text, parts)


@pytest.mark.parametrize("body", ["👋" * 300, "{% if not order %}x{% endif %}"])
async def test_a_text_message_is_short_and_not_empty(body: str) -> None:
    with pytest.raises(TemplateError, match="text messages, at most 6"):
        Renderer(SHOP).render(replace(LETTER, channel="SMS", wording=Wording(body)), NOW)
