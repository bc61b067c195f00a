"""Each provider's events are read, and no address is among the results."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from activities.delivery.providers import resend as resend_adapter
from activities.delivery.providers import ses as ses_adapter
from activities.delivery.providers import twilio as twilio_adapter
from intake.webhooks.providers.all import PROVIDERS
from intake.webhooks.providers.resend import RESEND
from intake.webhooks.providers.ses import SES
from intake.webhooks.providers.twilio import TWILIO
from intake.webhooks.shop_adapter import UnreadableDelivery
from lifecycle.provider_events import ProviderEvent, ProviderEventKind
from settings import Settings
from tests.intake.webhooks.providers.payloads import (
    ADDRESS,
    RESEND_ID,
    SAFARI,
    SES_ID,
    TWILIO_ID,
    Body,
    bounce,
    resend,
    ses,
    ses_bounce,
    sns,
    subscription,
    twilio,
    visit,
)
from tests.intake.webhooks.providers.signing import resend_call, ses_call, twilio_call
from tests.starter.gateway.customer_pages import KEY, NOW

OF_RESEND: list[tuple[Body, ProviderEventKind, str | None]] = [
    (resend("sent"), ProviderEventKind.ACCEPTED, None),
    (resend("delivery_delayed"), ProviderEventKind.ACCEPTED, None),
    (resend("delivered"), ProviderEventKind.DELIVERED, None),
    (resend("opened", open=visit()), ProviderEventKind.OPEN, None),
    (resend("clicked", click=visit(link="https://shop.example/")), ProviderEventKind.CLICK, None),
    (resend("bounced", bounce=bounce()), ProviderEventKind.BOUNCE, "Permanent General"),
    (resend("bounced", bounce=bounce("Transient")), ProviderEventKind.SOFT_BOUNCE, "Transient General"),
    (resend("bounced", bounce=bounce("Undetermined")), ProviderEventKind.SOFT_BOUNCE, "Undetermined General"),
    (resend("bounced"), ProviderEventKind.BOUNCE, None),
    (
        resend("suppressed", suppressed={"type": "OnAccountSuppressionList"}),
        ProviderEventKind.BOUNCE,
        "OnAccountSuppressionList",
    ),
    (resend("complained"), ProviderEventKind.COMPLAINT, None),
    (resend("failed", failed={"reason": "reached_daily_quota"}), ProviderEventKind.FAILURE, "reached_daily_quota"),
    (resend("failed", failed={"reason": f"no such address: {ADDRESS}"}), ProviderEventKind.FAILURE, None),
]
OF_SES: list[tuple[Body, ProviderEventKind, str | None]] = [
    (ses("Send", send={}), ProviderEventKind.ACCEPTED, None),
    (ses("DeliveryDelay", deliveryDelay={"delayType": "MailboxFull"}), ProviderEventKind.ACCEPTED, None),
    (ses("Delivery", delivery={"smtpResponse": "250 2.6.0 ok"}), ProviderEventKind.DELIVERED, None),
    (ses("Open", open=visit()), ProviderEventKind.OPEN, None),
    (ses("Click", click=visit(link="https://shop.example/")), ProviderEventKind.CLICK, None),
    (ses("Bounce", bounce=ses_bounce()), ProviderEventKind.BOUNCE, "Permanent General"),
    (ses("Bounce", bounce=ses_bounce("Permanent", "Suppressed")), ProviderEventKind.BOUNCE, "Permanent Suppressed"),
    (
        ses("Bounce", bounce=ses_bounce("Transient", "MailboxFull")),
        ProviderEventKind.SOFT_BOUNCE,
        "Transient MailboxFull",
    ),
    (
        ses("Bounce", bounce=ses_bounce("Undetermined", "Undetermined")),
        ProviderEventKind.SOFT_BOUNCE,
        "Undetermined Undetermined",
    ),
    (ses("Bounce", "notificationType", {}, bounce=ses_bounce()), ProviderEventKind.BOUNCE, "Permanent General"),
    (ses("Complaint", complaint={"complaintFeedbackType": "abuse"}), ProviderEventKind.COMPLAINT, "abuse"),
    (ses("Complaint", "notificationType", {}, complaint={"feedbackId": "1"}), ProviderEventKind.COMPLAINT, None),
    (ses("Reject", reject={"reason": "Bad content"}), ProviderEventKind.FAILURE, "Bad content"),
    (ses("Reject", reject={"reason": f"{ADDRESS} is refused"}), ProviderEventKind.FAILURE, None),
    (ses("Rendering Failure", failure={"templateName": "t", "errorMessage": "x"}), ProviderEventKind.FAILURE, None),
    (
        ses("Subscription", subscription={"newTopicPreferences": {"unsubscribeAll": True}}),
        ProviderEventKind.UNSUBSCRIBE,
        None,
    ),
    (
        ses(
            "Subscription",
            subscription={
                "newTopicPreferences": {
                    "unsubscribeAll": False,
                    "topicSubscriptionStatus": [{"topicName": "news", "subscriptionStatus": "OptOut"}],
                }
            },
        ),
        ProviderEventKind.UNSUBSCRIBE,
        None,
    ),
]
OF_TWILIO: list[tuple[dict[str, str], list[ProviderEventKind], str | None]] = [
    *((twilio(status), [ProviderEventKind.ACCEPTED], None) for status in ("accepted", "queued", "sending", "sent")),
    (twilio("delivered"), [ProviderEventKind.DELIVERED], None),
    (twilio("undelivered", ErrorCode="30003"), [ProviderEventKind.SOFT_BOUNCE], "undelivered error 30003"),
    (twilio("undelivered", ErrorCode="30005"), [ProviderEventKind.BOUNCE], "undelivered error 30005"),
    (twilio("undelivered", ErrorCode="30006"), [ProviderEventKind.BOUNCE], "undelivered error 30006"),
    (twilio("failed", ErrorCode="30001"), [ProviderEventKind.FAILURE], "failed error 30001"),
    (twilio("failed", ErrorCode="21211"), [ProviderEventKind.BOUNCE], "failed error 21211"),
    (
        twilio("failed", ErrorCode="21610"),
        [ProviderEventKind.FAILURE, ProviderEventKind.UNSUBSCRIBE],
        "failed error 21610",
    ),
    (twilio("undelivered", ErrorCode="ada@example.com"), [ProviderEventKind.SOFT_BOUNCE], None),
    (twilio("canceled"), [ProviderEventKind.FAILURE], None),
]


def of_ses(body: Body) -> tuple[ProviderEvent, ...]:
    return tuple(SES.read(ses_call(sns(json.dumps(body)))))


@pytest.mark.parametrize(("body", "kind", "detail"), OF_RESEND)
def test_resend(body: Body, kind: ProviderEventKind, detail: str | None) -> None:
    [event] = RESEND.read(resend_call(body))
    assert (event.kind, event.detail, event.message_key) == (kind, detail, KEY)
    assert (event.provider, event.event_id, event.provider_message_id) == ("resend", "resend:msg_1", RESEND_ID)
    assert "ada" not in repr(event)


@pytest.mark.parametrize(("body", "kind", "detail"), OF_SES)
def test_ses(body: Body, kind: ProviderEventKind, detail: str | None) -> None:
    [event] = of_ses(body)
    assert (event.kind, event.detail) == (kind, detail)
    assert event.message_key == (KEY if "eventType" in body else None)
    assert (event.provider, event.provider_message_id) == ("ses", SES_ID)
    assert event.event_id == "ses:22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324"
    assert "ada" not in repr(event)


@pytest.mark.parametrize(("form", "kinds", "detail"), OF_TWILIO)
def test_twilio(form: dict[str, str], kinds: list[ProviderEventKind], detail: str | None) -> None:
    events = TWILIO.read(twilio_call(form))
    assert [event.kind for event in events] == kinds
    assert {(event.detail, event.message_key) for event in events} == {(detail, KEY)}
    assert {event.provider_message_id for event in events} == {TWILIO_ID}
    assert events[0].event_id == f"twilio:{TWILIO_ID}:{form['MessageStatus']}"
    assert len({event.event_id for event in events}) == len(events)
    assert "ada" not in repr(events)
    assert "7400" not in repr(events)


@pytest.mark.parametrize(
    "tags", [[{"name": "message_key", "value": KEY}, {"name": "other"}, 5], {"message_key": KEY, "other": "x"}]
)
def test_resends_tags_come_in_two_shapes(tags: Any) -> None:
    [event] = RESEND.read(resend_call(resend("sent", tags)))
    assert event.message_key == KEY


@pytest.mark.parametrize("tags", [[], {}, "x", [[]], {"message_key": KEY[1:]}, {"message_key": f"{KEY}\n"}])
def test_without_our_tag_the_providers_own_id_is_left(tags: Any) -> None:
    [of_resend] = RESEND.read(resend_call(resend("sent", tags)))
    [of_amazon] = of_ses(ses("Send", tags={"message_key": tags}))
    [of_twilio] = TWILIO.read(twilio_call(twilio("sent"), query="?message=nobody"))
    assert [of_resend.message_key, of_amazon.message_key, of_twilio.message_key] == [None] * 3


def test_visits_have_link_time_and_user_agent() -> None:
    moment = datetime(2026, 11, 22, 11, 40, 13, tzinfo=UTC)
    clicked = visit(link="https://shop.example/a?b=c")
    for [event] in (RESEND.read(resend_call(resend("clicked", click=clicked))), of_ses(ses("Click", click=clicked))):
        assert (event.link, event.at, event.user_agent) == ("https://shop.example/a?b=c", moment, SAFARI)


@pytest.mark.parametrize(
    "message",
    [
        "Successfully validated SNS topic for Amazon SES event publishing.",
        json.dumps({"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "You have subscribed."}),
        json.dumps(ses("SomethingNew")),
        json.dumps(ses("Complaint", complaint={"complaintFeedbackType": "not-spam"})),
        json.dumps(ses("Subscription", subscription={"newTopicPreferences": {"unsubscribeAll": False}})),
        json.dumps([]),
        "",
    ],
)
def test_other_messages_of_ses_are_ignored(message: str) -> None:
    assert SES.read(ses_call(sns(message))) == ()


def test_a_confirmation_is_no_event() -> None:
    assert SES.read(ses_call(subscription(Message=json.dumps(ses("Send"))))) == ()


@pytest.mark.parametrize("kind", ["received", "scheduled", "new"])
def test_other_events_of_resend_are_ignored(kind: str) -> None:
    assert RESEND.read(resend_call(resend(kind))) == ()


@pytest.mark.parametrize("status", ["", "receiving", "received", "new"])
def test_other_statuses_of_twilio_are_ignored(status: str) -> None:
    assert TWILIO.read(twilio_call(twilio(status))) == ()


@pytest.mark.parametrize("id_", ["", "a b", "x" * 151, "é"])
def test_a_message_without_a_valid_id_is_unreadable(id_: str) -> None:
    with pytest.raises(UnreadableDelivery):
        RESEND.read(resend_call(resend("sent", email_id=id_)))
    with pytest.raises(UnreadableDelivery):
        of_ses({**ses("Send"), "mail": {"messageId": id_}})
    with pytest.raises(UnreadableDelivery):
        TWILIO.read(twilio_call(twilio("sent", MessageSid=id_)))
    with pytest.raises(UnreadableDelivery):
        RESEND.read(replace(resend_call(resend("sent")), headers={"svix-id": id_}))


def test_without_a_time_an_event_is_dated_when_it_was_published_or_arrived() -> None:
    [published] = of_ses(ses("Send"))
    [came] = SES.read(ses_call(sns(json.dumps(ses("Send")), Timestamp="soon")))
    assert (published.at, came.at) == (datetime(2026, 11, 22, 11, 40, 14, tzinfo=UTC), NOW)


def test_provider_names_match_those_of_delivery() -> None:
    sending = (
        resend_adapter,
        ses_adapter,
        twilio_adapter,
    )
    assert [provider.name for provider in PROVIDERS] == [module.PROVIDER for module in sending]
    assert f"/webhooks/{TWILIO.path}" == twilio_adapter.STATUS_PATH
    assert all(provider.secrets in Settings.model_fields for provider in PROVIDERS)
