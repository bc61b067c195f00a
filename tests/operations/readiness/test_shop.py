"""The shop's details in messages."""

import pytest

from operations.readiness.finding import Light
from operations.readiness.shop import check_postal_address, check_sender
from settings import Settings
from tests.operations.readiness.conftest import development, real_shop

DEFAULT = Settings.model_fields["postal_address"].default


def test_the_postal_address_of_the_example_is_red_in_a_real_shop() -> None:
    assert check_postal_address(real_shop()).light is Light.GREEN
    assert check_postal_address(real_shop(postal_address=DEFAULT)).light is Light.RED
    assert check_postal_address(development()).light is Light.GREEN


@pytest.mark.parametrize("domain", ["shop.example", "example.com", "mail.example.org", "shop.test", "shop.local"])
def test_a_sender_at_an_examples_domain_is_red_in_a_real_shop(domain: str) -> None:
    assert check_sender(real_shop()).light is Light.GREEN
    assert check_sender(real_shop(email_from="hello@myexample.com")).light is Light.GREEN
    assert check_sender(development()).light is Light.GREEN
    settings = real_shop().model_copy(update={"email_from": f"Shop <hello@{domain}>"})
    assert check_sender(settings).light is Light.RED
