"""A delivery needs a recent signature by one of the secrets."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.webhooks.shop_adapter import UnverifiedDelivery, WebhookDelivery
from intake.webhooks.shops import SHOPS
from tests.intake.webhooks.signing import NOW, SECRETS, SIGNATURES, signed, with_signature

BODY = '{"name": "Zoë"}'.encode()
every_shop = pytest.mark.parametrize("shop", list(SHOPS))
timed_shop = pytest.mark.parametrize("shop", ["stripe", "standard"])


def refused(shop: str, delivery: WebhookDelivery, secrets: tuple[str, ...] | None = None) -> str:
    """Why the delivery is not verified."""
    with pytest.raises(UnverifiedDelivery) as error:
        SHOPS[shop].verify(delivery, SECRETS[shop] if secrets is None else secrets, NOW)
    assert not any(secret in str(error.value) for secret in SECRETS[shop])
    return str(error.value)


@every_shop
class TestEveryShop:
    @pytest.mark.parametrize("age", [0, 1])
    def test_both_the_new_and_the_old_secret_are_accepted(self, shop: str, age: int) -> None:
        SHOPS[shop].verify(signed(shop, BODY, SECRETS[shop][age]), SECRETS[shop], NOW)

    def test_a_removed_secret_is_rejected(self, shop: str) -> None:
        delivery = signed(shop, BODY, SECRETS[shop][1])
        assert refused(shop, delivery, SECRETS[shop][:1]) == "the signature does not match any of the secrets"

    def test_without_secrets_every_signature_is_rejected(self, shop: str) -> None:
        refused(shop, signed(shop, BODY, SECRETS[shop][0]), ())

    def test_an_empty_secret_is_ignored(self, shop: str) -> None:
        refused(shop, signed(shop, BODY, ""), ("", *SECRETS[shop]))

    @pytest.mark.parametrize("body", [BODY[:-1], BODY + b" ", b"", BODY.replace(b" ", b"")])
    def test_another_body_is_rejected(self, shop: str, body: bytes) -> None:
        refused(shop, replace(signed(shop, BODY, SECRETS[shop][0]), body=body))

    def test_bytes_that_are_not_text_are_rejected(self, shop: str) -> None:
        refused(shop, replace(signed(shop, BODY, SECRETS[shop][0]), body=b"\xff\xfe"))

    @pytest.mark.parametrize(
        "signature", [None, "", " ", "=", "é", "\ud800", "v1", "v1,", "v1,é", "t=,v1=", "A" * 9999]
    )
    def test_a_missing_or_malformed_signature_is_rejected(self, shop: str, signature: str | None) -> None:
        refused(shop, with_signature(shop, signed(shop, BODY, SECRETS[shop][0]), signature))

    def test_a_truncated_signature_is_rejected(self, shop: str) -> None:
        delivery = signed(shop, BODY, SECRETS[shop][0])
        refused(shop, with_signature(shop, delivery, delivery.headers[SIGNATURES[shop]][:-1]))

    @settings(deadline=None)
    @given(
        body=st.binary(max_size=50),
        signature=st.text(max_size=50),
        others=st.dictionaries(
            st.sampled_from(["webhook-id", "webhook-timestamp"]), st.text() | st.just(str(int(NOW.timestamp())))
        ),
    )
    def test_arbitrary_input_is_rejected(self, shop: str, body: bytes, signature: str, others: dict[str, str]) -> None:
        refused(shop, WebhookDelivery(body, {**others, SIGNATURES[shop]: signature}))


@timed_shop
class TestTime:
    @pytest.mark.parametrize("seconds", [-300, -1, 0, 300])
    def test_five_minutes_either_way_are_accepted(self, shop: str, seconds: int) -> None:
        delivery = signed(shop, BODY, SECRETS[shop][0], NOW + timedelta(seconds=seconds))
        SHOPS[shop].verify(delivery, SECRETS[shop], NOW)

    @pytest.mark.parametrize("seconds", [-301, 301, 10**9])
    def test_a_longer_difference_is_rejected(self, shop: str, seconds: int) -> None:
        delivery = signed(shop, BODY, SECRETS[shop][0], NOW + timedelta(seconds=seconds))
        assert refused(shop, delivery) == "the signature is more than 300 seconds away from now"

    @pytest.mark.parametrize("seconds", ["", "soon", "-1", "1e9", "NaN", "1795342500.5", "１", "9" * 12, "9" * 5000])
    def test_an_invalid_time_is_rejected(self, shop: str, seconds: str) -> None:
        delivery = signed(shop, BODY, SECRETS[shop][0])
        spoilt = {name: value.replace(str(int(NOW.timestamp())), seconds) for name, value in delivery.headers.items()}
        assert "seconds" in refused(shop, replace(delivery, headers=spoilt))


class TestStripe:
    def test_one_good_signature_among_several_is_enough(self) -> None:
        delivery = signed("stripe", BODY, SECRETS["stripe"][0])
        seconds, good = delivery.headers["stripe-signature"].split(",")
        both = f"{seconds}, v1={'0' * 64}, {good}, v0=old"
        SHOPS["stripe"].verify(with_signature("stripe", delivery, both), SECRETS["stripe"], NOW)

    def test_a_signature_of_another_scheme_is_rejected(self) -> None:
        delivery = signed("stripe", BODY, SECRETS["stripe"][0])
        other = delivery.headers["stripe-signature"].replace("v1=", "v0=")
        refused("stripe", with_signature("stripe", delivery, other))

    @pytest.mark.parametrize("header", ["t=1,{}", "{},t=1"])
    def test_two_times_are_rejected(self, header: str) -> None:
        delivery = signed("stripe", BODY, SECRETS["stripe"][0])
        both = header.format(delivery.headers["stripe-signature"])
        refused("stripe", with_signature("stripe", delivery, both))


class TestStandard:
    def test_one_good_signature_among_several_is_enough(self) -> None:
        delivery = signed("standard", BODY, SECRETS["standard"][0])
        several = f"v1,bm8= v1a,bm8= nonsense {delivery.headers['webhook-signature']}"
        SHOPS["standard"].verify(with_signature("standard", delivery, several), SECRETS["standard"], NOW)

    def test_an_invalid_secret_does_not_disable_the_others(self) -> None:
        delivery = signed("standard", BODY, SECRETS["standard"][0])
        SHOPS["standard"].verify(delivery, ("whsec_a", "whsec_", *SECRETS["standard"]), NOW)

    @pytest.mark.parametrize("id_", ["", "msg_2", "é", "\ud800"])
    def test_another_id_is_rejected(self, id_: str) -> None:
        delivery = signed("standard", BODY, SECRETS["standard"][0])
        refused("standard", replace(delivery, headers={**delivery.headers, "webhook-id": id_}))


class TestShopify:
    def test_the_header_is_read_with_and_without_its_prefix(self) -> None:
        delivery = signed("shopify", BODY, SECRETS["shopify"][0])
        newer = {name.removeprefix("x-"): value for name, value in delivery.headers.items()}
        SHOPS["shopify"].verify(replace(delivery, headers=newer), SECRETS["shopify"], NOW)


class TestPing:
    @pytest.mark.parametrize(
        ("body", "is_ping"),
        [(b"webhook_id=1", True), (b"webhook_id=", False), (b"webhook_id=1&a=b", False), (b"{}", False), (b"", False)],
    )
    def test_a_ping_is_recognised(self, body: bytes, is_ping: bool) -> None:
        assert SHOPS["woocommerce"].is_ping(WebhookDelivery(body)) is is_ping

    def test_a_signed_delivery_is_not_a_ping(self) -> None:
        assert not SHOPS["woocommerce"].is_ping(signed("woocommerce", b"webhook_id=1", "hush"))

    @pytest.mark.parametrize("shop", ["shopify", "stripe", "standard"])
    def test_no_other_shop_sends_pings(self, shop: str) -> None:
        assert not SHOPS[shop].is_ping(WebhookDelivery(b"webhook_id=1"))
