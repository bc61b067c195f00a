"""What customers do: signed as Shopify signs, and read by the adapter."""

from datetime import UTC, datetime
from decimal import Decimal

import httpx2
import pytest

from intake.door.incoming import IncomingEvent
from intake.webhooks.shop_adapter import UnverifiedDelivery
from intake.webhooks.shopify.adapter import SHOPIFY
from localstack.demo.actions import (
    cancels,
    delivered_twice,
    fills_cart,
    pays,
    pays_as_a_guest,
    sends_back,
    signs_up,
    signs_up_for_texts,
)
from localstack.demo.demo_shop import DeliveryFailed, DemoShop
from localstack.demo.steps import DemoCustomer
from retention_client.events import CartChanged, ConsentChanged, OrderPaid, OrderRefunded, Visited
from tests.localstack.demo.deliveries import SECRET, delivered, events_of

NOW = datetime(2027, 3, 1, 10, 30, tzinfo=UTC)
ADA = DemoCustomer("Ada Adams", "ada@example.com", 7064055069399, "buys", (), phone="+447700900143")


async def test_deliveries_are_verified_by_the_secret_and_by_no_other() -> None:
    for delivery in await delivered(pays("536365")(ADA, NOW)):
        SHOPIFY.verify(delivery, ["an older one", SECRET], NOW)
        with pytest.raises(UnverifiedDelivery):
            SHOPIFY.verify(delivery, ["an older one"], NOW)


async def test_an_order_has_its_amounts_and_the_customers_own_time() -> None:
    (paid,) = await events_of(pays("536403")(ADA, NOW), ADA)
    assert isinstance(paid, OrderPaid)
    assert (paid.customer_email, paid.name, paid.occurred_at) == (ADA.email, ADA.name, NOW)
    assert (paid.order.total, paid.order.shipping_country) == (Decimal("192.60"), "NL")
    assert [(item.sku, item.quantity) for item in paid.order.items] == [("22867", 96)]


async def test_an_order_names_the_cart_that_it_paid_for() -> None:
    (cart,) = await events_of(fills_cart("536365")(ADA, NOW), ADA)
    (paid,) = await events_of(pays("536365")(ADA, NOW), ADA)
    assert isinstance(cart, CartChanged)
    assert isinstance(paid, OrderPaid)
    assert cart.cart.cart_id == paid.order.cart_id
    assert len(cart.cart.items) == 7


async def test_consent_at_sign_up_is_an_event_of_its_own() -> None:
    account, mails = await events_of(signs_up()(ADA, NOW), ADA)
    assert isinstance(account, Visited)
    assert (account.name, account.phone, account.consent) == (ADA.name, ADA.phone, None)
    assert isinstance(mails, ConsentChanged)
    assert (mails.channel, mails.granted) == ("email", True)


async def test_consent_to_text_messages_comes_first_and_names_no_address() -> None:
    texts, *_ = await delivered(signs_up_for_texts()(ADA, NOW))
    (incoming,) = SHOPIFY.read(texts)
    assert isinstance(incoming, IncomingEvent)
    assert "customer_email" not in incoming.event
    assert (incoming.event["channel"], incoming.event["granted"]) == ("sms", True)


async def test_a_guest_agrees_to_mails_at_the_checkout() -> None:
    paid, mails = await events_of(pays_as_a_guest("536403")(ADA, NOW), ADA)
    assert isinstance(paid, OrderPaid)
    assert isinstance(mails, ConsentChanged)


async def test_refunds_name_the_order_that_was_paid() -> None:
    (paid,) = await events_of(pays("536397")(ADA, NOW), ADA)
    (refund,) = await events_of(sends_back("536397", "C536826")(ADA, NOW), ADA)
    (cancelled,) = await events_of(cancels("536397")(ADA, NOW), ADA)
    assert isinstance(paid, OrderPaid)
    assert isinstance(refund, OrderRefunded)
    assert isinstance(cancelled, OrderRefunded)
    assert paid.order.order_id == refund.order_id == cancelled.order_id
    assert (refund.amount, refund.cancelled, cancelled.cancelled) == (Decimal("23.25"), False, True)


async def test_a_repeated_delivery_is_identical() -> None:
    first, second = await delivered(delivered_twice(pays("536365"))(ADA, NOW))
    assert (first.body, first.headers) == (second.body, second.headers)


async def test_a_rejected_delivery_fails_the_step() -> None:
    with pytest.raises(DeliveryFailed, match="the gateway answered 503 to orders/paid"):
        await delivered(pays("536365")(ADA, NOW), answer=503)


async def test_a_gateway_that_is_away_fails_the_step() -> None:
    async with httpx2.AsyncClient(trust_env=False) as http:
        with pytest.raises(DeliveryFailed, match="the gateway does not answer to orders/paid"):
            await DemoShop(http, "http://127.0.0.1:1", SECRET).deliver(pays("536365")(ADA, NOW))
