"""`POST /webhooks/{resend|ses|twilio-status}`: from the call to the row."""

import json
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from db.messages import provider_events
from intake.door.door import Door
from tests.intake.webhooks.providers.conftest import Desk
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
from tests.starter.gateway.links.conftest import KEY, NOW

CALLS = [
    ("resend", resend_call(resend("delivered")), RESEND_ID),
    ("ses", ses_call(sns(json.dumps(ses("Delivery")))), SES_ID),
    ("twilio-status", twilio_call(twilio("delivered")), TWILIO_ID),
]


async def tell(desk: Desk, body: Body, id_: str = "msg_1") -> int:
    """Have Resend tell of something."""
    return await desk.hear("resend", resend_call(body, id_=id_))


@pytest.mark.parametrize(("path", "call", "id_"), CALLS)
async def test_what_nobody_knew_is_known(desk: Desk, path: str, call: Any, id_: str) -> None:
    await desk.plant(status="UNKNOWN")
    assert [await desk.hear(path, call) for _ in range(2)] == [200, 200]
    message = await desk.message()
    assert (message["status"], message["provider"]) == ("SENT", path.partition("-")[0])
    assert message["provider_message_id"] == id_
    assert message["reason"] is None
    assert message["sent_at"] is not None
    assert await desk.events() == [("DELIVERED", None)]
    assert {line.rpartition("}")[0].partition("{")[2] for line in desk.counted()} == {
        f'kind="DELIVERED",outcome="{outcome}",provider="{message["provider"]}"' for outcome in ("recorded", "repeated")
    }


async def test_a_message_sent_twice_over_is_found_by_the_providers_id(desk: Desk) -> None:
    await desk.plant(status="SENT")
    await desk.execute("UPDATE communications_log SET provider = 'ses', provider_message_id = :id", id=SES_ID)
    notification = ses("Bounce", "notificationType", {}, bounce=ses_bounce())
    assert await desk.hear("ses", ses_call(sns(json.dumps(notification)))) == 200
    assert (await desk.status(), await desk.suppressions()) == ("BOUNCED", {"EMAIL": "hard_bounce"})
    assert (await desk.message())["reason"] == "ses told: bounce, Permanent General"


async def test_a_complaint_ends_consent_and_everything_else(desk: Desk) -> None:
    await desk.plant()
    for _ in range(2):
        assert await tell(desk, resend("complained")) == 200
    assert (await desk.status(), await desk.suppressions()) == ("COMPLAINED", {"EMAIL": "complaint"})
    assert await desk.words() == [("email", False)]
    [event] = await desk.rows("SELECT source, body FROM event_inbox")
    assert (event["source"], event["body"]["source"]) == ("resend", "complaint at resend")
    assert await desk.events() == [("COMPLAINT", None)]


async def test_who_unsubscribes_at_the_provider_is_unsubscribed(desk: Desk) -> None:
    await desk.plant()
    left = ses("Subscription", subscription={"newTopicPreferences": {"unsubscribeAll": True}})
    for _ in range(2):
        assert await desk.hear("ses", ses_call(sns(json.dumps(left)))) == 200
    assert await desk.suppressions() == {"EMAIL": "unsubscribe"}
    assert (await desk.words(), await desk.events()) == ([("email", False)], [("UNSUBSCRIBE", None)])


async def test_told_again_after_they_came_back_it_does_not_count(desk: Desk) -> None:
    await desk.plant()
    call = resend_call(resend("complained"))
    await desk.hear("resend", call)
    await desk.execute("DELETE FROM suppressions")
    assert await desk.hear("resend", call) == 200
    assert (await desk.suppressions(), await desk.words()) == ({}, [("email", False)])


async def test_who_wrote_stop_to_twilio_is_unsubscribed(desk: Desk) -> None:
    await desk.plant(channel="SMS", status="SENT", consent_sms=True)
    assert await desk.hear("twilio-status", twilio_call(twilio("failed", ErrorCode="21610"))) == 200
    assert (await desk.status(), await desk.suppressions()) == ("FAILED", {"SMS": "unsubscribe"})
    assert await desk.words() == [("sms", False)]


async def test_opens_and_clicks_are_taken_where_our_own_are_not(desk: Desk) -> None:
    await desk.plant()
    assert await tell(desk, resend("opened", open=visit())) == 200
    assert await desk.status() == "OPENED"
    link = "https://shop.example/t%C3%ABapot"
    assert await tell(desk, resend("clicked", click=visit(link=link)), "msg_2") == 200
    assert await desk.status() == "CLICKED"
    rows = await desk.rows("SELECT kind, is_machine, provider_event_id FROM message_events ORDER BY id")
    assert [tuple(row.values()) for row in rows] == [
        ("OPEN", False, "resend:msg_1"),
        ("CLICK", False, "resend:msg_2"),
    ]


async def test_a_visit_without_a_name_is_a_machines(desk: Desk) -> None:
    await desk.plant(status="UNKNOWN")
    assert await tell(desk, resend("opened")) == 200
    assert (await desk.status(), await desk.events()) == ("SENT", [("OPEN", None)])


