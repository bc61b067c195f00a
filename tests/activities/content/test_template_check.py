"""A campaign is rendered for sample customers before it is saved."""

from dataclasses import replace

import pytest

from activities.content.template_check import check_template
from activities.content.templates import TemplateError
from lifecycle.campaign_file import CampaignRow
from lifecycle.campaigns import Purpose
from lifecycle.wording import Translation, Variant, Wording

ROW = CampaignRow(
    slug="shipped",
    step=2,
    name="Shipped",
    trigger_event="CUSTOM:shipped",
    channel="EMAIL",
    purpose=Purpose.TRANSACTIONAL,
    wording=Wording("<p>Hello</p>", "Hello"),
)


@pytest.mark.parametrize(
    ("trigger", "body"),
    [
        ("ORDER_PAID", "{{ order.order_id }}{{ product.name }}"),
        ("CART_ABANDONED", "{{ cart.value|money }}"),
        ("ENTERED_STATE_AT_RISK", "{% if order %}{{ order.order_id }}{% endif %}{{ state }}"),
        ("CUSTOM:shipped", "{{ event.tracking_url|button('Follow it') }}{{ event.arrives|date }}{{ event.fee|money }}"),
    ],
)
async def test_variables_of_the_trigger_may_be_used(trigger: str, body: str) -> None:
    check_template(replace(ROW, trigger_event=trigger, wording=Wording(body, "Hello")))


@pytest.mark.parametrize(
    ("trigger", "body", "expected"),
    [
        ("ORDER_PAID", "{{ cart.value|money }}", "shipped, step 2: body, line 1: 'None' has no attribute 'value'"),
        ("ENTERED_STATE_VIP", "\n{{ order.total|money }}", "shipped, step 2: body, line 2: 'None' has no attribute"),
        ("ORDER_PAID", "{{ customer.surname }}", "shipped, step 2: body, line 1: 'dict object' has no attribute"),
        ("CART_ABANDONED", "{{ cart.url|urlencode }}{{ 1 / cart.items[1].quantity }}", "shipped, step 2: body"),
    ],
)
async def test_variables_that_may_be_missing_are_errors(trigger: str, body: str, expected: str) -> None:
    """The last two samples: a customer of whom as little as possible is known."""
    with pytest.raises(TemplateError) as caught:
        check_template(replace(ROW, trigger_event=trigger, wording=Wording(body, "Hello")))
    assert str(caught.value).startswith(expected)


GERMAN = {"de": Translation(body="{{ nichts }}")}


@pytest.mark.parametrize(
    ("wording", "expected"),
    [
        (Wording("<p>Hello</p>", "Hello", locales=GERMAN), "shipped, step 2, de: body, line 1: 'nichts' is undefined"),
        (
            Wording("<p>Hello</p>", "Hello", variants=(Variant("A"), Variant("B", subject="{{ nobody }}"))),
            "shipped, step 2, variant B: subject, line 1: 'nobody' is undefined",
        ),
        (
            Wording("<p>Hello</p>", "Hello", variants=(Variant("A"), Variant("B", locales=GERMAN))),
            "shipped, step 2, de, variant B: body, line 1: 'nichts' is undefined",
        ),
        (
            Wording("<p>Hello</p>", "Hello", locales={"de": Translation(preheader="{{ nobody }}")}),
            "shipped, step 2, de: preheader, line 1: 'nobody' is undefined",
        ),
    ],
)
async def test_every_language_and_variant_is_checked(wording: Wording, expected: str) -> None:
    with pytest.raises(TemplateError) as caught:
        check_template(replace(ROW, wording=wording))
    assert str(caught.value) == expected


CODE = Wording("<p>{{ coupon.code }}</p>", "Hello")
ASKED_FIRST = Wording("{% if coupon %}{{ coupon.code }}{% else %}<p>Hello</p>{% endif %}", "Hello")


@pytest.mark.parametrize(
    ("wording", "pool", "fallback"),
    [(CODE, "spring", "SPRING"), (ASKED_FIRST, "spring", None), (ASKED_FIRST, None, None)],
)
async def test_a_coupon_may_be_used_if_there_always_is_one(
    wording: Wording, pool: str | None, fallback: str | None
) -> None:
    check_template(replace(ROW, wording=wording, coupon_pool=pool, coupon_fallback=fallback))


@pytest.mark.parametrize("pool", ["spring", None])
async def test_a_coupon_must_be_tested_for_if_there_may_be_none(pool: str | None) -> None:
    with pytest.raises(TemplateError, match="'None' has no attribute 'code'"):
        check_template(replace(ROW, wording=CODE, coupon_pool=pool))
