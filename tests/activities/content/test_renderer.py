"""Rendered messages: sender, content, and what is rejected."""

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

from activities.content.message_draft import MessageDraft, ShopDetails
from activities.content.product_section import ProductSection
from activities.content.rendered import RenderedEmail, RenderedSms
from activities.content.renderer import Renderer
from activities.content.sample import ADA, ORDER, SHOP
from activities.content.templates import TemplateError
from lifecycle.campaigns import Purpose
from lifecycle.wording import Wording

NOW = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
WORDING = Wording(
    body='<p>Never soak the <a href="{{ product.url }}">{{ product.name }}</a>.</p>',
    subject="Your {{ product.name }}",
    preheader="For {{ customer.first_name }} & co",
)
DRAFT = MessageDraft(
    key="ab" * 32,
    slug="care-guide",
    step=1,
    channel="EMAIL",
    purpose=Purpose.MARKETING,
    wording=WORDING,
    recipient=ADA,
    context={"order": ORDER},
    products=("SKILLET", "TEAPOT"),
)


async def parts(
    draft: MessageDraft, shop: ShopDetails = SHOP, sections: tuple[ProductSection, ...] = ()
) -> tuple[str, str]:
    """The text part and the HTML part."""
    rendered = Renderer(shop).render(draft, NOW, sections)
    assert isinstance(rendered, RenderedEmail)
    parsed = BytesParser(policy=policy.default).parsebytes(rendered.content)
    text, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()


async def test_both_parts_have_the_same_text() -> None:
    text, html = await parts(DRAFT)
    assert text.startswith("Never soak the Cast Iron Skillet (https://shop.example/skillet).")
    assert re.search('<a href="https://shop.example/skillet" style="[^"]*">Cast Iron Skillet</a>', html)
    assert "For Ada &amp; co" in html


async def test_marketing_has_the_postal_address_and_an_unsubscribe_link() -> None:
    text, html = await parts(DRAFT)
    for part in (text, html):
        assert "12 Foundry Lane" in part
        assert "https://shop.example/u/" in part


async def test_a_transactional_email_has_no_unsubscribe_link() -> None:
    text, html = await parts(replace(DRAFT, purpose=Purpose.TRANSACTIONAL))
    for part in (text, html):
        assert "12 Foundry Lane" in part
        assert "/u/" not in part


async def test_links_of_the_html_part_are_tracked_if_tracking_is_on() -> None:
    plain = await parts(DRAFT)
    rendered = Renderer(replace(SHOP, tracking=True)).render(DRAFT, NOW)
    text, html = await parts(DRAFT, replace(SHOP, tracking=True))

    assert text == plain[0]
    assert isinstance(rendered, RenderedEmail)
    assert rendered.links == ("https://shop.example", "https://shop.example/skillet")
    link = f"https://shop.example/c/{SHOP.link_tokens.click(DRAFT.key, 1)}"
    assert f'<a href="{link}"' in html
    assert f'<a href="https://shop.example/u/{SHOP.link_tokens.unsubscribe(DRAFT.key)}"' in html
    picture = f'src="https://shop.example/o/{SHOP.link_tokens.open(DRAFT.key)}"'
    assert html.index(picture) > html.rindex("</table>")


async def test_without_tracking_no_link_is_replaced() -> None:
    rendered = Renderer(SHOP).render(DRAFT, NOW)
    _, html = await parts(DRAFT)
    assert isinstance(rendered, RenderedEmail)
    assert rendered.links == ()
    assert "/c/" not in html
    assert "/o/" not in html


async def test_names_of_customers_and_products_are_escaped() -> None:
    items = [{**ORDER["items"][0], "name": "<script>alert(1)</script>"}]
    _, html = await parts(replace(DRAFT, context={"order": {**ORDER, "items": items}}))
    assert "<script" not in html
    assert "&lt;script&gt;" in html


async def test_the_products_are_those_that_the_message_is_about() -> None:
    wording = replace(WORDING, body="{{ products|map(attribute='name')|join(', ') }}", subject="x")
    text, _ = await parts(replace(DRAFT, wording=wording, products=("TEAPOT",)))
    assert text.splitlines()[0] == "Stoneware Teapot"
    text, _ = await parts(replace(DRAFT, wording=wording, products=()))
    assert text.splitlines()[0] == "Cast Iron Skillet, Stoneware Teapot"


async def test_generated_sections_replace_the_body() -> None:
    sections = (
        ProductSection(ORDER["items"][0], "Your skillet", ("Keep it <dry>.", "That is all.")),
        ProductSection({"sku": "TEAPOT"}, "Your teapot", ("Warm it first.",), ("No soap.", "No haste.")),
    )

    text, html = await parts(DRAFT, sections=sections)

    assert ">Keep it &lt;dry&gt;.</p>" in html
    assert html.count('class="picture"') == 1
    assert html.index("Your skillet") < html.index("skillet.png") < html.index("Keep it")
    assert html.index("Your skillet") < html.index("Your teapot") < html.index(">No haste.</li>")
    assert text.splitlines()[0] == "Your skillet"
    assert "Never soak" not in text


