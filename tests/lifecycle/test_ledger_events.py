"""Events as the ledger stores them."""

import json
from datetime import timedelta

import pytest

from lifecycle.ledger_events import ChurnChecked, not_after, read_ledger, read_ledger_json
from retention_client.events import canonical_json, parse_event
from tests.lifecycle.bodies import BODIES


@pytest.mark.parametrize("type_", list(BODIES))
def test_a_stored_event_is_read_as_it_was(type_: str) -> None:
    event = parse_event(BODIES[type_], currency="USD")
    assert read_ledger(json.loads(canonical_json(event))) == read_ledger_json(canonical_json(event)) == event


def test_the_churn_check_is_an_event_of_the_ledger() -> None:
    body = {**BODIES["VISITED"], "type": "CHURN_CHECKED"}
    check = read_ledger(body)
    assert isinstance(check, ChurnChecked)
    assert read_ledger_json(canonical_json(check)) == check


def test_an_event_of_the_future_counts_as_now() -> None:
    event = parse_event(BODIES["VISITED"], currency="USD")
    before = event.occurred_at - timedelta(days=1)
    assert not_after(event, event.occurred_at) is event
    assert not_after(event, before) == event.model_copy(update={"occurred_at": before})
