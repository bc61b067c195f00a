"""The variables that a prompt may use, checked when its campaign is saved."""

from dataclasses import replace

import pytest

from activities.content.templates import TemplateError
from activities.writing.prompt_check import check_prompt
from tests.activities.writing.study import ROW


@pytest.mark.parametrize(
    ("trigger", "prompt", "reason"),
    [
        ("ORDER_PAID", "For {{ customer.first_name }}", "'customer' is undefined"),
        ("ORDER_PAID", "About {{ order.order_id }}", "'order' is undefined"),
        ("CART_ABANDONED", "About {{ cart.value }}", "'cart' is undefined"),
        ("ORDER_PAID", "About {{ event.name }}", "'event' is undefined"),
        ("ORDER_PAID", "They are {{ state }}", "'state' is undefined"),
        ("ORDER_PAID", "It cost {{ product.unit_price }}", "'dict object' has no attribute 'unit_price'"),
        ("ORDER_PAID", "{{ product.name", "unexpected end of template"),
        ("CUSTOM:shipped", "About {{ product.name }}", "its trigger has no products to write about"),
    ],
)
def test_a_prompt_with_unknown_variables_is_rejected_when_saved(trigger: str, prompt: str, reason: str) -> None:
    row = replace(ROW, trigger_event=trigger, wording=replace(ROW.wording, prompt=prompt))
    with pytest.raises(TemplateError, match="guide, step 1: prompt") as caught:
        check_prompt(row)
    assert reason in str(caught.value)


@pytest.mark.parametrize("trigger", ["ORDER_PAID", "CART_ABANDONED", "ENTERED_STATE_VIP"])
def test_a_prompt_about_products_may_be_saved(trigger: str) -> None:
    prompt = "{{ product.name }} {{ product.category or 'a thing' }} {{ shop.name }} {{ step }}"
    check_prompt(replace(ROW, trigger_event=trigger, wording=replace(ROW.wording, prompt=prompt)))
