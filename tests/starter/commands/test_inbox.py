"""`retention inbox`: events that could not be applied are listed, replayed or discarded."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from localstack.stack.stack import Stack
from retention_client.identity import customer_id
from tests.fixtures.postgres import connect
from tests.starter.commands.conftest import Command
from tests.starter.commands.waiting import eventually

EMAIL = "inbox@example.com"
ORDER = {
    "type": "ORDER_PAID",
    "event_id": "inbox:1",
    "customer_email": EMAIL,
    "occurred_at": "2026-11-22T10:15:00Z",
    "order": {"order_id": "inbox-1", "total": "20.00", "currency": "USD"},
}
DELIVERY = {
    "id": 820982911,
    "created_at": "2026-11-22T10:15:00Z",
    "processed_at": "2026-11-22T10:15:00Z",
    "updated_at": "2026-11-22T10:15:00Z",
    "financial_status": "paid",
    "currency": "USD",
    "total_price": "25.00",
    "email": EMAIL,
    "customer": {"id": 7064, "email": EMAIL},
    "line_items": [],
}


@pytest.fixture
def inbox(stack: Stack) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """The stack's inbox, which others use too; what is put there for a test is gone after it."""
    assert stack.settings.database_url is not None
    with connect(stack.settings.database_url) as connection:
        connection.row_factory = dict_row  # type: ignore[assignment]
        yield connection  # type: ignore[misc]
        connection.execute("DELETE FROM event_inbox WHERE event_id LIKE 'test-%' OR event_id LIKE 'refused:test%'")


def customer_of(stack: Stack) -> str:
    """The customer of these tests."""
    assert stack.settings.identity_key is not None
    return customer_id(stack.settings.identity_key.get_secret_value().encode(), EMAIL)


def put(inbox: psycopg.Connection[Any], event_id: str, status: str = "REFUSED", **columns: Any) -> str:
    """A row of the inbox."""
    given = {"event_id": event_id, "status": status, "last_error": "total: is wrong", **columns}
    names = ", ".join(given)
    places = ", ".join(f"%({name})s" for name in given)
    inbox.execute(f"INSERT INTO event_inbox ({names}) VALUES ({places})".encode(), given)
    return event_id


def row(inbox: psycopg.Connection[Any], event_id: str) -> dict[str, Any]:
    """The row of an event."""
    found = inbox.execute("SELECT * FROM event_inbox WHERE event_id = %s", (event_id,)).fetchone()
    assert found is not None
    return dict(found)


def test_what_needs_an_operator_is_listed_with_its_reason_and_no_address(
    quick: Command, stack: Stack, inbox: psycopg.Connection[Any]
) -> None:
    customer = customer_of(stack)
    put(inbox, "test-refused", source="shopify", topic="orders/paid", raw=b"{", last_error=f"{EMAIL}: is wrong")
    put(inbox, "test-mentions", raw=b"{", mentions=[customer])
    put(inbox, "test-failed", "RECEIVED", customer_id=customer, signal_after="2099-01-01", last_error="Temporal: gone")
    late = {"customer_id": customer, "signal_after": "2099-01-01", "last_error": None}
    put(inbox, "test-late", "RECEIVED", received_at="2026-01-01", **late)
    put(inbox, "test-young", "RECEIVED", received_at="2099-01-01", **late)
    put(inbox, "test-waiting", "WAITING", waits_for=["cart/x"], last_error=None)
    put(inbox, "test-over", "DISCARDED", customer_id=customer)

    def listed(*arguments: str) -> set[str]:
        rows = quick("inbox", "list", *arguments, "--json").json["rows"]
        return {found["event_id"] for found in rows if found["event_id"].startswith("test-")}

    troubled = {"test-refused", "test-mentions", "test-failed", "test-late"}
    assert listed("--limit", "1000") == troubled
    assert listed("--customer", EMAIL) == {"test-mentions", "test-failed", "test-late"}
    assert listed("--status", "waiting,DISCARDED", "--limit", "1000") == {"test-waiting", "test-over"}
    assert listed("--all", "--customer", customer) == {
        *("test-mentions", "test-failed", "test-late", "test-young", "test-over")
    }
    (found,) = [found for found in quick("inbox", "list", "--json").json["rows"] if found["event_id"] == "test-refused"]
    assert (found["source"], found["topic"], found["attempts"]) == ("shopify", "orders/paid", 0)
    shown = quick("inbox", "list").output
    assert "test-refused" in shown
    assert "shopify orders/paid" in shown
    assert "waiting for an event that identifies their customer" in shown
    assert "@example.com" not in shown
    first = quick("inbox", "list", "--limit", "1")
    assert "more: --limit shows them" in first.output


