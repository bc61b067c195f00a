"""`POST /webhooks/{resend|ses|twilio-status}`: from the call to the row."""

import json
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.fixtures.failing_table import failing_table
from tests.intake.webhooks.providers.payloads import (
    ADDRESS,
    RESEND_ID,
    SAFARI,
    SES_ID,
    SUBSCRIBE,
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
from tests.starter.gateway.provider_routes import ProviderRoutes

CALLS = [
    ("resend", resend_call(resend("delivered")), RESEND_ID),
    ("ses", ses_call(sns(json.dumps(ses("Delivery")))), SES_ID),
    ("twilio-status", twilio_call(twilio("delivered")), TWILIO_ID),
]


async def tell(providers: ProviderRoutes, body: Body, id_: str = "msg_1") -> int:
    """Have Resend tell of something."""
    return await providers.deliver("resend", resend_call(body, id_=id_))


@pytest.mark.parametrize(("path", "call", "id_"), CALLS)
async def test_an_unknown_message_becomes_sent(providers: ProviderRoutes, path: str, call: Any, id_: str) -> None:
    await providers.plant(status="UNKNOWN")
    assert [await providers.deliver(path, call) for _ in range(2)] == [200, 200]
    message = await providers.message()
    assert (message["status"], message["provider"]) == ("SENT", path.partition("-")[0])
    assert message["provider_message_id"] == id_
    assert message["reason"] is None
    assert message["sent_at"] is not None
    assert await providers.events() == [("DELIVERED", None)]
    assert {line.rpartition("}")[0].partition("{")[2] for line in providers.counted()} == {
        f'kind="DELIVERED",outcome="{outcome}",provider="{message["provider"]}"' for outcome in ("recorded", "repeated")
    }


async def test_a_message_sent_twice_over_is_found_by_the_providers_id(providers: ProviderRoutes) -> None:
    await providers.plant(status="SENT")
    await providers.execute("UPDATE communications_log SET provider = 'ses', provider_message_id = :id", id=SES_ID)
    notification = ses("Bounce", "notificationType", {}, bounce=ses_bounce())
    assert await providers.deliver("ses", ses_call(sns(json.dumps(notification)))) == 200
    assert (await providers.status(), await providers.suppressions()) == ("BOUNCED", {"EMAIL": "hard_bounce"})
    assert (await providers.message())["reason"] == "ses reported: bounce, Permanent General"


async def test_a_complaint_ends_consent_and_everything_else(providers: ProviderRoutes) -> None:
    await providers.plant()
    for _ in range(2):
        assert await tell(providers, resend("complained")) == 200
    assert (await providers.status(), await providers.suppressions()) == ("COMPLAINED", {"EMAIL": "complaint"})
    assert await providers.words() == [("email", False)]
    [event] = await providers.rows("SELECT source, body FROM event_inbox")
    assert (event["source"], event["body"]["source"]) == ("resend", "complaint at resend")
    assert await providers.events() == [("COMPLAINT", None)]


async def test_an_unsubscribe_at_the_provider_counts(providers: ProviderRoutes) -> None:
    await providers.plant()
    left = ses("Subscription", subscription={"newTopicPreferences": {"unsubscribeAll": True}})
    for _ in range(2):
        assert await providers.deliver("ses", ses_call(sns(json.dumps(left)))) == 200
    assert await providers.suppressions() == {"EMAIL": "unsubscribe"}
    assert (await providers.words(), await providers.events()) == ([("email", False)], [("UNSUBSCRIBE", None)])


async def test_a_duplicate_after_new_consent_is_ignored(providers: ProviderRoutes) -> None:
    await providers.plant()
    call = resend_call(resend("complained"))
    await providers.deliver("resend", call)
    await providers.execute("DELETE FROM suppressions")
    assert await providers.deliver("resend", call) == 200
    assert (await providers.suppressions(), await providers.words()) == ({}, [("email", False)])


async def test_stop_sent_to_twilio_counts(providers: ProviderRoutes) -> None:
    await providers.plant(channel="SMS", status="SENT", consent_sms=True)
    assert await providers.deliver("twilio-status", twilio_call(twilio("failed", ErrorCode="21610"))) == 200
    assert (await providers.status(), await providers.suppressions()) == ("FAILED", {"SMS": "unsubscribe"})
    assert await providers.words() == [("sms", False)]


async def test_opens_and_clicks_count_without_our_own_tracking(providers: ProviderRoutes) -> None:
    await providers.plant()
    assert await tell(providers, resend("opened", open=visit())) == 200
    assert await providers.status() == "OPENED"
    link = "https://shop.example/t%C3%ABapot"
    assert await tell(providers, resend("clicked", click=visit(link=link)), "msg_2") == 200
    assert await providers.status() == "CLICKED"
    rows = await providers.rows("SELECT kind, is_machine, provider_event_id FROM message_events ORDER BY id")
    assert [tuple(row.values()) for row in rows] == [
        ("OPEN", False, "resend:msg_1"),
        ("CLICK", False, "resend:msg_2"),
    ]


async def test_a_visit_without_a_user_agent_is_a_machines(providers: ProviderRoutes) -> None:
    await providers.plant(status="UNKNOWN")
    assert await tell(providers, resend("opened")) == 200
    assert (await providers.status(), await providers.events()) == ("SENT", [("OPEN", None)])


async def test_with_our_own_tracking_visits_count_once(providers: ProviderRoutes) -> None:
    ours = ProviderRoutes(providers.engine, tracking=True)
    await ours.plant(status="UNKNOWN")
    async with ours.web, ours.cut_off:
        await ours.web.get(f"/o/{ours.tokens.open(KEY)}", headers={"User-Agent": SAFARI})
        assert await tell(ours, resend("opened", open=visit())) == 200
        assert (await ours.status(), await ours.events()) == ("OPENED", [("OPEN", None)])
        assert any('outcome="ignored"' in line for line in ours.counted())


async def test_an_event_about_an_unknown_message_is_only_counted(providers: ProviderRoutes) -> None:
    for path, call, _ in CALLS:
        assert await providers.deliver(path, call) == 200
    assert await providers.deliver("resend", resend_call(resend("complained"))) == 200
    assert await providers.rows("SELECT * FROM event_inbox") == []
    assert {line.rpartition("}")[0].partition("outcome=")[2] for line in providers.counted()} == {
        f'"not_ours",provider="{name}"' for name in ("resend", "ses", "twilio")
    }


async def test_a_subscription_is_confirmed(providers: ProviderRoutes) -> None:
    assert await providers.deliver("ses", ses_call(subscription())) == 200
    assert providers.amazon.confirmed == [SUBSCRIBE]


async def test_a_subscription_to_another_topic_is_not_confirmed(providers: ProviderRoutes) -> None:
    other = SUBSCRIBE.partition("TopicArn=")[2].partition("&")[0] + "-other"
    message = subscription(TopicArn=other, SubscribeURL=SUBSCRIBE.replace(other.removesuffix("-other"), other))
    assert await providers.deliver("ses", ses_call(message)) == 401
    assert providers.amazon.confirmed == []


async def test_while_amazon_is_away_the_answer_is_503(providers: ProviderRoutes) -> None:
    providers.amazon.away = True
    assert await providers.deliver("ses", CALLS[1][1]) == 503
    assert await providers.deliver("ses", ses_call(subscription())) == 503


@pytest.mark.parametrize(
    ("path", "call"),
    [
        ("resend", resend_call(resend("delivered"), "whsec_b3RoZXI=")),
        ("ses", ses_call(sns(json.dumps(ses("Send")), SigningCertURL="https://sns.evil.example/x.pem"))),
        ("twilio-status", twilio_call(twilio("sent"), "another")),
        ("twilio-status", twilio_call(twilio("sent"), url="http://127.0.0.1:8080/webhooks/twilio-status")),
    ],
)
async def test_a_delivery_without_a_valid_signature_is_401(providers: ProviderRoutes, path: str, call: Any) -> None:
    await providers.plant(status="UNKNOWN")
    assert await providers.deliver(path, call) == 401
    assert (await providers.status(), providers.counted()) == ("UNKNOWN", set())


async def test_an_unreadable_delivery_is_422(providers: ProviderRoutes) -> None:
    assert await tell(providers, resend("delivered", email_id=None)) == 422
    assert any('outcome="unreadable"' in line for line in providers.counted())


async def test_while_postgresql_is_away_the_answer_is_503(providers: ProviderRoutes) -> None:
    for path, call, _ in CALLS:
        assert await providers.deliver(path, call, client=providers.cut_off) == 503


@pytest.mark.parametrize("table", ["event_inbox", "message_events"])
async def test_a_retry_after_a_failure_completes_the_change_once(
    providers: ProviderRoutes, database_url: str, table: str
) -> None:
    await providers.plant()
    with failing_table(database_url, table):
        assert await tell(providers, resend("complained")) == 503
    for _ in range(2):
        assert await tell(providers, resend("complained")) == 200
    assert (await providers.status(), await providers.suppressions()) == ("COMPLAINED", {"EMAIL": "complaint"})
    assert (await providers.words(), await providers.events()) == ([("email", False)], [("COMPLAINT", None)])


async def test_an_event_dated_in_the_future_happened_now(providers: ProviderRoutes) -> None:
    await providers.plant()
    await tell(providers, {**resend("delivered"), "created_at": "2036-01-01T00:00:00Z"})
    assert (await providers.rows("SELECT occurred_at FROM message_events"))[0]["occurred_at"] == NOW


async def test_no_address_is_stored_or_logged(providers: ProviderRoutes) -> None:
    await providers.plant()
    with capture_logs() as logs:
        await tell(providers, resend("bounced", bounce=bounce()))
        await tell(providers, resend("delivered", email_id=ADDRESS + " "), "msg_2")
        await providers.deliver("ses", ses_call(sns(json.dumps(ses("Bounce", bounce=ses_bounce())))))
        await providers.deliver("twilio-status", twilio_call(twilio("undelivered", ErrorCode="30005")))
    kept = [await providers.rows(f"SELECT * FROM {table}") for table in ("message_events", "suppressions")]
    assert "secret" not in f"{kept} {logs} {await providers.message()}"
    assert "7400" not in f"{kept} {logs}"
