"""One order on its way from a webhook to the ledger: decoded and serialised twice, at the two borders."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter
from temporalio.client import Client

from intake.door.door import Door
from intake.signals.dispatcher import Dispatcher
from intake.signals.housekeeping import Housekeeping
from intake.signals.relay import Relay
from intake.signals.signalling import Signalling
from intake.webhooks.receive import receive
from intake.webhooks.shop_adapter import WebhookDelivery
from intake.webhooks.shops import SHOPS
from retention_client.events import OrderPaid
from tests.fixtures.shop import ADA, Shop, eventually
from tests.intake.webhooks.payloads import SHOPIFY_ORDER

VALIDATIONS = ("validate_python", "validate_json")
DUMPS = ("model_dump", "model_dump_json")


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often pydantic, by any of its methods, makes an order paid of something, and something of an order paid."""
    counted: Counter[str] = Counter()

    def count_results(owner: type, name: str) -> None:
        original = getattr(owner, name)

        def counting(self: Any, *arguments: Any, **options: Any) -> Any:
            result = original(self, *arguments, **options)
            counted[name] += isinstance(result, OrderPaid)
            return result

        monkeypatch.setattr(owner, name, counting)

    def count_arguments(owner: type, name: str) -> None:
        original = getattr(owner, name)

        def counting(self: Any, *arguments: Any, **options: Any) -> Any:
            counted[name] += isinstance(self, OrderPaid) or any(isinstance(one, OrderPaid) for one in arguments)
            return original(self, *arguments, **options)

        monkeypatch.setattr(owner, name, counting)

    for name in (*VALIDATIONS, "validate_strings"):
        count_results(TypeAdapter, name)
    for name in DUMPS:
        count_arguments(BaseModel, name)
    for name in ("dump_python", "dump_json"):
        count_arguments(TypeAdapter, name)
    return counted


@pytest.mark.parametrize("by_relay", [False, True], ids=["signalled at once", "signalled by the relay"])
async def test_an_order_is_decoded_and_serialised_at_each_border_once(
    open_shop: Shop, work: Counter[str], by_relay: bool
) -> None:
    shop = open_shop
    assert shop.settings.identity_key is not None

    async def connected() -> Client:
        return shop.client

    signalling = Signalling(connected, shop.settings.task_queue)
    async with Dispatcher(shop.engine, signalling) as dispatcher:
        door = Door(
            shop.engine,
            identity_key=shop.settings.identity_key.get_secret_value().encode(),
            currency="USD",
            signals=None if by_relay else dispatcher,
        )
        received = await receive(door, SHOPS["shopify"], _delivery())
    assert len(received.accepted) == 1
    if by_relay:
        assert +work == {"validate_python": 1, "model_dump_json": 1}
        await Relay(shop.engine, signalling, Housekeeping(shop.engine, timedelta(days=30))).round()
    rows = await eventually(
        lambda: shop.rows("SELECT status, body FROM event_inbox"), lambda rows: rows[0]["status"] == "APPLIED"
    )
    await shop.until_state("CUSTOMER")
    assert rows[0]["body"]["order"]["total"] == "404.95"
    assert +work == {"validate_python": 1, "model_dump_json": 2, "validate_json": 1}


def _delivery() -> WebhookDelivery:
    body = json.dumps({**SHOPIFY_ORDER, "email": ADA, "contact_email": ADA}).encode()
    return WebhookDelivery(body, {"x-shopify-topic": "orders/paid"}, datetime.now(UTC))
