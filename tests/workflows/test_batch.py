"""Signals applied as one change: what is written to the ledger of them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lifecycle.customer import Customer
from lifecycle.ledger_events import read_ledger_json
from lifecycle.policy import Policy
from retention_client.customer_workflow import event_argument
from retention_client.events import canonical_json
from workflows.batch import Batch
from workflows.signals import Signal

ADA = Customer("A" * 26, "ada@example.com")
NOW = datetime(2026, 11, 22, tzinfo=UTC)
BODY = {
    "type": "CONSENT_CHANGED",
    "event_id": "c",
    "customer_email": ADA.email,
    "occurred_at": NOW.isoformat(),
    "channel": "email",
    "granted": False,
    "source": "",
}


def applied(body: dict[str, Any]) -> str:
    """What the ledger has of an event whose signal says, as the inbox's do, which event it is."""
    batch = Batch(ADA)
    batch.take(Signal.received("consent_changed", [event_argument("c", json.dumps(body))]), NOW, Policy())
    (entry,) = batch.events
    return entry.body


@pytest.mark.parametrize(
    "sent",
    [
        BODY,
        {name: value for name, value in BODY.items() if name != "type"},
        {**BODY, "granted": "false"},
        {**BODY, "customer_email": "ADA@Example.com"},
        {**BODY, "name": None, "unknown": {"text": "\0"}},
    ],
    ids=["as the inbox sends it", "without a type", "a text for a boolean", "another spelling", "unknown fields"],
)
def test_the_ledger_has_what_was_applied_whatever_text_was_sent(sent: dict[str, Any]) -> None:
    text = applied(sent)
    assert json.loads(text) == {**BODY, "occurred_at": "2026-11-22T00:00:00Z"}
    assert canonical_json(read_ledger_json(text)) == text


def test_the_ledger_has_now_for_an_event_of_the_future() -> None:
    assert json.loads(applied({**BODY, "occurred_at": (NOW + timedelta(days=1)).isoformat()}))["occurred_at"] == (
        "2026-11-22T00:00:00Z"
    )
