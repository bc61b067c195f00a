"""The fold, the delivery and the preference page give one answer about consent, whatever waits in the inbox."""

from functools import reduce

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.delivery.recipient import recipient_of
from db.customers.consent import reader_of
from db.messages.claims import MessageClaims
from lifecycle.campaigns import Campaign, CampaignStatus, Purpose
from lifecycle.contact import EMPTY_CONTACT, update_contact
from lifecycle.ledger_events import AnyEvent
from retention_client.events import ConsentChanged
from tests.db.customers.conftest import CUSTOMER, WrittenCustomer
from tests.lifecycle.shop import event

KEY = "a" * 64
CAMPAIGN = Campaign(
    id=1,
    slug="care",
    step=1,
    name="Care",
    trigger_event="ORDER_PAID",
    channel="EMAIL",
    status=CampaignStatus.LIVE,
    purpose=Purpose.MARKETING,
    delay_hours=0,
    expires_hours=72,
)
Consent = dict[str, bool | None]

against_postgres = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

answers = st.fixed_dictionaries({}, optional={"email": st.booleans(), "sms": st.booleans()})
objects = st.fixed_dictionaries({"consent": answers.map(lambda given: {**given, "source": "form"})})
changes = st.fixed_dictionaries({"channel": st.sampled_from(["email", "sms"]), "granted": st.booleans()})
sources = st.sampled_from(["", "form", "double opt-in"])
order = {"order": {"order_id": "o-1", "total": "10.00", "currency": "USD"}}


def statements() -> st.SearchStrategy[list[AnyEvent]]:
    """Events that say something about consent, many of them at the same moment; their ids are in no order of time."""
    one = st.one_of(
        st.tuples(st.just("PROFILE_UPDATED"), objects),
        st.tuples(st.just("ORDER_PAID"), objects.map(lambda given: {**given, **order})),
        st.tuples(st.just("CONSENT_CHANGED"), changes),
        st.tuples(st.just("CONSENT_CHANGED"), st.builds(lambda one, two: {**one, **two}, changes, objects)),
    )
    timed = st.lists(st.tuples(one, st.integers(0, 3)), max_size=6)
    return st.builds(
        lambda made, ids, named: [
            with_source(event(type_, day, event_id=f"e-{number}", **fields), source)
            for ((type_, fields), day), number, source in zip(made, ids, named, strict=False)
        ],
        timed,
        st.permutations(range(6)),
        st.lists(sources, min_size=6, max_size=6),
    )


def with_source(stated: AnyEvent, source: str) -> AnyEvent:
    """The event with a source that a storefront may not name."""
    if isinstance(stated, ConsentChanged):
        return stated.model_copy(update={"source": source})
    consent = stated.consent.model_copy(update={"source": source}) if stated.consent else None
    return stated.model_copy(update={"consent": consent})


def confirmed(customer: WrittenCustomer) -> bool:
    """Whether delivery goes by a confirmed consent."""
    message = customer.run(MessageClaims(customer.engine).read(KEY))
    assert message is not None
    return recipient_of(message, CAMPAIGN).confirmed


def folded(events: list[AnyEvent]) -> Consent:
    """What the fold says."""
    contact = reduce(update_contact, events, EMPTY_CONTACT)
    return {"email": contact.consent("email"), "sms": contact.consent("sms")}


def said(customer: WrittenCustomer) -> tuple[Consent, Consent]:
    """What delivery goes by, and what the preference page shows."""
    campaign = "VALUES ('care', 'Care', 'ORDER_PAID', 'EMAIL'"
    customer.execute(
        f"INSERT INTO campaign_definitions (slug, name, trigger_event, channel) {campaign}) ON CONFLICT DO NOTHING"
    )
    customer.execute(
        f"INSERT INTO campaigns (slug, name, trigger_event, channel, id) {campaign}, 1) ON CONFLICT DO NOTHING"
    )
    customer.execute(
        "INSERT INTO communications_log "
        "(message_key, customer_id, campaign_id, status, planned_at, due_at, expires_at) "
        "VALUES (:key, :customer, 1, 'PLANNED', now(), now(), now())",
        {"key": KEY, "customer": CUSTOMER},
    )
    message = customer.run(MessageClaims(customer.engine).read(KEY))
    reader = customer.run(reader_of(customer.engine, KEY))
    assert message is not None
    assert reader is not None
    stated = {channel: message.consent[channel] for channel in ("email", "sms")}
    return stated, {channel.lower(): answer for channel, answer in reader.person.consent.items()}


