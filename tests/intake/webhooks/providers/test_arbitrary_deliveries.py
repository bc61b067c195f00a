"""Adapters read any delivery of a provider, or say why it is unreadable."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.webhooks.providers.adapter import ProviderAdapter, ProviderDelivery
from intake.webhooks.providers.all import PROVIDERS
from intake.webhooks.providers.resend import RESEND
from intake.webhooks.providers.ses import SES
from intake.webhooks.providers.twilio import TWILIO
from intake.webhooks.shop_adapter import UnreadableDelivery
from lifecycle.provider_events import ProviderEvent
from tests.intake.webhooks.providers.payloads import ADDRESS, sns, subscription, twilio
from tests.intake.webhooks.providers.signing import resend_call, twilio_call
from tests.intake.webhooks.providers.test_all import OF_RESEND, OF_SES
from tests.intake.webhooks.test_arbitrary_deliveries import anything, spoilt, texts
from tests.starter.gateway.customer_pages import NOW


def check(provider: ProviderAdapter, call: ProviderDelivery) -> None:
    """Check that the events can be stored, and that no reason repeats what was sent."""
    reason = ""
    try:
        events, address = provider.read(call), provider.confirmation(call)
    except UnreadableDelivery as error:
        events, address, reason = (), None, str(error)
    assert ADDRESS not in reason
    assert address is None or address.startswith("https://sns.")
    for event in events:
        sound(event)


def sound(event: ProviderEvent) -> None:
    assert event.event_id.isprintable()
    assert len(event.event_id) <= 190
    assert event.at.tzinfo is not None
    assert len(event.provider_message_id) <= 150
    assert event.detail is None or ("@" not in event.detail and len(event.detail) < 400)
    for text in (event.link, event.user_agent, event.detail):
        (text or "").encode()


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def of_amazon(value: Any) -> ProviderDelivery:
    return ProviderDelivery(as_json(sns(json.dumps(value), SignatureVersion="2", Signature="")), {}, NOW)


good: list[tuple[ProviderAdapter, Callable[[Any], ProviderDelivery], Any]] = [
    *((RESEND, resend_call, body) for body, _, _ in OF_RESEND),
    *((SES, of_amazon, body) for body, _, _ in OF_SES),
    (SES, lambda value: ProviderDelivery(as_json(value), {}, NOW), subscription(SignatureVersion="2", Signature="")),
]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(range(len(good))), st.data())
def test_a_changed_delivery(which: int, data: st.DataObject) -> None:
    provider, call_of, body = good[which]
    for _ in range(data.draw(st.integers(1, 3))):
        body = spoilt(body, data)
    check(provider, call_of(body))


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(twilio("sent", ErrorCode=""))), texts), st.text())
def test_a_changed_form(changed: dict[str, str], query: str) -> None:
    form = {**twilio("failed", ErrorCode="21610"), **changed}
    try:
        call = twilio_call(form, query=f"?{query}")
    except UnicodeEncodeError:
        return
    check(TWILIO, call)


@settings(deadline=None)
@given(st.sampled_from(PROVIDERS), st.binary() | anything.map(as_json), st.dictionaries(st.text(), st.text()))
def test_arbitrary_input(provider: ProviderAdapter, body: bytes, headers: dict[str, str]) -> None:
    check(provider, ProviderDelivery(body, headers, NOW, url="https://mail.shop.example/"))


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"\0", b"\xff", b"null", b"[]", b"5", b'"text"', b"{", b"{}", b'{"type": NaN}', b'{"type": "\\ud800"}'),
        *(b"[" * 100_000, b'{"Type":' * 100_000, b"&" * 100_000, b"=" * 1000, b"MessageStatus=sent&" * 1000),
    ],
    ids=lambda body: ascii(body)[:20],
)
def test_arbitrary_bodies_do_not_crash(provider: ProviderAdapter, body: bytes) -> None:
    check(provider, ProviderDelivery(body, {}, NOW))
