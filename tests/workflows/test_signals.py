"""Signals as they come: whatever cannot be applied is refused with a reason, and nothing else is raised."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from temporalio.common import RawValue

from activities.churn.messages import CHECK_SIGNAL
from lifecycle.customer import Customer
from retention_client.customer_workflow import EVENT_ID, event_argument
from retention_client.events import SIGNAL_TYPES, InvalidEvent, canonical_json, parse_event
from workflows.signals import Signal

ADA = Customer("A" * 26, "ada@example.com")
NOW = datetime(2026, 11, 22, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)


@given(name=st.sampled_from([*SIGNAL_TYPES, CHECK_SIGNAL, "nonsense"]), argument=JSON)
@example(CHECK_SIGNAL, {"as_of": "0001-01-01T00:00:00+14:00"})
@example(CHECK_SIGNAL, {"as_of": "2026-11-22T00:00:00"})
@example("order_paid", {"type": "VISITED"})
def test_any_argument_is_an_event_or_refused(name: str, argument: object) -> None:
    signal = Signal(name, json.dumps(argument))
    try:
        signal.event(ADA, NOW, "USD")
    except InvalidEvent:
        # The same signal keeps one row in the inbox, however often it comes.
        assert signal.refused(ADA, "once").event_id == signal.refused(ADA, "again").event_id


def test_a_check_of_the_future_counts_as_now() -> None:
    event = Signal(CHECK_SIGNAL, '{"as_of": "2030-01-01T00:00:00Z"}').event(ADA, NOW, "USD")
    assert event.occurred_at == NOW


def test_another_customers_event_is_refused() -> None:
    body = {"event_id": "v", "customer_email": "eve@example.com", "occurred_at": NOW.isoformat()}
    with pytest.raises(InvalidEvent, match="another customer's"):
        Signal("visited", json.dumps(body)).event(ADA, NOW, "USD")


def test_the_same_signal_to_two_customers_is_kept_twice() -> None:
    eve = Customer("E" * 26, "eve@example.com")
    signal = Signal("order_paid", "garbage")
    assert signal.refused(ADA, "no JSON").event_id != signal.refused(eve, "no JSON").event_id


class TestText:
    """The text of an event that came by way of the inbox, or from a `StorefrontClient`."""

    EVENT = parse_event(
        {
            "type": "VISITED",
            "event_id": "v",
            "customer_email": ADA.email,
            "occurred_at": NOW.isoformat(),
            "name": "Ada",
        },
        currency="USD",
    )
    # As PostgreSQL spells it: the order of the members and the spaces are its own.
    TEXT = json.dumps(json.loads(canonical_json(EVENT)), sort_keys=True)

    def signal(self, event_id: str = "v", text: str = TEXT) -> Signal:
        return Signal.received("visited", [event_argument(event_id, text)])

    def test_an_event_is_decoded_from_it(self) -> None:
        assert self.signal().event(ADA, NOW, "USD") == self.EVENT

    def test_the_type_may_be_left_to_the_name_of_the_signal(self) -> None:
        body = {name: value for name, value in json.loads(self.TEXT).items() if name != "type"}
        assert Signal("visited", json.dumps(body)).event(ADA, NOW, "USD") == self.EVENT

    def test_an_unreadable_text_is_refused_under_the_id_of_its_row(self) -> None:
        signal = self.signal("row-1", "{}")
        with pytest.raises(InvalidEvent):
            signal.event(ADA, NOW, "USD")
        assert signal.refused(ADA, "wrong").told_id == "row-1"

    @pytest.mark.parametrize("event_id", ["", "row\0", "r" * 256])
    def test_an_id_that_no_row_can_have_is_not_taken_from_a_signal(self, event_id: str) -> None:
        assert self.signal(event_id, "{}").refused(ADA, "wrong").told_id is None

    def test_an_id_that_is_no_text_does_not_keep_an_event_from_being_applied(self) -> None:
        payload = event_argument("v", self.TEXT).payload
        payload.metadata[EVENT_ID] = b"\xff"
        assert Signal.received("visited", [RawValue(payload)]).event(ADA, NOW, "USD") == self.EVENT

    @pytest.mark.parametrize("text", ["null", "{}", "[]", '"text"', '{"type": 5}', "{"])
    def test_whatever_is_in_the_inbox_is_a_signal(self, text: str) -> None:
        with pytest.raises(InvalidEvent):
            Signal.of_inbox(text).event(ADA, NOW, "USD")

    def test_a_row_of_the_inbox_is_the_signal_of_its_type(self) -> None:
        assert Signal.of_inbox(self.TEXT) == Signal("visited", self.TEXT, event_id="v")