async def test_where_our_own_links_tell_of_visits_they_count_once(desk: Desk) -> None:
    ours = Desk(desk.engine, tracking=True)
    await ours.plant(status="UNKNOWN")
    async with ours.web, ours.cut_off:
        await ours.web.get(f"/o/{ours.tokens.open(KEY)}", headers={"User-Agent": SAFARI})
        assert await tell(ours, resend("opened", open=visit())) == 200
        assert (await ours.status(), await ours.events()) == ("OPENED", [("OPEN", None)])
        assert any('outcome="ignored"' in line for line in ours.counted())


async def test_what_is_about_no_message_of_ours_is_counted_and_forgotten(desk: Desk) -> None:
    for path, call, _ in CALLS:
        assert await desk.hear(path, call) == 200
    assert await desk.hear("resend", resend_call(resend("complained"))) == 200
    assert await desk.rows("SELECT * FROM event_inbox") == []
    assert {line.rpartition("}")[0].partition("outcome=")[2] for line in desk.counted()} == {
        f'"not_ours",provider="{name}"' for name in ("resend", "ses", "twilio")
    }


async def test_a_subscription_is_confirmed(desk: Desk) -> None:
    assert await desk.hear("ses", ses_call(subscription())) == 200
    assert desk.amazon.visited == [SUBSCRIBE]


async def test_one_of_somebody_elses_topic_is_not(desk: Desk) -> None:
    other = SUBSCRIBE.partition("TopicArn=")[2].partition("&")[0] + "-other"
    message = subscription(TopicArn=other, SubscribeURL=SUBSCRIBE.replace(other.removesuffix("-other"), other))
    assert await desk.hear("ses", ses_call(message)) == 401
    assert desk.amazon.visited == []


async def test_while_amazon_is_away_sns_is_to_try_again(desk: Desk) -> None:
    desk.amazon.away = True
    assert await desk.hear("ses", CALLS[1][1]) == 503
    assert await desk.hear("ses", ses_call(subscription())) == 503


@pytest.mark.parametrize(
    ("path", "call"),
    [
        ("resend", resend_call(resend("delivered"), "whsec_b3RoZXI=")),
        ("ses", ses_call(sns(json.dumps(ses("Send")), SigningCertURL="https://sns.evil.example/x.pem"))),
        ("twilio-status", twilio_call(twilio("sent"), "another")),
        ("twilio-status", twilio_call(twilio("sent"), url="http://127.0.0.1:8080/webhooks/twilio-status")),
    ],
)
async def test_who_has_no_secret_is_turned_away(desk: Desk, path: str, call: Any) -> None:
    await desk.plant(status="UNKNOWN")
    assert await desk.hear(path, call) == 401
    assert (await desk.status(), desk.counted()) == ("UNKNOWN", set())


async def test_what_cannot_be_read_is_the_providers_to_keep(desk: Desk) -> None:
    assert await tell(desk, resend("delivered", email_id=None)) == 422
    assert any('outcome="unreadable"' in line for line in desk.counted())


async def test_while_postgresql_is_away_the_provider_is_to_try_again(desk: Desk) -> None:
    for path, call, _ in CALLS:
        assert await desk.hear(path, call, client=desk.cut_off) == 503


@pytest.mark.parametrize("breaks", ["door", "record"])
async def test_whatever_is_done_half_is_done_once(desk: Desk, monkeypatch: pytest.MonkeyPatch, breaks: str) -> None:
    await desk.plant()

    async def fail(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, OSError("away"))

    with monkeypatch.context() as broken:
        if breaks == "door":
            broken.setattr(Door, "accept", fail)
        else:
            broken.setattr(provider_events, "record", fail)
        assert await tell(desk, resend("complained")) == 503
    for _ in range(2):
        assert await tell(desk, resend("complained")) == 200
    assert (await desk.status(), await desk.suppressions()) == ("COMPLAINED", {"EMAIL": "complaint"})
    assert (await desk.words(), await desk.events()) == ([("email", False)], [("COMPLAINT", None)])


async def test_what_is_told_of_the_future_happened_now(desk: Desk) -> None:
    await desk.plant()
    await tell(desk, {**resend("delivered"), "created_at": "2036-01-01T00:00:00Z"})
    assert (await desk.rows("SELECT occurred_at FROM message_events"))[0]["occurred_at"] == NOW


async def test_nobodys_address_is_kept_or_logged(desk: Desk) -> None:
    await desk.plant()
    with capture_logs() as logs:
        await tell(desk, resend("bounced", bounce=bounce()))
        await tell(desk, resend("delivered", email_id=ADDRESS + " "), "msg_2")
        await desk.hear("ses", ses_call(sns(json.dumps(ses("Bounce", bounce=ses_bounce())))))
        await desk.hear("twilio-status", twilio_call(twilio("undelivered", ErrorCode="30005")))
    kept = [await desk.rows(f"SELECT * FROM {table}") for table in ("message_events", "suppressions")]
    assert "secret" not in f"{kept} {logs} {await desk.message()}"
    assert "7400" not in f"{kept} {logs}"