async def test_styles_are_inlined_and_media_queries_stay_in_the_head() -> None:
    _, html = await parts(DRAFT, replace(SHOP, color="#0055aa"))
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


async def test_a_logo_replaces_the_name() -> None:
    _, html = await parts(DRAFT, replace(SHOP, logo_url="https://shop.example/logo.png"))
    [logo] = re.findall(r'<img class="logo"[^>]*>', html)
    assert 'src="https://shop.example/logo.png"' in logo
    assert 'alt="Cast &amp; Iron"' in logo
    assert "logo.png" not in (await parts(DRAFT))[1]


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
async def test_the_frame_is_in_the_language_of_the_body(
    language: str | None, shop_locale: str, tag: str, direction: str, unsubscribe: str
) -> None:
    text, html = await parts(replace(DRAFT, language=language), replace(SHOP, locale=shop_locale))
    assert f'<html lang="{tag}" dir="{direction}"' in html
    assert f'aria-roledescription="email" lang="{tag}" dir="{direction}">' in html
    assert f"text-align: {'right' if direction == 'rtl' else 'left'};" in html
    assert f">{unsubscribe}</a>" in html
    assert f"{unsubscribe}: https://shop.example/u/" in text


async def test_the_preheader_is_first_and_hidden() -> None:
    _, html = await parts(DRAFT)
    body = html.partition("<body")[2]
    assert re.match(r'[^>]*>\s*<div class="preheader" style="display: none;[^"]*">For Ada &amp; co', body)


async def test_stray_end_tags_of_a_body_do_not_close_the_frame() -> None:
    wording = replace(WORDING, body="</td></tr></table></body></html><p>Still here")
    text, html = await parts(replace(DRAFT, wording=wording))
    assert html.count("</body>") == 1
    assert html.index("Still here") < html.index("12 Foundry Lane") < html.index("</body>")
    assert text.startswith("Still here")


class TagsOfMessage(HTMLParser):
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
async def test_no_name_breaks_the_layout(name: str, product: str) -> None:
    body = "<h1>Hello {{ customer.name }}</h1>{{ order.items|line_items(order.total) }}{{ order.items[0]|picture }}"
    wording = replace(WORDING, subject="Your order", preheader="For {{ product.name }}", body=body)
    items = [{**ORDER["items"][0], "name": product}]
    draft = replace(DRAFT, wording=wording, context={"order": {**ORDER, "items": items}}, products=())
    plain = replace(draft, context={"order": {**ORDER, "items": ORDER["items"][:1]}})

    _, html = await parts(replace(draft, recipient=replace(ADA, name=name)))

    assert TagsOfMessage(html).found == TagsOfMessage((await parts(plain))[1]).found


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"subject": "{{ order.order_id }}\nBcc: eve@evil.example"}, "subject: .* control characters"),
        ({"subject": "{% if not order %}x{% endif %}"}, "subject: is empty"),
        ({"subject": "{% for i in range(100) %}1234567890{% endfor %}"}, "subject: is longer than 998 characters"),
        ({"body": "<p>x</p><script>alert(1)</script>"}, "body: <script> is not allowed in a message"),
        ({"body": "<div>" * 10_000}, "body: more than 5000 tags"),
        ({"preheader": "{{ nobody }}"}, "preheader, line 1: 'nobody' is undefined"),
        ({"body": "{% for i in range(100) %}" + "a" * 3_000 + "{% endfor %}"}, "body: is longer than 256000"),
    ],
)
async def test_invalid_wording_is_an_error(change: dict[str, Any], expected: str) -> None:
    with pytest.raises(TemplateError, match=expected):
        await parts(replace(DRAFT, wording=replace(WORDING, **change)))


@pytest.mark.parametrize(
    ("body", "text", "parts"),
    [("Hello {{ customer.first_name }} & co", "Hello Ada & co", 1), ("👋" * 40, "👋" * 40, 2)],
)
async def test_a_text_message_is_rendered_with_its_segments(body: str, text: str, parts: int) -> None:
    draft = replace(DRAFT, channel="SMS", wording=Wording(body))
    assert Renderer(SHOP).render(draft, NOW) == RenderedSms(text, parts)


@pytest.mark.parametrize("body", ["👋" * 300, "{% if not order %}x{% endif %}"])
async def test_a_text_message_must_not_be_empty_or_long(body: str) -> None:
    with pytest.raises(TemplateError, match="text messages, at most 6"):
        Renderer(SHOP).render(replace(DRAFT, channel="SMS", wording=Wording(body)), NOW)
