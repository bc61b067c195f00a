"""Telephone numbers and time zones."""

import pytest

from activities.delivery.recipient import ONLY_ZONE, e164


@pytest.mark.parametrize(
    ("given", "country", "number"),
    [
        ("+44 7400 123456", None, "+447400123456"),
        ("07400 123456", "GB", "+447400123456"),
        ("07400 123456", None, None),
        ("(212) 555-0123", "US", "+12125550123"),
        ("12", "GB", None),
        ("call me", "GB", None),
        ("", "GB", None),
        (None, None, None),
    ],
)
def test_a_number_is_converted_to_e164(given: str | None, country: str | None, number: str | None) -> None:
    assert e164(given, country) == number


def test_a_country_with_several_zones_gives_no_time_zone() -> None:
    assert ONLY_ZONE["GB"] == "Europe/London"
    assert "US" not in ONLY_ZONE
