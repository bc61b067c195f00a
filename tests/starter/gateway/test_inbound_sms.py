"""`POST /webhooks/twilio`: STOP, START, and everything else that people write."""

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from intake.door.door import Door
from intake.door.incoming import IncomingEvent
from tests.fixtures.failing_table import failing_table
from tests.starter.gateway.customer_pages import ADA, AUTH_TOKENS, IDENTITY_KEY, NOW, CustomerPages

NUMBER = "+447400123456"
URL = "https://mail.shop.example/webhooks/twilio"
NOTHING = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
BEN = "ben@example.com"


async def write(
    pages: CustomerPages, body: str, sid: str = "SM1", *, token: str = AUTH_TOKENS[0], query: str = "", **fields: str
) -> httpx2.Response:
    """A text message as Twilio tells of it."""
    form = {"MessageSid": sid, "From": NUMBER, "To": "+447400000000", "Body": body, **fields}
    signed = URL + query + "".join(name + form[name] for name in sorted(form))
    signature = base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()
    return await pages.web.post(f"/webhooks/twilio{query}", data=form, headers={"X-Twilio-Signature": signature})


async def customer_with_number(pages: CustomerPages, **profile: Any) -> str:
    return await pages.plant(**{"phone": NUMBER, "consent_sms": True, **profile})


@pytest.mark.parametrize(
    "words",
    [
        *("STOP", "stop", " Stop. ", "“STOP!”", "QUIT", "End", "REVOKE", "OPT OUT", "opt-out", "OPTOUT", "CANCEL"),
        *("UNSUBSCRIBE", "STOPALL", "Stop all", "ＳＴＯＰ", "stop\n"),
    ],
)
async def test_stop_ends_text_messages_at_once(pages: CustomerPages, words: str) -> None:
    ada = await customer_with_number(pages)

    answer = await write(pages, words)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml")
    assert answer.text.count("<Message>") == 1
    assert "Cast &lt;Iron&gt; &amp; Co: you will get no more text messages" in answer.text
    [row] = await pages.rows("SELECT * FROM suppressions")
    assert (row["customer_id"], row["channel"], row["reason"], row["source"]) == (ada, "SMS", "unsubscribe", "STOP")
    [event] = await pages.rows("SELECT * FROM event_inbox")
    assert (event["customer_id"], event["source"], event["occurred_at"]) == (ada, "twilio", NOW)
    assert await pages.words() == [("sms", False)]