def test_an_id_is_shown_whole(quick: Command, inbox: psycopg.Connection[Any]) -> None:
    event_id = put(inbox, f"test-{'0123456789abcdef' * 8}", raw=b"{")
    shown = quick("inbox", "list", "--limit", "1000").output
    first_cells = [line.split("│")[1].strip() for line in shown.splitlines() if line.startswith("│")]
    assert event_id in "".join(first_cells)


def test_a_refused_signal_is_read_again_and_applied(
    quick: Command, stack: Stack, inbox: psycopg.Connection[Any]
) -> None:
    """It is there twice: as the storefront's event, and as the signal that the workflow refused."""
    customer = customer_of(stack)
    raw = json.dumps(ORDER).encode()
    event = put(inbox, "inbox:1", type="ORDER_PAID", customer_id=customer, body=json.dumps(ORDER))
    signal = put(inbox, "refused:test1", type="order_paid", customer_id=customer, customer_email=EMAIL, raw=raw)
    (planned,) = quick("inbox", "replay", signal, "--dry-run", "--json").json
    assert (planned["became"], row(inbox, signal)["status"]) == ("replayed", "REFUSED")
    (outcome,) = quick("inbox", "replay", signal, "--json").json
    assert outcome == planned
    new_id = outcome["new_ids"][0]
    for event_id in (event, signal):
        ended = row(inbox, event_id)
        assert (ended["status"], ended["last_error"]) == ("DISCARDED", f"replayed as {new_id}")
    _until_applied(quick, new_id)
    assert "20.00" in str(quick("customer", "show", EMAIL, "--json").json)
    again = quick("inbox", "replay", signal)
    assert (again.status, again.error) == (
        1,
        f"EVENT_ID: {signal} is DISCARDED; only REFUSED and RECEIVED events can be replayed\n",
    )


def test_a_delivery_is_read_again_from_a_corrected_body(
    quick: Command, inbox: psycopg.Connection[Any], tmp_path: Path
) -> None:
    raw = json.dumps({**DELIVERY, "total_price": "much"}).encode()
    put(inbox, "test-delivery", source="shopify", topic="orders/paid", raw=raw)
    still = quick("inbox", "replay", "test-delivery")
    assert (still.status, still.error) == (1, "1 of 1 still cannot be applied\n")
    assert "test-delivery: refused (" in still.output
    assert row(inbox, "test-delivery")["status"] == "REFUSED"
    (tmp_path / "fixed.json").write_text(json.dumps(DELIVERY))
    (outcome,) = quick("inbox", "replay", "test-delivery", "--body", "fixed.json", "--json").json
    assert outcome["became"] == "replayed"
    (new_id,) = outcome["new_ids"]
    assert "820982911" in new_id
    assert row(inbox, new_id)["source"] == "shopify"
    assert row(inbox, "test-delivery")["status"] == "DISCARDED"


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"raw": b"{"}, "body: is not JSON"),
        ({"raw": b"[]"}, "body: must be one JSON object"),
        ({}, "body: is no longer stored: give one with --body"),
        ({"source": "shopify", "topic": "orders/paid"}, "body: is no longer stored: give one with --body"),
        ({"type": "check_churn_risk", "raw": b"{}"}, "type: is unknown"),
        ({"type": "visited", "raw": b'{"event_id": "x"}'}, "occurred_at: is missing"),
        ({"type": "ERASURE_REQUESTED", "body": "{}"}, "type: is a request: use `retention customer erase`"),
    ],
)
def test_what_still_cannot_be_read_stays_with_its_reason(
    columns: dict[str, Any], reason: str, quick: Command, inbox: psycopg.Connection[Any]
) -> None:
    put(inbox, "test-broken", **columns)
    answer = quick("inbox", "replay", "test-broken", "--json")
    assert answer.status == 1
    (outcome,) = json.loads(answer.output)
    assert outcome["became"] == "refused"
    assert outcome["reason"].startswith(reason)
    assert row(inbox, "test-broken")["status"] == "REFUSED"


def test_what_waits_to_be_applied_is_due_at_once(quick: Command, stack: Stack, inbox: psycopg.Connection[Any]) -> None:
    body = {**ORDER, "event_id": "test-due", "order": {**ORDER["order"], "order_id": "due"}}  # type: ignore[dict-item]
    put(
        inbox,
        "test-due",
        "RECEIVED",
        type="ORDER_PAID",
        occurred_at=ORDER["occurred_at"],
        customer_id=customer_of(stack),
        customer_email=EMAIL,
        body=json.dumps(body),
        signal_after="2099-01-01",
    )
    assert quick("inbox", "replay", "--all", "--dry-run", "--json").json[-1]["became"] == "due"
    assert row(inbox, "test-due")["signal_after"].year == 2099
    assert "test-due: due" in quick("inbox", "replay", "test-due").output
    _until_applied(quick, "test-due")


