"""`/u`: one click, the page, and its form."""

import re
from base64 import b64encode
from datetime import timedelta
from hashlib import sha256
from html import unescape

import pytest
from sqlalchemy.exc import OperationalError

from intake.door.door import Door
from tests.starter.gateway.links.conftest import KEY, NOW, Counter

ONE_CLICK = b"List-Unsubscribe=One-Click"
BOUNDARY = b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
URLENCODED = "application/x-www-form-urlencoded"


def path(counter: Counter, key: str = KEY) -> str:
    return f"/u/{counter.tokens.unsubscribe(key)}"


def boxes(html: str) -> dict[str, bool]:
    """The checkboxes of a page, and whether they are checked."""
    return {name: bool(checked) for name, checked in re.findall(r'name="channel" value="(\w+)"( checked)?', html)}


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (ONE_CLICK, URLENCODED),
        (ONE_CLICK, f"{URLENCODED}; charset=UTF-8"),
        (BOUNDARY, "multipart/form-data; boundary=x"),
        (b"", None),
        (ONE_CLICK, None),
        (b"\xff\xfe&" * 50, URLENCODED),
    ],
    ids=["urlencoded", "with charset", "multipart", "empty", "without a type", "garbage"],
)
async def test_one_click(counter: Counter, content: bytes, content_type: str | None) -> None:
    whose = await counter.plant(consent_sms=True)
    headers = {"Content-Type": content_type} if content_type else {}

    answer = await counter.web.post(path(counter), content=content, headers=headers)

    assert (answer.status_code, answer.text) == (200, "You are unsubscribed.\n")
    assert "set-cookie" not in answer.headers
    [row] = await counter.rows("SELECT * FROM suppressions")
    assert (row["customer_id"], row["channel"], row["reason"]) == (whose, "EMAIL", "unsubscribe")
    assert (row["source"], row["created_at"]) == ("one-click", NOW)
    [event] = await counter.rows("SELECT * FROM event_inbox")
    assert (event["customer_id"], event["source"], event["status"]) == (whose, "preferences", "RECEIVED")
    assert event["body"]["source"] == "one-click"
    assert await counter.words() == [("email", False)]


async def test_one_click_is_about_the_messages_own_channel(counter: Counter) -> None:
    await counter.plant(channel="SMS", phone="+447400123456", consent_sms=True)
    await counter.web.post(path(counter), content=ONE_CLICK)
    assert (await counter.suppressions(), await counter.words()) == ({"SMS": "unsubscribe"}, [("sms", False)])


async def test_one_click_twice_is_one_word(counter: Counter) -> None:
    await counter.plant()
    for _ in range(3):
        assert (await counter.web.post(path(counter), content=ONE_CLICK)).status_code == 200
        counter.now += timedelta(minutes=10)
    assert await counter.words() == [("email", False)]


async def test_one_click_again_after_coming_back_counts_again(counter: Counter) -> None:
    await counter.plant()
    for _ in range(2):
        await counter.web.post(path(counter), content=ONE_CLICK)
        counter.now += timedelta(minutes=1)
        assert await counter.suppressions() == {"EMAIL": "unsubscribe"}
        await counter.web.post(path(counter), data={"action": "save", "channel": "EMAIL"})
        counter.now += timedelta(minutes=1)
        assert await counter.suppressions() == {}
    await counter.web.post(path(counter), content=ONE_CLICK)

    assert await counter.words() == [("email", granted) for granted in (False, True, False, True, False)]
    assert await counter.suppressions() == {"EMAIL": "unsubscribe"}


async def test_one_click_long_after_an_earlier_one_is_a_word_of_its_own(counter: Counter) -> None:
    """A consent from between the two that is told late must not end the silence."""
    await counter.plant()
    await counter.web.post(path(counter), content=ONE_CLICK)
    counter.now += timedelta(days=3)
    await counter.web.post(path(counter), content=ONE_CLICK)
    assert await counter.words() == [("email", False)] * 2
    assert (await counter.rows("SELECT created_at FROM suppressions"))[0]["created_at"] == counter.now


@pytest.mark.parametrize("reason", ["hard_bounce", "complaint", "manual"])
async def test_a_graver_silence_stays(counter: Counter, reason: str) -> None:
    whose = await counter.plant()
    since = NOW - timedelta(days=1)
    await counter.execute(
        "INSERT INTO suppressions (customer_id, channel, reason, created_at) VALUES (:id, 'EMAIL', :reason, :since)",
        id=whose,
        reason=reason,
        since=since,
    )

    await counter.web.post(path(counter), content=ONE_CLICK)
    answer = await counter.web.post(path(counter), data={"action": "save", "channel": "EMAIL"})

    [row] = await counter.rows("SELECT reason, created_at FROM suppressions")
    assert row == {"reason": reason, "created_at": since}
    [event] = await counter.rows("SELECT occurred_at FROM event_inbox")
    assert event["occurred_at"] == NOW
    assert await counter.words() == [("email", False)]
    assert "messages do not reach you here" in answer.text
    assert boxes(answer.text) == {"EMAIL": False}


