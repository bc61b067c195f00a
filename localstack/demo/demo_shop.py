"""The shop system of the demo: delivers signed webhooks to the gateway, as Shopify does."""

import base64
import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx2

DOMAIN = "cast-and-iron.myshopify.com"
API_VERSION = "2026-10"


class DeliveryFailed(Exception):
    """The gateway did not accept a delivery; the message names its topic and the answer."""


@dataclass(frozen=True)
class DemoWebhook:
    """One delivery: topic and body. A repeated delivery has the same id."""

    topic: str
    body: dict[str, Any]
    webhook_id: str = field(default_factory=lambda: str(uuid4()))


class DemoShop:
    """Delivers to the gateway at `url`; `delivered` counts deliveries by webhook. Safe to share between tasks."""

    def __init__(self, http: httpx2.AsyncClient, url: str, secret: str) -> None:
        self._http = http
        self._url = f"{url}/webhooks/shopify"
        self._secret = secret.encode()
        self.delivered: Counter[str] = Counter()

    async def deliver(self, webhooks: Iterable[DemoWebhook]) -> None:
        """Post webhooks in order. Raises `DeliveryFailed` at the first that is not accepted."""
        for webhook in webhooks:
            body = json.dumps(webhook.body, separators=(",", ":")).encode()
            try:
                answer = await self._http.post(self._url, content=body, headers=self._headers(webhook, body))
            except httpx2.TransportError:
                raise DeliveryFailed(f"the gateway does not answer to {webhook.topic}") from None
            if not answer.is_success:
                raise DeliveryFailed(f"the gateway answered {answer.status_code} to {webhook.topic}")
            self.delivered[webhook.webhook_id] += 1

    def _headers(self, webhook: DemoWebhook, body: bytes) -> dict[str, str]:
        signature = hmac.digest(self._secret, body, hashlib.sha256)
        return {
            "Content-Type": "application/json",
            "X-Shopify-Topic": webhook.topic,
            "X-Shopify-Hmac-Sha256": base64.b64encode(signature).decode(),
            "X-Shopify-Shop-Domain": DOMAIN,
            "X-Shopify-Webhook-Id": webhook.webhook_id,
            "X-Shopify-API-Version": API_VERSION,
        }