def test_everything_is_replayed_and_one_failure_does_not_stop_the_rest(
    quick: Command, stack: Stack, inbox: psycopg.Connection[Any]
) -> None:
    put(inbox, "test-bad", raw=b"{")
    visit = {"event_id": "v", "customer_email": EMAIL, "occurred_at": "2026-11-22T10:15:00Z", "name": "Ada"}
    put(inbox, "refused:test2", type="visited", customer_id=customer_of(stack), raw=json.dumps(visit).encode())
    answer = quick("inbox", "replay", "--all")
    assert answer.status == 1
    assert "test-bad: refused (body: is not JSON)" in answer.output
    assert "refused:test2: replayed (replay:" in answer.output


def test_giving_up_is_asked_for_and_final(quick: Command, inbox: psycopg.Connection[Any]) -> None:
    put(inbox, "test-one")
    put(inbox, "test-two", "WAITING", waits_for=["cart/x"])
    put(inbox, "test-applied", "APPLIED")
    asked = quick("inbox", "discard", "test-one")
    assert (asked.status, asked.error) == (2, "--yes: is required when standard input is not a terminal\n")
    done = quick("inbox", "discard", "test-one", "test-two", "--reason", "test orders", "--yes", "--json")
    assert done.json == [{"event_id": "test-one", "discarded": True}, {"event_id": "test-two", "discarded": True}]
    for event_id in ("test-one", "test-two"):
        ended = row(inbox, event_id)
        assert (ended["status"], ended["last_error"], ended["waits_for"]) == ("DISCARDED", "test orders", None)
    for event_id, problem in (("test-one", "is DISCARDED, and that is final"), ("test-applied", "is APPLIED, and")):
        assert problem in quick("inbox", "discard", event_id, "--yes").error
    assert "there is no such event" in quick("inbox", "discard", "test-nowhere", "--yes").error


def test_giving_up_one_ends_no_other_of_the_same_customer(
    quick: Command, stack: Stack, inbox: psycopg.Connection[Any]
) -> None:
    def refused(name: str, told_id: str, **more: str) -> str:
        raw = json.dumps({**more, "event_id": told_id}).encode()
        return put(inbox, f"refused:test-{name}", type="order_paid", customer_id=customer_of(stack), raw=raw)

    put(inbox, "test-o", customer_id=customer_of(stack), body=json.dumps({"event_id": "test-o"}))
    same, compact = refused("same", "test-o"), "refused:test-compact"
    put(inbox, compact, customer_id=customer_of(stack), raw=b'{"event_id":"test-o"}')
    others = [refused("longer", "test-o2"), refused("mentions", "test-x", order_id="test-o")]
    quick("inbox", "discard", "test-o", "--yes")
    assert {row(inbox, event_id)["status"] for event_id in ("test-o", same, compact)} == {"DISCARDED"}
    assert {row(inbox, event_id)["status"] for event_id in others} == {"REFUSED"}


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["list", "--status", "LOST"], "--status: must be some of RECEIVED, WAITING"),
        (["list", "--status", "REFUSED", "--all"], "give --status or --all"),
        (["list", "--limit", "0"], "Invalid value for '--limit'"),
        (["replay"], "give one EVENT_ID or more, or --all"),
        (["replay", "x", "--all"], "give one EVENT_ID or more, or --all"),
        (["replay", "x", "y", "--body", "z"], "--body: is the body of one EVENT_ID"),
        (["replay", "x", "--body", "nowhere.json"], "--body: nowhere.json is not a file"),
        (["discard"], "Missing argument 'EVENT_ID…'"),
    ],
)
def test_wrong_use_is_one_line(arguments: list[str], line: str, alone: Command) -> None:
    answer = alone("inbox", *arguments)
    assert (answer.status, answer.output) == (2, "")
    assert answer.error.startswith(line)
    assert answer.error.count("\n") == 1


def _until_applied(quick: Command, event_id: str) -> None:
    applied = ("--status", "APPLIED", "--customer", EMAIL, "--json")
    found = eventually(
        lambda: quick("inbox", "list", *applied),
        lambda found: event_id in [one["event_id"] for one in found["rows"]],
    )
    assert event_id in [one["event_id"] for one in found["rows"]]