async def test_the_page(counter: Counter) -> None:
    await counter.plant(phone="07400 123456")

    answer = await counter.web.get(path(counter))

    assert answer.status_code == 200
    assert boxes(answer.text) == {"EMAIL": True, "SMS": False}
    assert "Cast &lt;Iron&gt; &amp; Co" in answer.text
    assert "<Iron>" not in answer.text
    assert "ada@example.com" not in answer.text
    assert "a•••@example.com" in answer.text
    assert "••• 456" in answer.text
    assert "<script" not in answer.text
    assert "style=" not in answer.text
    [style] = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = b64encode(sha256(unescape(style).encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in answer.headers["content-security-policy"]
    assert "form-action 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


async def test_looking_changes_nothing(counter: Counter) -> None:
    await counter.plant()
    for _ in range(2):
        await counter.web.get(f"{path(counter)}?action=none&List-Unsubscribe=One-Click")
        assert (await counter.web.head(path(counter))).status_code == 200
    assert (await counter.suppressions(), await counter.words()) == ({}, [])


async def test_a_customer_without_a_number_has_one_channel(counter: Counter) -> None:
    await counter.plant()
    assert boxes((await counter.web.get(path(counter))).text) == {"EMAIL": True}


@pytest.mark.parametrize(("default", "checked"), [("none", False), ("granted", True)])
async def test_silence_is_shown_as_the_shop_counts_it(counter: Counter, default: str, checked: bool) -> None:
    await counter.plant(consent_email=None)
    shop = Counter(counter.engine, consent_default=default)
    async with shop.web, shop.cut_off:
        assert boxes((await shop.web.get(path(shop))).text) == {"EMAIL": checked}


async def test_the_form_sets_what_was_chosen(counter: Counter) -> None:
    await counter.plant(phone="+447400123456")

    answer = await counter.web.post(path(counter), data={"action": "save", "channel": "SMS"})

    assert answer.status_code == 200
    assert "Saved." in answer.text
    assert boxes(answer.text) == {"EMAIL": False, "SMS": True}
    assert await counter.suppressions() == {"EMAIL": "unsubscribe"}
    assert await counter.words() == [("email", False), ("sms", True)]
    assert boxes((await counter.web.get(path(counter))).text) == {"EMAIL": False, "SMS": True}


async def test_what_was_agreed_to_already_is_not_told_again(counter: Counter) -> None:
    await counter.plant()
    answer = await counter.web.post(path(counter), data={"action": "save", "channel": "EMAIL"})
    assert boxes(answer.text) == {"EMAIL": True}
    assert await counter.words() == []


async def test_everything_at_once(counter: Counter) -> None:
    await counter.plant(phone="+447400123456", consent_sms=True)
    answer = await counter.web.post(path(counter), data={"action": "none", "channel": ["EMAIL", "SMS"]})
    assert "unsubscribed from all" in answer.text
    assert boxes(answer.text) == {"EMAIL": False, "SMS": False}
    assert await counter.suppressions() == {"EMAIL": "unsubscribe", "SMS": "unsubscribe"}
    assert await counter.words() == [("email", False), ("sms", False)]


async def test_the_latest_word_counts_for_a_customer_who_lives_in_the_future(counter: Counter) -> None:
    ahead = NOW + timedelta(days=200)
    await counter.plant(updated_at=ahead)

    await counter.web.post(path(counter), content=ONE_CLICK)
    await counter.web.post(path(counter), data={"action": "save", "channel": "EMAIL"})

    rows = await counter.rows("SELECT occurred_at FROM event_inbox ORDER BY sequence")
    assert ahead < rows[0]["occurred_at"] < rows[1]["occurred_at"]
    assert await counter.suppressions() == {}


async def test_the_link_of_somebody_who_was_erased(counter: Counter) -> None:
    assert (await counter.web.get(path(counter))).status_code == 404
    assert (await counter.web.post(path(counter), content=ONE_CLICK)).status_code == 200
    assert (await counter.web.post(path(counter), data={"action": "save"})).status_code == 404
    assert (await counter.suppressions(), await counter.words()) == ({}, [])


@pytest.mark.parametrize("token", ["nonsense", "%00", "{open}", "{click}"])
async def test_a_link_that_is_not_ours(counter: Counter, token: str) -> None:
    await counter.plant()
    wrong = "/u/" + token.format(open=counter.tokens.open(KEY), click=counter.tokens.click(KEY, 0))
    assert (await counter.web.get(wrong)).status_code == 404
    assert (await counter.web.post(wrong, content=ONE_CLICK)).status_code == 404
    assert await counter.suppressions() == {}


async def test_without_postgresql_there_is_a_plain_answer(counter: Counter) -> None:
    for answer in (
        await counter.cut_off.get(path(counter)),
        await counter.cut_off.post(path(counter), content=ONE_CLICK),
        await counter.cut_off.post(path(counter), data={"action": "none"}),
    ):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
        assert "try again" in answer.text


@pytest.mark.parametrize("form", [{}, {"action": "save"}, {"action": "none"}], ids=["one click", "saved", "everything"])
async def test_a_door_that_is_stuck_leaves_silence_and_hears_the_repetition(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, form: dict[str, str]
) -> None:
    await counter.plant()

    async def stuck(*_: object, **__: object) -> None:
        raise OperationalError("", {}, Exception())

    with monkeypatch.context() as patch:
        patch.setattr(Door, "accept", stuck)
        assert (await counter.web.post(path(counter), data=form)).status_code == 503
    assert (await counter.suppressions(), await counter.words()) == ({"EMAIL": "unsubscribe"}, [])

    assert (await counter.web.post(path(counter), data=form)).status_code == 200

    assert await counter.words() == [("email", False)]
