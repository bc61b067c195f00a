"""Deliveries signed as the shop systems sign them."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from intake.webhooks.shop_adapter import WebhookDelivery

NOW = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
SECRETS = {
    "shopify": ("hush", "hush-before"),
    "woocommerce": ("hush", "hush-before"),
    "stripe": ("whsec_hush", "whsec_before"),
    "standard": ("whsec_aHVzaC1odXNoLWh1c2g=", "whsec_YmVmb3JlLWJlZm9yZQ=="),
}
SIGNATURES = {
    "shopify": "x-shopify-hmac-sha256",
    "woocommerce": "x-wc-webhook-signature",
    "stripe": "stripe-signature",
    "standard": "webhook-signature",
}


def signed(shop: str, body: bytes, secret: str, at: datetime = NOW) -> WebhookDelivery:
    """A body with the headers that its sender adds."""
    return WebhookDelivery(body, _SIGN[shop](body, secret, str(int(at.timestamp()))))


def with_signature(shop: str, delivery: WebhookDelivery, signature: str | None) -> WebhookDelivery:
    """A delivery with another signature, or none."""
    headers = {name: value for name, value in delivery.headers.items() if name != SIGNATURES[shop]}
    return replace(delivery, headers=headers if signature is None else {**headers, SIGNATURES[shop]: signature})


def _digest(secret: bytes, text: bytes) -> bytes:
    return hmac.new(secret, text, hashlib.sha256).digest()


def _base64(header: str) -> Callable[[bytes, str, str], dict[str, str]]:
    return lambda body, secret, _: {header: base64.b64encode(_digest(secret.encode(), body)).decode()}


def _stripe(body: bytes, secret: str, seconds: str) -> dict[str, str]:
    return {"stripe-signature": f"t={seconds},v1={_digest(secret.encode(), seconds.encode() + b'.' + body).hex()}"}


def _standard(body: bytes, secret: str, seconds: str) -> dict[str, str]:
    digest = _digest(base64.b64decode(secret.removeprefix("whsec_")), f"msg_1.{seconds}.".encode() + body)
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


_SIGN: dict[str, Callable[[bytes, str, str], dict[str, str]]] = {
    "shopify": _base64(SIGNATURES["shopify"]),
    "woocommerce": _base64(SIGNATURES["woocommerce"]),
    "stripe": _stripe,
    "standard": _standard,
}