@against_postgres
@given(statements(), st.data())
def test_what_waits_counts_as_it_will_once_it_is_applied(
    written_customer: WrittenCustomer, events: list[AnyEvent], data: st.DataObject
) -> None:
    written_customer.clear()
    applied = events[: data.draw(st.integers(0, len(events)))]
    customer = written_customer.open()
    for one in applied:
        customer = written_customer.apply(customer, [one])
    written_customer.receive(events[len(applied) :])

    assert said(written_customer) == (folded(events), folded(events))
    assert confirmed(written_customer) == reduce(update_contact, events, EMPTY_CONTACT).is_confirmed()


def test_consent_that_was_withdrawn_and_given_again_in_the_inbox_is_not_confirmed(
    written_customer: WrittenCustomer,
) -> None:
    agreed = with_source(event("CONSENT_CHANGED", 0, channel="email", granted=True), "double opt-in")
    written_customer.apply(written_customer.open(), [agreed])
    said(written_customer)
    assert confirmed(written_customer)

    withdrawn = event("CONSENT_CHANGED", 1, channel="email", granted=False)
    written_customer.receive([withdrawn, event("CONSENT_CHANGED", 2, channel="email", granted=True)])

    assert not confirmed(written_customer)


def test_a_confirmation_counts_from_the_moment_the_inbox_has_it(written_customer: WrittenCustomer) -> None:
    written_customer.apply(written_customer.open(), [event("CONSENT_CHANGED", 0, channel="email", granted=True)])
    said(written_customer)
    assert not confirmed(written_customer)

    confirmation = event("CONSENT_CHANGED", 1, channel="email", granted=True)
    written_customer.receive([with_source(confirmation, "double opt-in")])

    assert confirmed(written_customer)


@pytest.mark.parametrize("type_", ["PROFILE_UPDATED", "ORDER_PAID"])
def test_a_withdrawal_inside_another_event_counts_everywhere(written_customer: WrittenCustomer, type_: str) -> None:
    agreed = event("CONSENT_CHANGED", 0, channel="email", granted=True)
    written_customer.apply(written_customer.open(), [agreed])
    fields = order if type_ == "ORDER_PAID" else {}
    written_customer.receive([event(type_, 1, consent={"email": False}, **fields)])

    assert said(written_customer) == ({"email": False, "sms": None}, {"email": False, "sms": None})


def test_a_late_statement_does_not_outweigh_a_newer_one(written_customer: WrittenCustomer) -> None:
    agreed = event("CONSENT_CHANGED", 2, channel="email", granted=True)
    written_customer.apply(written_customer.open(), [agreed])
    written_customer.receive([event("PROFILE_UPDATED", 1, consent={"email": False})])

    assert said(written_customer) == ({"email": True, "sms": None}, {"email": True, "sms": None})


def test_a_newer_statement_counts_after_a_confirmed_one(written_customer: WrittenCustomer) -> None:
    """The profile shows the time of the confirmation, not of the newest statement."""
    confirmed = event("CONSENT_CHANGED", 0, channel="email", granted=True, source="a form")
    confirmed = confirmed.model_copy(update={"source": "double opt-in"})
    repeated = event("CONSENT_CHANGED", 2, channel="email", granted=True)
    customer = written_customer.apply(written_customer.open(), [confirmed])
    written_customer.apply(customer, [repeated])
    written_customer.receive([event("CONSENT_CHANGED", 1, channel="email", granted=False)])

    assert said(written_customer)[0]["email"] is True


def test_without_anything_in_the_inbox_the_profile_counts(written_customer: WrittenCustomer) -> None:
    written_customer.open()
    written_customer.execute("UPDATE customer_profiles SET consent_email = false, consent_sms = true")

    assert said(written_customer) == ({"email": False, "sms": True}, {"email": False, "sms": True})
