"""`POST /webhooks/twilio`: STOP, START, and everything else that people write."""

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy.exc import OperationalError

from intake.door.door import Door
from intake.door.incoming import IncomingEvent
from tests.starter.gateway.links.conftest import ADA, AUTH_TOKENS, IDENTITY_KEY, NOW, Counter

NUMBER = "+447400123456"
URL = "https://mail.shop.example/webhooks/twilio"
NOTHING = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
BEN = "ben@example.com"


async def write(
    counter: Counter, body: str, sid: str = "SM1", *, token: str = AUTH_TOKENS[0], query: str = "", **fields: str
) -> httpx2.Response:
    """A text message as Twilio tells of it."""
    form = {"MessageSid": sid, "From": NUMBER, "To": "+447400000000", "Body": body, **fields}
    signed = URL + query + "".join(name + form[name] for name in sorted(form))
    signature = base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()
    return await counter.web.post(f"/webhooks/twilio{query}", data=form, headers={"X-Twilio-Signature": signature})


async def customer_with_number(counter: Counter, **profile: Any) -> str:
    return await counter.plant(**{"phone": NUMBER, "consent_sms": True, **profile})


@pytest.mark.parametrize(
    "words",
    [
        *("STOP", "stop", " Stop. ", "“STOP!”", "QUIT", "End", "REVOKE", "OPT OUT", "opt-out", "OPTOUT", "CANCEL"),
        *("UNSUBSCRIBE", "STOPALL", "Stop all", "ＳＴＯＰ", "stop\n"),
    ],
)
async def test_stop_ends_text_messages_at_once(counter: Counter, words: str) -> None:
    whose = await customer_with_number(counter)

    answer = await write(counter, words)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml")
    assert answer.text.count("<Message>") == 1
    assert "Cast &lt;Iron&gt; &amp; Co: you get no more text messages" in answer.text
    [row] = await counter.rows("SELECT * FROM suppressions")
    assert (row["customer_id"], row["channel"], row["reason"], row["source"]) == (whose, "SMS", "unsubscribe", "STOP")
    [event] = await counter.rows("SELECT * FROM event_inbox")
    assert (event["customer_id"], event["source"], event["occurred_at"]) == (whose, "twilio", NOW)
    assert await counter.words() == [("sms", False)]


@pytest.mark.parametrize("words", ["", "please do not stop", "stopping by tomorrow", "HELP", "👍", "end it all"])
async def test_everything_else_is_not_kept(
    counter: Counter, words: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    await customer_with_number(counter)

    answer = await write(counter, words)

    assert (answer.status_code, answer.text) == (200, NOTHING)
    assert (await counter.suppressions(), await counter.rows("SELECT * FROM event_inbox")) == ({}, [])
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
    counter: Counter, phone: str, country: str | None, theirs: bool
) -> None:
    whose = await customer_with_number(counter, phone=phone, country=country)
    await write(counter, "STOP")
    found = await counter.rows("SELECT customer_id FROM suppressions")
    assert found == ([{"customer_id": whose}] if theirs else [])


async def test_everybody_with_the_number_is_left_in_peace(counter: Counter) -> None:
    whose = {await customer_with_number(counter), await customer_with_number(counter, email=BEN, key="cd" * 32)}
    # Known by an event that is not applied yet: there is no profile with the number.
    third = {"type": "VISITED", "event_id": "v-1", "customer_email": "cat@example.com", "phone": "+44 7400 123 456"}
    door = Door(counter.engine, identity_key=IDENTITY_KEY.encode(), currency="USD")
    await door.accept([IncomingEvent({**third, "occurred_at": NOW.isoformat()})], source="http")

    await write(counter, "STOP")

    silent = {row["customer_id"] for row in await counter.rows("SELECT customer_id FROM suppressions")}
    assert silent > whose
    assert len(silent) == 3
    assert await counter.words() == [("sms", False)] * 3


async def test_the_same_message_again_changes_nothing(counter: Counter) -> None:
    await customer_with_number(counter)
    first = await write(counter, "STOP", "SM1")
    counter.now += timedelta(minutes=1)
    back = await write(counter, "START", "SM2")
    counter.now += timedelta(minutes=1)
    assert "Reply STOP to end them" in back.text
    assert await counter.suppressions() == {}

    assert (await write(counter, "STOP", "SM1")).text == first.text
    assert await counter.suppressions() == {}
    await write(counter, "STOP", "SM3")
    assert (await write(counter, "START", "SM2")).text == back.text

    assert await counter.suppressions() == {"SMS": "unsubscribe"}
    assert await counter.words() == [("sms", False), ("sms", True), ("sms", False)]


