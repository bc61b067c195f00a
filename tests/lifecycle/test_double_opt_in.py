"""Consent that was confirmed from the address itself, who may say so, and when a customer is asked."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.contact import EMPTY_CONTACT, Contact, update_contact
from lifecycle.customer import Customer
from lifecycle.ledger_events import AnyEvent, read_ledger
from lifecycle.policy import Policy
from lifecycle.retention_agent import RetentionAgent
from lifecycle.triggers import CONFIRM_SUBSCRIPTION
from retention_client.consent_sources import CONFIRMED, CONFIRMED_ELSEWHERE, DOUBLE_OPT_IN, PREFERENCE_PAGE
from retention_client.events import InvalidEvent, parse_event
from tests.lifecycle.shop import at, paid, visited

POLICY = Policy(double_opt_in=True)


def body(type_: str, time: float = 0, **fields: Any) -> dict[str, Any]:
    """An event as it comes from outside."""
    event_id = f"{type_}:{time}:{sorted(fields.items())}"[:200]
    return {
        "type": type_,
        "event_id": event_id,
        "customer_email": "ada@example.com",
        "occurred_at": at(time).isoformat(),
        **fields,
    }


def word(time: float, granted: bool, source: str = "newsletter form", channel: str = "email") -> AnyEvent:
    """A statement of consent from a trusted source."""
    changed = body("CONSENT_CHANGED", time, channel=channel, granted=granted, source=source)
    return parse_event(changed, currency="USD", trusted=True)


def known(*words: AnyEvent) -> Contact:
    """What is known after some words."""
    contact = EMPTY_CONTACT
    for one in words:
        contact = update_contact(contact, one)
    return contact


class TestWhatIsConfirmed:
    @pytest.mark.parametrize("source", sorted(CONFIRMED))
    def test_is_what_only_we_say(self, source: str) -> None:
        contact = known(word(0, granted=True, source=source))
        said = contact.consent_said("email")
        assert contact.is_confirmed()
        assert said is not None
        assert (said.value, said.at, said.source) == (True, at(0), source)

    def test_is_nothing_else(self) -> None:
        contact = known(word(0, granted=True))
        assert (contact.consent("email"), contact.is_confirmed()) == (True, False)

    def test_stays_confirmed_when_it_is_said_again_elsewhere(self) -> None:
        contact = known(word(0, granted=True, source=DOUBLE_OPT_IN), visited(1, consent={"email": True}))
        said = contact.consent_said("email")
        assert contact.is_confirmed()
        assert said is not None
        assert (said.at, said.source) == (at(0), DOUBLE_OPT_IN)

    def test_ends_with_a_no_and_a_new_yes_does_not_bring_it_back(self) -> None:
        words = [word(0, granted=True, source=DOUBLE_OPT_IN), word(1, granted=False), word(2, granted=True)]
        assert [known(*words[:count]).is_confirmed() for count in (1, 2, 3)] == [True, False, False]
        assert known(*words, word(3, granted=True, source=PREFERENCE_PAGE)).is_confirmed()

    def test_a_no_that_is_told_late_does_not_end_a_later_confirmation(self) -> None:
        assert known(word(2, granted=True, source=DOUBLE_OPT_IN), word(1, granted=False)).is_confirmed()

    def test_text_messages_are_not_concerned(self) -> None:
        contact = known(word(0, granted=True, source=DOUBLE_OPT_IN, channel="sms"))
        said = contact.consent_said("sms")
        assert not contact.is_confirmed()
        assert said is not None
        assert said.source == DOUBLE_OPT_IN

    @given(
        st.lists(
            st.builds(
                word, st.integers(0, 4), st.booleans(), st.sampled_from(["form", DOUBLE_OPT_IN, CONFIRMED_ELSEWHERE])
            ),
            max_size=7,
        ),
        st.data(),
    )
    def test_whatever_the_order(self, words: list[AnyEvent], data: st.DataObject) -> None:
        shuffled = data.draw(st.permutations(words))
        assert known(*shuffled) == known(*words)
        newest_first = sorted(words, key=lambda one: (one.occurred_at, one.event_id), reverse=True)
        yes = known(*words).consent("email") is True
        until_a_no = []
        for one in newest_first:
            if getattr(one, "granted", None) is False:
                break
            until_a_no.append(getattr(one, "source", None))
        assert known(*words).is_confirmed() is (yes and bool(CONFIRMED & set(until_a_no)))


class TestTheSource:
    @pytest.mark.parametrize(
        ("event", "source"),
        [
            (word(0, granted=True), "newsletter form"),
            (word(0, granted=True, source=""), "CONSENT_CHANGED"),
            (visited(0, consent={"email": True}), "VISITED"),
            (visited(0, consent={"email": True, "source": "footer"}), "footer"),
            (paid(0, consent={"email": True}), "ORDER_PAID"),
        ],
    )
    def test_is_what_the_storefront_calls_it_or_else_the_event(self, event: AnyEvent, source: str) -> None:
        said = known(event).consent_said("email")
        assert said is not None
        assert (said.source, said.at) == (source, at(0))

    def test_is_no_channel(self) -> None:
        assert set(known(visited(0, consent={"sms": True, "source": "footer"})).said) == {"consent_sms"}


class TestNobodyOutsideMayCallItConfirmed:
    SPELLINGS = (*sorted(CONFIRMED), "Double Opt-In", "  double   opt-in ", "DOUBLE OPT-IN", "preference\u00a0page")

    @pytest.mark.parametrize("source", SPELLINGS)
    def test_in_a_change_of_consent(self, source: str) -> None:
        changed = body("CONSENT_CHANGED", channel="email", granted=True, source=source)
        with pytest.raises(InvalidEvent, match=r"^source: is reserved"):
            parse_event(changed, currency="USD")

    @pytest.mark.parametrize("source", SPELLINGS)
    @pytest.mark.parametrize("type_", ["VISITED", "PROFILE_UPDATED", "CUSTOM"])
    def test_in_any_other_event(self, type_: str, source: str) -> None:
        event = body(type_, name="signed-up", consent={"email": True, "source": source})
        with pytest.raises(InvalidEvent, match=r"^consent\.source: is reserved"):
            parse_event(event, currency="USD")

    def test_and_no_other_spelling_counts_where_it_comes_in_all_the_same(self) -> None:
        spelled = [
            read_ledger(body("CONSENT_CHANGED", channel="email", granted=True, source=s)) for s in self.SPELLINGS
        ]
        assert [known(event).is_confirmed() for event in spelled] == [s in CONFIRMED for s in self.SPELLINGS]


class TestWhoIsAsked:
    def asked(self, *events: AnyEvent, policy: Policy = POLICY) -> list[str]:
        """Which of some events made us ask for a confirmation."""
        agent, customer = RetentionAgent(policy), Customer("C", "ada@example.com")
        found: list[str] = []
        for event in events:
            change = agent.check_state_transitions(customer, at(9), event)
            customer = change.customer
            asking = [one for one in change.triggers if one.event == f"CUSTOM:{CONFIRM_SUBSCRIPTION}"]
            assert all(one.context == {"event": {"name": CONFIRM_SUBSCRIPTION}} for one in asking)
            found += [one.occurrence for one in asking]
        return found

    def test_whoever_says_yes(self) -> None:
        for yes in (visited(0, consent={"email": True}), paid(0, consent={"email": True}), word(0, granted=True)):
            assert self.asked(yes) == [yes.event_id]

    def test_nobody_where_the_shop_does_not_want_it(self) -> None:
        assert self.asked(word(0, granted=True), policy=Policy()) == []

    def test_nobody_who_says_no_or_nothing_or_yes_to_text_messages(self) -> None:
        sms = word(0, granted=True, channel="sms")
        assert self.asked(word(0, granted=False), visited(1), visited(2, consent={"sms": True}), sms) == []

    def test_nobody_who_has_confirmed(self) -> None:
        confirmed = word(0, granted=True, source=DOUBLE_OPT_IN)
        assert self.asked(confirmed, word(1, granted=True), paid(2, consent={"email": True})) == []

    def test_again_after_a_no(self) -> None:
        again = word(2, granted=True)
        assert self.asked(word(0, granted=True, source=DOUBLE_OPT_IN), word(1, granted=False), again) == [
            again.event_id
        ]

    def test_not_for_a_yes_that_a_later_word_has_overtaken(self) -> None:
        assert self.asked(word(2, granted=False), word(1, granted=True)) == []

    def test_not_for_what_an_unconfirmed_customer_does_without_a_word_on_it(self) -> None:
        yes = word(1, granted=True)
        assert self.asked(yes, paid(2), visited(3), word(0, granted=True)) == [yes.event_id]

    def test_once_for_one_event_told_twice(self) -> None:
        yes = word(0, granted=True)
        assert self.asked(yes, yes) == [yes.event_id]
