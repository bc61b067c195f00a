"""`retention event send` at the door: whatever is wrong is one line that names the field, and nothing is signalled.

No server runs here. An event that passes the door fails with status 1 for want of one; a refused one with status 2.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.starter.commands.conftest import Command

ORDER = {
    "type": "ORDER_PAID",
    "event_id": "shop-1:1",
    "customer_email": "ada@example.com",
    "occurred_at": "2026-11-22T10:15:00Z",
    "order": {"order_id": "1", "total": "199.00", "currency": "USD", "items": [{"sku": "SKILLET"}]},
}


def changed(path: str, value: Any) -> str:
    """The order with one field changed, or without it."""
    event = json.loads(json.dumps(ORDER))
    *parents, last = path.split(".")
    target = event
    for name in parents:
        target = target[name]
    if value is None:
        del target[last]
    else:
        target[last] = value
    return json.dumps(event)


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("", "body: contains no event"),
        ("[]", "body: contains no event"),
        ('{"type": "ORDER_PAID", ', "body: is not JSON"),
        ("NaN", "body: must be one JSON object"),
        ("[1]", "body: must be one JSON object"),
        (changed("type", None), "type: is missing"),
        (changed("type", "ORDER_EATEN"), "type: is unknown; known are VISITED,"),
        (changed("event_id", None), "event_id: is missing"),
        (changed("event_id", ""), "event_id: must have at least 1 character"),
        (changed("event_id", "a\0b"), "event_id: contains control characters"),
        (changed("customer_email", "ada at home"), "customer_email: is not a valid e-mail address"),
        (changed("customer_email", "ada@"), "customer_email: is not a valid e-mail address"),
        (changed("occurred_at", "2026-11-22T10:15:00"), "occurred_at: must have a time zone"),
        (changed("order.order_id", None), "order.order_id: is missing"),
        (changed("order.total", None), "order.total: is missing"),
        (changed("order.total", "-1.00"), "order.total: must be greater than or equal to 0"),
        (changed("order.total", "a lot"), "order.total: must be a valid decimal"),
        (changed("order.total", True), "order.total: must be an amount"),
        (changed("order.total", "NaN"), "order.total: must be"),
        (changed("order.total", "1.001"), "order.total: Decimal input should have no more than 2 decimal places"),
        (changed("order.total", "1e20"), "order.total: must be less than"),
        (changed("order.currency", "EUR"), "order.currency: is EUR, but the store's currency is USD"),
        (changed("order.items", [{"sku": "A", "quantity": 0}]), "order.items.0.quantity: must be"),
        ('{"type": "VISITED", "name": "' + "x" * 10_000_000 + '"}', "body: is larger than 1000000 bytes"),
        (f"[{json.dumps(ORDER)}, {changed('order.total', '-1')}]", "event 2: order.total: must be"),
        (f"{json.dumps(ORDER)}\n\n{changed('type', 'X')}\n", "line 3: type: is unknown"),
        (f"{json.dumps(ORDER)}\n{{oops\n", "line 2: body: is not JSON"),
    ],
)
def test_a_wrong_event_is_refused(body: str, line: str, alone: Command, tmp_path: Path) -> None:
    (tmp_path / "events.json").write_text(body)
    answer = alone("event", "send", "events.json")
    assert (answer.status, answer.output) == (2, "")
    assert answer.error.startswith(line)
    assert answer.error.count("\n") == 1
    assert "ada" not in answer.error
    assert len(answer.error) < 300


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "give one of FILE (or -), --json-body and --type"),
        (["order.json", "--type", "VISITED"], "give one of FILE (or -), --json-body and --type"),
        (["--json-body", "{}", "--email", "ada@example.com"], "--email and --set go with --type"),
        (["nowhere.json"], "FILE: nowhere.json is not a file"),
        (["--type", "VISITED"], "customer_email: is missing"),
        (["--type", "ORDER_PAID", "--email", "a@b.example", "--set", "order.total"], "--set: must be PATH=TEXT"),
        (["--type", "ORDER_PAID", "--email", "a@b.example", "--set", "consent:={"], "--set: consent:= is not JSON"),
        (["--type", "CUSTOM", "--set", "name=x", "--set", "name.y=1"], "--set: name.y goes through name"),
        (["--type", "ORDER_PAID", "--email", "a@b.example"], "order.order_id: is missing"),
    ],
)
def test_a_wrong_request_is_refused(arguments: list[str], line: str, alone: Command) -> None:
    answer = alone("event", "send", *arguments)
    assert (answer.status, answer.output) == (2, "")
    assert answer.error.startswith(line)
    assert answer.error.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["--json-body", json.dumps({**ORDER, "something": {"else": True}})],
        ["--json-body", json.dumps([ORDER, {**ORDER, "event_id": "shop-1:2"}])],
        ["--type", "VISITED", "--email", "ada@example.com"],
        [
            *("--type", "ORDER_PAID", "--email", "ada@example.com", "--set", "order.order_id=1"),
            *("--set", "order.total=9.90", "--set", 'order.items:=[{"sku": "A"}]', "--set", "consent.email:=true"),
        ],
    ],
)
def test_a_right_event_passes_the_door(arguments: list[str], alone: Command) -> None:
    answer = alone("event", "send", *arguments)
    assert answer.status == 1
    assert answer.error.startswith("IDENTITY_KEY is not set")