@pytest.mark.parametrize("word", ["START", "yes", "Unstop"])
async def test_only_who_had_asked_for_silence_comes_back(counter: Counter, word: str) -> None:
    whose = await customer_with_number(counter, consent_sms=None)
    assert (await write(counter, word, "SM1")).text == NOTHING
    assert await counter.words() == []
    await counter.execute(
        "INSERT INTO suppressions (customer_id, channel, reason) VALUES (:id, 'SMS', 'complaint')", id=whose
    )
    assert (await write(counter, word, "SM2")).text == NOTHING
    assert (await counter.suppressions(), await counter.words()) == ({"SMS": "complaint"}, [])


async def test_a_number_nobody_has_is_remembered(counter: Counter) -> None:
    assert (await write(counter, "START", "SM0")).text == NOTHING
    answer = await write(counter, "STOP", "SM1")
    assert "<Message>" in answer.text
    [waiting] = await counter.rows("SELECT * FROM event_inbox")
    assert (waiting["status"], waiting["waits_for"], waiting["customer_id"]) == ("WAITING", [f"phone/{NUMBER}"], None)

    door = Door(counter.engine, identity_key=IDENTITY_KEY.encode(), currency="USD")
    event = {"type": "VISITED", "event_id": "v-1", "customer_email": ADA, "phone": "+44 7400 123456"}
    await door.accept([IncomingEvent({**event, "occurred_at": NOW.isoformat()})], source="http")

    [stop] = await counter.rows("SELECT * FROM event_inbox WHERE type = 'CONSENT_CHANGED'")
    assert (stop["status"], stop["customer_email"]) == ("RECEIVED", ADA)
    assert (await write(counter, "STOP", "SM1")).text == answer.text
    assert await counter.suppressions() == {}
    assert len(await counter.words()) == 1


async def test_a_number_nobody_has_may_come_back_too(counter: Counter) -> None:
    await write(counter, "STOP", "SM1")
    assert "you get our text messages again" in (await write(counter, "START", "SM2")).text
    assert await counter.words() == [("sms", False), ("sms", True)]


async def test_where_twilio_confirms_we_do_not(counter: Counter) -> None:
    await customer_with_number(counter)
    assert (await write(counter, "STOP", OptOutType="STOP")).text == NOTHING
    assert await counter.suppressions() == {"SMS": "unsubscribe"}


@pytest.mark.parametrize("sender", ["whatsapp:+447400123456", "SHOP", "", "12345"])
async def test_what_comes_from_no_telephone(counter: Counter, sender: str) -> None:
    await customer_with_number(counter)
    assert (await write(counter, "STOP", From=sender)).text == NOTHING
    assert await counter.suppressions() == {}


async def test_any_of_the_tokens_signs(counter: Counter) -> None:
    assert (await write(counter, "hello", token=AUTH_TOKENS[1], query="?shop=1&a=%20")).status_code == 200


async def test_who_cannot_sign_is_not_heard(counter: Counter) -> None:
    await customer_with_number(counter)
    assert (await write(counter, "STOP", token="a guess")).status_code == 401
    unsigned = await counter.web.post("/webhooks/twilio", data={"MessageSid": "SM1", "From": NUMBER, "Body": "STOP"})
    assert unsigned.status_code == 401
    assert (await counter.web.post("/webhooks/twilio", content=b"\xff\xfe")).status_code == 401
    assert await counter.suppressions() == {}


async def test_without_tokens_there_is_no_such_door(counter: Counter) -> None:
    shop = Counter(counter.engine, twilio_auth_tokens=None)
    async with shop.web, shop.cut_off:
        assert (await write(shop, "STOP")).status_code == 404


async def test_a_door_that_is_stuck_leaves_silence_and_hears_the_repetition(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    await customer_with_number(counter)

    async def stuck(*_: object, **__: object) -> None:
        raise OperationalError("", {}, Exception())

    with monkeypatch.context() as patch:
        patch.setattr(Door, "accept", stuck)
        assert (await write(counter, "STOP")).status_code == 503
    assert (await counter.suppressions(), await counter.words()) == ({"SMS": "unsubscribe"}, [])

    assert (await write(counter, "STOP")).status_code == 200

    assert await counter.words() == [("sms", False)]
