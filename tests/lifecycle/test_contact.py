"""The latest statement wins, field by field, in whatever order statements arrive."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.contact import EMPTY_CONTACT, Contact, update_contact
from lifecycle.ledger_events import AnyEvent
from tests.lifecycle.shop import event, visited

FIELDS: dict[str, list[Any]] = {
    "name": [None, "Ada", "Ada L."],
    "phone": [None, "+15550100", "+15550199"],
    "locale": [None, "en-GB"],
    "time_zone": [None, "Europe/London", "Asia/Kolkata"],
    "consent": [None, {"email": True}, {"email": False, "sms": True}, {"sms": False}],
}
said = st.builds(
    lambda time, fields: visited(time, **{key: value for key, value in fields.items() if value is not None}),
    st.integers(0, 3),
    st.fixed_dictionaries({field: st.sampled_from(values) for field, values in FIELDS.items()}),
)
changed = st.builds(
    lambda time, channel, granted: event("CONSENT_CHANGED", time, channel=channel, granted=granted),
    st.integers(0, 3),
    st.sampled_from(["email", "sms"]),
    st.booleans(),
)


def hear_all(words: Sequence[AnyEvent]) -> Contact:
    """What is known after some words."""
    return reduce(update_contact, words, EMPTY_CONTACT)


@given(st.lists(said | changed, max_size=8), st.data())
def test_any_order_and_any_repetition_gives_the_same_contact(words: list[AnyEvent], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(words), max_size=3)) if words else []
    assert hear_all(data.draw(st.permutations(words + again))) == hear_all(words)


def test_nobody_has_said_anything() -> None:
    assert (EMPTY_CONTACT.text("name"), EMPTY_CONTACT.consent("email"), EMPTY_CONTACT.consent("sms")) == (
        None,
        None,
        None,
    )


def test_the_latest_word_on_each_field_wins() -> None:
    contact = hear_all([visited(1, name="Ada", phone="+15550100"), visited(2, name="Ada L.")])
    assert (contact.text("name"), contact.text("phone")) == ("Ada L.", "+15550100")


def test_an_older_word_heard_late_changes_nothing() -> None:
    contact = update_contact(EMPTY_CONTACT, visited(2, consent={"email": False}))
    assert update_contact(contact, visited(1, consent={"email": True})) is contact


def test_of_two_words_of_one_moment_the_later_id_wins() -> None:
    words = [visited(0, name="Ada", event_id="a"), visited(0, name="Bea", event_id="b")]
    assert hear_all(words).text("name") == hear_all(words[::-1]).text("name") == "Bea"


@pytest.mark.parametrize("granted", [True, False])
@pytest.mark.parametrize("channel", ["email", "sms"])
def test_consent_changes_on_one_channel_alone(channel: str, granted: bool) -> None:
    contact = update_contact(
        EMPTY_CONTACT, event("CONSENT_CHANGED", 0, channel=channel, granted=granted, source="form")
    )
    other = "sms" if channel == "email" else "email"
    assert (contact.consent(channel), contact.consent(other)) == (granted, None)


def test_any_event_may_carry_consent_and_leaves_a_channel_it_does_not_name() -> None:
    contact = hear_all([visited(0, consent={"email": True, "sms": True}), visited(1, consent={"sms": False})])
    assert (contact.consent("email"), contact.consent("sms")) == (True, False)


def test_the_name_of_a_custom_event_is_not_the_customers() -> None:
    contact = update_contact(EMPTY_CONTACT, event("CUSTOM", 0, name="shipped", phone="+15550100"))
    assert (contact.text("name"), contact.text("phone")) == (None, "+15550100")
