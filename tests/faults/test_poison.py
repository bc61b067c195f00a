"""Signals that cannot be applied: kept, shown with the reason, and harmless to the customer."""

from typing import Any

import pytest
from pydantic_core import to_json
from temporalio.api.common.v1 import Payload, Payloads, WorkflowExecution
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.api.workflowservice.v1 import SignalWorkflowExecutionRequest
from temporalio.client import Client

from retention_client.customer_workflow import EVENT_ID
from tests.faults.checks import failures
from tests.fixtures.shop import ADA, SKILLET, Shop, eventually
from workflows.connection import data_converter
from workflows.names import RELOAD_SIGNAL
from workflows.payload_codec import EncryptionCodec

OLD_KEY, NEW_KEY = {"old": b"o" * 32}, {"new": b"n" * 32}


def _order(**changes: Any) -> dict[str, Any]:
    event = {
        "type": "ORDER_PAID",
        "event_id": "poison",
        "customer_email": ADA,
        "occurred_at": "2026-11-22T10:15:00Z",
        "order": {"order_id": "p", "total": "1.00", "currency": "USD"},
    }
    return {key: value for key, value in {**event, **changes}.items() if value is not None}


POISON: dict[str, tuple[str, list[Any], str]] = {
    "an unknown name": ("nonsense", [_order()], "unknown name"),
    "text": ("order_paid", ["garbage"], "one JSON object"),
    "a missing field": ("order_paid", [_order(event_id=None)], "event_id"),
    "another currency": (
        "order_paid",
        [_order(order={"order_id": "p", "total": "1.00", "currency": "EUR"})],
        "currency is USD",
    ),
    "another customer": ("order_paid", [_order(customer_email="eve@example.com")], "another customer's"),
    "another type": ("cart_updated", [_order()], "type"),
    "no argument": ("order_paid", [], "cannot be decoded"),
    "two arguments": ("order_paid", [_order(), _order()], "cannot be decoded"),
    "bytes": ("order_paid", [b"\xff\x00"], "cannot be decoded"),
}


@pytest.mark.parametrize("kind", POISON)
async def test_poison_is_kept_and_shown(open_shop: Shop, kind: str) -> None:
    name, arguments, reason = POISON[kind]
    await open_shop.order("1")
    await open_shop.until_state("CUSTOMER")
    await open_shop.handle().signal(name, args=arguments)
    (refused,) = await _refused(open_shop)
    assert reason in refused["last_error"]
    assert refused["raw"] is not None
    await open_shop.order("2")
    await open_shop.until_state("REPEAT")
    (shown,) = (await open_shop.profile())["not_applied"]
    assert shown == {"event_id": refused["event_id"], "reason": refused["last_error"]}
    metadata = await open_shop.handle().query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    assert f"`{refused['event_id']}`" in metadata.current_details
    assert failures(await open_shop.history()) == []


async def test_an_undecodable_payload_is_kept(open_shop: Shop) -> None:
    await open_shop.order("1")
    await open_shop.until_state("CUSTOMER")
    await _signal_raw(open_shop, Payload(metadata={"encoding": b"json/plain"}, data=b"{\xff"))
    await _signal_raw(open_shop, Payload(metadata={"encoding": b"from/mars"}, data=b"beep"))
    refused = await _refused(open_shop, 2)
    assert {row["last_error"] for row in refused} == {"payload: cannot be decoded"}
    await open_shop.order("2")
    await open_shop.until_state("REPEAT")


async def test_a_signal_that_only_looks_like_the_inbox_s_does_not_spoil_the_ledger(open_shop: Shop) -> None:
    """The metadata says which event it is. The text has no type, which a rebuild needs."""
    await open_shop.order("1")
    await open_shop.until_state("CUSTOMER")
    await _signal_raw(open_shop, _with_event_id(b"poison", to_json(_order(type=None))))
    await open_shop.until_state("REPEAT")
    await open_shop.signal(RELOAD_SIGNAL, None)
    await open_shop.order("2")
    profile = await eventually(open_shop.profile, lambda profile: profile["order_count"] == 3)
    assert profile["epoch"] == 2


async def test_an_event_id_that_no_row_can_have_does_not_keep_a_signal_from_being_refused(open_shop: Shop) -> None:
    await open_shop.order("1")
    await open_shop.until_state("CUSTOMER")
    await _signal_raw(open_shop, _with_event_id(b"poison\0", b"[]"))
    (refused,) = await _refused(open_shop)
    assert refused["last_error"] == "body: must be one JSON object"
    await open_shop.order("2")
    await open_shop.until_state("REPEAT")


async def test_a_payload_under_an_unknown_key_is_kept_and_the_customer_lives_on(shop: Shop) -> None:
    shop.client = await _client(shop.client, NEW_KEY)
    secret = Shop(shop.client, shop.engine, shop.mail, shop.settings)
    async with secret.worker():
        await secret.order("1")
        await secret.until_state("CUSTOMER")
        stranger = await _client(shop.client, OLD_KEY)
        await stranger.get_workflow_handle(secret.handle().id).signal("order_paid", _order())
        (refused,) = await _refused(secret)
        assert refused["last_error"] == "payload: cannot be decoded"
        await secret.cart("c-1", SKILLET)
        await secret.order("2")
        await secret.until_state("REPEAT")
        history = await secret.handle().fetch_history()
        described = await secret.handle().describe()
    stored = [*history.events, described.raw_description]
    plain = "\n".join(message.SerializeToString().decode("latin-1") for message in stored)
    assert ADA not in plain
    assert "Skillet" not in plain


async def test_keys_are_rotated(shop: Shop) -> None:
    before = Shop(await _client(shop.client, OLD_KEY), shop.engine, shop.mail, shop.settings)
    async with before.worker():
        await before.order("1")
        await before.until_state("CUSTOMER")
    after = Shop(await _client(shop.client, {**NEW_KEY, **OLD_KEY}), shop.engine, shop.mail, shop.settings)
    async with after.worker():
        await after.order("2")
        await after.until_state("REPEAT")
        run = (await after.handle().describe()).run_id
        await after.signal("roll", None)
        await eventually(after.handle().describe, lambda described: described.run_id != run)
    fresh = Shop(await _client(shop.client, NEW_KEY), shop.engine, shop.mail, shop.settings)
    async with fresh.worker():
        assert (await fresh.profile())["order_count"] == 2
        assert await (await fresh.handle().describe()).memo_value("customer_email") == ADA


def _with_event_id(event_id: bytes, data: bytes) -> Payload:
    return Payload(metadata={"encoding": b"json/plain", EVENT_ID: event_id}, data=data)


async def _client(client: Client, keys: dict[str, bytes]) -> Client:
    assert isinstance(data_converter(keys).payload_codec, EncryptionCodec)
    return Client(**{**client.config(), "data_converter": data_converter(keys)})  # type: ignore[arg-type]


async def _refused(shop: Shop, count: int = 1) -> list[dict[str, Any]]:
    return await eventually(
        lambda: shop.rows("SELECT * FROM event_inbox WHERE status = 'REFUSED' ORDER BY sequence"),
        lambda rows: len(rows) == count,
    )


async def _signal_raw(shop: Shop, payload: Payload) -> None:
    await shop.client.workflow_service.signal_workflow_execution(
        SignalWorkflowExecutionRequest(
            namespace=shop.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=shop.handle().id),
            signal_name="order_paid",
            input=Payloads(payloads=[payload]),
        )
    )
