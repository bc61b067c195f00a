"""`retention event send` on a running stack."""

import json
from pathlib import Path
from typing import Any

from tests.fixtures.stack import Retention
from tests.starter.commands.conftest import Command
from tests.starter.commands.waiting import eventually


def order(number: int, email: str, **fields: Any) -> dict[str, Any]:
    """A paid order."""
    return {
        "type": "ORDER_PAID",
        "event_id": f"send:{email}:{number}",
        "customer_email": email,
        "occurred_at": f"2026-11-22T10:{number:02}:00Z",
        "order": {"order_id": str(number), "total": "19.90", "currency": "USD", "items": [{"sku": "MUG"}]},
        **fields,
    }


def test_an_event_is_signalled_once_and_known_when_it_comes_again(quick: Command, tmp_path: Path) -> None:
    (tmp_path / "order.json").write_text(json.dumps(order(1, "once@example.com"), indent=2))
    [first] = quick("event", "send", "order.json", "--json").json
    assert first["event_id"] == "send:once@example.com:1"
    assert first["duplicate"] is False
    shown = eventually(
        lambda: quick("customer", "show", "once@example.com", "--json"),
        lambda shown: shown["profile"] and shown["profile"]["order_count"] == 1,
    )
    assert shown["workflow_id"] == first["workflow_id"]
    assert (shown["profile"]["state"], shown["profile"]["total_spend"]) == ("CUSTOMER", "19.90")
    again = quick("event", "send", "order.json")
    assert (again.status, again.output) == (0, "send:once@example.com:1 was applied before, or changes nothing\n")


def test_lines_and_lists_of_events_come_by_pipe(retention: Retention, quick: Command) -> None:
    email = "pipe@example.com"
    lines = "".join(json.dumps(order(number, email)) + "\n" for number in (1, 2))
    assert len(retention("event", "send", "-", "--json", given=lines).json) == 2
    assert (
        len(retention("event", "send", "-", "--json", given=json.dumps([order(3, email), order(4, email)])).json) == 2
    )
    shown = eventually(
        lambda: quick("customer", "show", email, "--json"), lambda shown: shown["workflow"]["order_count"] == 4
    )
    workflow = shown["workflow"]
    assert (workflow["state"], workflow["order_count"], workflow["total_spend"]) == ("REPEAT", 4, "79.60")


def test_one_wrong_event_holds_back_all(retention: Retention, quick: Command) -> None:
    email = "held-back@example.com"
    given = json.dumps([order(1, email), order(2, email, phone="x" * 100)])
    refused = retention("event", "send", "-", given=given)
    assert (refused.status, refused.output) == (2, "")
    assert refused.error == "event 2: phone: must have at most 32 characters\n"
    unknown = quick("customer", "show", email)
    assert (unknown.status, unknown.output) == (1, "")
    assert unknown.error == "the database has no such customer, and no workflow has been started\n"