@pytest.mark.parametrize("words", ["", "please do not stop", "stopping by tomorrow", "HELP", "👍", "end it all"])
async def test_everything_else_is_not_kept(
    pages: CustomerPages, words: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    await customer_with_number(pages)

    answer = await write(pages, words)

    assert (answer.status_code, answer.text) == (200, NOTHING)
    assert (await pages.suppressions(), await pages.rows("SELECT * FROM event_inbox")) == ({}, [])
    logged = capsys.readouterr().out + caplog.text
    assert "without a keyword" in logged
    assert NUMBER not in logged


@pytest.mark.parametrize(
    ("phone", "country", "theirs"),
    [
        ("+44 7400 123456", None, True),
        ("0044 7400 123456", "GB", True),
        ("07400 123456", "GB", True),
        ("(07400) 123-456", None, True),
        ("+44 (0)7400 123456", "US", True),
        ("+44 7400 123456 ext. 7", None, True),
        ("+33 7400 123456", None, False),
        ("+44 7400 123457", None, False),
        ("call 123456", "GB", False),
    ],
)
async def test_a_number_is_known_in_whatever_spelling(
    pages: CustomerPages, phone: str, country: str | None, theirs: bool
) -> None:
    customer_id = await customer_with_number(pages, phone=phone, country=country)
    await write(pages, "STOP")
    found = await pages.rows("SELECT customer_id FROM suppressions")
    assert found == ([{"customer_id": customer_id}] if theirs else [])


async def test_everybody_with_the_number_is_left_in_peace(pages: CustomerPages) -> None:
    customers = {await customer_with_number(pages), await customer_with_number(pages, email=BEN, key="cd" * 32)}
    # Known by an event that is not applied yet: there is no profile with the number.
    third = {"type": "VISITED", "event_id": "v-1", "customer_email": "cat@example.com", "phone": "+44 7400 123 456"}
    door = Door(pages.engine, identity_key=IDENTITY_KEY.encode(), currency="USD")
    await door.accept([IncomingEvent({**third, "occurred_at": NOW.isoformat()})], source="http")

    await write(pages, "STOP")

    silent = {row["customer_id"] for row in await pages.rows("SELECT customer_id FROM suppressions")}
    assert silent > customers
    assert len(silent) == 3
    assert await pages.words() == [("sms", False)] * 3


async def test_the_same_message_again_changes_nothing(pages: CustomerPages) -> None:
    await customer_with_number(pages)
    first = await write(pages, "STOP", "SM1")
    pages.now += timedelta(minutes=1)
    back = await write(pages, "START", "SM2")
    pages.now += timedelta(minutes=1)
    assert "Reply STOP to unsubscribe" in back.text
    assert await pages.suppressions() == {}

    assert (await write(pages, "STOP", "SM1")).text == first.text
    assert await pages.suppressions() == {}
    await write(pages, "STOP", "SM3")
    assert (await write(pages, "START", "SM2")).text == back.text

    assert await pages.suppressions() == {"SMS": "unsubscribe"}
    assert await pages.words() == [("sms", False), ("sms", True), ("sms", False)]


@pytest.mark.parametrize("word", ["START", "yes", "Unstop"])
async def test_only_who_had_asked_for_silence_comes_back(pages: CustomerPages, word: str) -> None:
    customer_id = await customer_with_number(pages, consent_sms=None)
    assert (await write(pages, word, "SM1")).text == NOTHING
    assert await pages.words() == []
    await pages.execute(
        "INSERT INTO suppressions (customer_id, channel, reason) VALUES (:id, 'SMS', 'complaint')", id=customer_id
    )
    assert (await write(pages, word, "SM2")).text == NOTHING
    assert (await pages.suppressions(), await pages.words()) == ({"SMS": "complaint"}, [])


async def test_a_number_nobody_has_is_remembered(pages: CustomerPages) -> None:
    assert (await write(pages, "START", "SM0")).text == NOTHING
    answer = await write(pages, "STOP", "SM1")
    assert "<Message>" in answer.text
    [waiting] = await pages.rows("SELECT * FROM event_inbox")
    assert (waiting["status"], waiting["waits_for"], waiting["customer_id"]) == ("WAITING", [f"phone/{NUMBER}"], None)

    door = Door(pages.engine, identity_key=IDENTITY_KEY.encode(), currency="USD")
    event = {"type": "VISITED", "event_id": "v-1", "customer_email": ADA, "phone": "+44 7400 123456"}
    await door.accept([IncomingEvent({**event, "occurred_at": NOW.isoformat()})], source="http")

    [stop] = await pages.rows("SELECT * FROM event_inbox WHERE type = 'CONSENT_CHANGED'")
    assert (stop["status"], stop["customer_email"]) == ("RECEIVED", ADA)
    assert (await write(pages, "STOP", "SM1")).text == answer.text
    assert await pages.suppressions() == {}
    assert len(await pages.words()) == 1


async def test_a_number_nobody_has_may_come_back_too(pages: CustomerPages) -> None:
    await write(pages, "STOP", "SM1")
    assert "you will get our text messages again" in (await write(pages, "START", "SM2")).text
    assert await pages.words() == [("sms", False), ("sms", True)]


async def test_where_twilio_confirms_we_do_not(pages: CustomerPages) -> None:
    await customer_with_number(pages)
    assert (await write(pages, "STOP", OptOutType="STOP")).text == NOTHING
    assert await pages.suppressions() == {"SMS": "unsubscribe"}


@pytest.mark.parametrize("sender", ["whatsapp:+447400123456", "SHOP", "", "12345"])
async def test_what_comes_from_no_telephone(pages: CustomerPages, sender: str) -> None:
    await customer_with_number(pages)
    assert (await write(pages, "STOP", From=sender)).text == NOTHING
    assert await pages.suppressions() == {}


async def test_any_of_the_tokens_signs(pages: CustomerPages) -> None:
    assert (await write(pages, "hello", token=AUTH_TOKENS[1], query="?shop=1&a=%20")).status_code == 200


async def test_who_cannot_sign_is_not_heard(pages: CustomerPages) -> None:
    await customer_with_number(pages)
    assert (await write(pages, "STOP", token="a guess")).status_code == 401
    unsigned = await pages.web.post("/webhooks/twilio", data={"MessageSid": "SM1", "From": NUMBER, "Body": "STOP"})
    assert unsigned.status_code == 401
    assert (await pages.web.post("/webhooks/twilio", content=b"\xff\xfe")).status_code == 401
    assert await pages.suppressions() == {}


async def test_without_tokens_there_is_no_such_door(pages: CustomerPages) -> None:
    shop = CustomerPages(pages.engine, twilio_auth_tokens=None)
    async with shop.web, shop.cut_off:
        assert (await write(shop, "STOP")).status_code == 404


async def test_a_retry_after_a_failure_at_the_door_completes_the_change(
    pages: CustomerPages, database_url: str
) -> None:
    await customer_with_number(pages)

    with failing_table(database_url, "event_inbox"):
        assert (await write(pages, "STOP")).status_code == 503
    assert (await pages.suppressions(), await pages.words()) == ({"SMS": "unsubscribe"}, [])

    assert (await write(pages, "STOP")).status_code == 200

    assert await pages.words() == [("sms", False)]
