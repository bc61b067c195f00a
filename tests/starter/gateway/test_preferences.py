"""`/u`: one click, the page, and its form."""

import re
from base64 import b64encode
from datetime import timedelta
from hashlib import sha256
from html import unescape

import pytest

from tests.fixtures.failing_table import failing_table
from tests.starter.gateway.customer_pages import KEY, NOW, CustomerPages

ONE_CLICK = b"List-Unsubscribe=One-Click"
BOUNDARY = b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
URLENCODED = "application/x-www-form-urlencoded"


def path(pages: CustomerPages, key: str = KEY) -> str:
    return f"/u/{pages.tokens.unsubscribe(key)}"


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
async def test_one_click(pages: CustomerPages, content: bytes, content_type: str | None) -> None:
    customer_id = await pages.plant(consent_sms=True)
    headers = {"Content-Type": content_type} if content_type else {}

    answer = await pages.web.post(path(pages), content=content, headers=headers)

    assert (answer.status_code, answer.text) == (200, "You are unsubscribed.\n")
    assert "set-cookie" not in answer.headers
    [row] = await pages.rows("SELECT * FROM suppressions")
    assert (row["customer_id"], row["channel"], row["reason"]) == (customer_id, "EMAIL", "unsubscribe")
    assert (row["source"], row["created_at"]) == ("one-click", NOW)
    [event] = await pages.rows("SELECT * FROM event_inbox")
    assert (event["customer_id"], event["source"], event["status"]) == (customer_id, "preferences", "RECEIVED")
    assert event["body"]["source"] == "one-click"
    assert await pages.words() == [("email", False)]


async def test_one_click_is_about_the_messages_own_channel(pages: CustomerPages) -> None:
    await pages.plant(channel="SMS", phone="+447400123456", consent_sms=True)
    await pages.web.post(path(pages), content=ONE_CLICK)
    assert (await pages.suppressions(), await pages.words()) == ({"SMS": "unsubscribe"}, [("sms", False)])


async def test_one_click_twice_is_one_word(pages: CustomerPages) -> None:
    await pages.plant()
    for _ in range(3):
        assert (await pages.web.post(path(pages), content=ONE_CLICK)).status_code == 200
        pages.now += timedelta(minutes=10)
    assert await pages.words() == [("email", False)]


async def test_one_click_again_after_coming_back_counts_again(pages: CustomerPages) -> None:
    await pages.plant()
    for _ in range(2):
        await pages.web.post(path(pages), content=ONE_CLICK)
        pages.now += timedelta(minutes=1)
        assert await pages.suppressions() == {"EMAIL": "unsubscribe"}
        await pages.web.post(path(pages), data={"action": "save", "channel": "EMAIL"})
        pages.now += timedelta(minutes=1)
        assert await pages.suppressions() == {}
    await pages.web.post(path(pages), content=ONE_CLICK)

    assert await pages.words() == [("email", granted) for granted in (False, True, False, True, False)]
    assert await pages.suppressions() == {"EMAIL": "unsubscribe"}


async def test_one_click_long_after_an_earlier_one_is_a_word_of_its_own(pages: CustomerPages) -> None:
    """A consent from between the two that arrives late must not end the silence."""
    await pages.plant()
    await pages.web.post(path(pages), content=ONE_CLICK)
    pages.now += timedelta(days=3)
    await pages.web.post(path(pages), content=ONE_CLICK)
    assert await pages.words() == [("email", False)] * 2
    assert (await pages.rows("SELECT created_at FROM suppressions"))[0]["created_at"] == pages.now


@pytest.mark.parametrize("reason", ["hard_bounce", "complaint", "manual"])
async def test_a_graver_silence_stays(pages: CustomerPages, reason: str) -> None:
    customer_id = await pages.plant()
    since = NOW - timedelta(days=1)
    await pages.execute(
        "INSERT INTO suppressions (customer_id, channel, reason, created_at) VALUES (:id, 'EMAIL', :reason, :since)",
        id=customer_id,
        reason=reason,
        since=since,
    )

    await pages.web.post(path(pages), content=ONE_CLICK)
    answer = await pages.web.post(path(pages), data={"action": "save", "channel": "EMAIL"})

    [row] = await pages.rows("SELECT reason, created_at FROM suppressions")
    assert row == {"reason": reason, "created_at": since}
    [event] = await pages.rows("SELECT occurred_at FROM event_inbox")
    assert event["occurred_at"] == NOW
    assert await pages.words() == [("email", False)]
    assert "messages do not reach you here" in answer.text
    assert boxes(answer.text) == {"EMAIL": False}


async def test_the_page(pages: CustomerPages) -> None:
    await pages.plant(phone="07400 123456")

    answer = await pages.web.get(path(pages))

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


async def test_looking_changes_nothing(pages: CustomerPages) -> None:
    await pages.plant()
    for _ in range(2):
        await pages.web.get(f"{path(pages)}?action=none&List-Unsubscribe=One-Click")
        assert (await pages.web.head(path(pages))).status_code == 200
    assert (await pages.suppressions(), await pages.words()) == ({}, [])


async def test_a_customer_without_a_number_has_one_channel(pages: CustomerPages) -> None:
    await pages.plant()
    assert boxes((await pages.web.get(path(pages))).text) == {"EMAIL": True}


@pytest.mark.parametrize(("default", "checked"), [("none", False), ("granted", True)])
async def test_silence_is_shown_as_the_shop_counts_it(pages: CustomerPages, default: str, checked: bool) -> None:
    await pages.plant(consent_email=None)
    shop = CustomerPages(pages.engine, consent_default=default)
    async with shop.web, shop.cut_off:
        assert boxes((await shop.web.get(path(shop))).text) == {"EMAIL": checked}


async def test_the_form_sets_what_was_chosen(pages: CustomerPages) -> None:
    await pages.plant(phone="+447400123456")

    answer = await pages.web.post(path(pages), data={"action": "save", "channel": "SMS"})

    assert answer.status_code == 200
    assert "Saved." in answer.text
    assert boxes(answer.text) == {"EMAIL": False, "SMS": True}
    assert await pages.suppressions() == {"EMAIL": "unsubscribe"}
    assert await pages.words() == [("email", False), ("sms", True)]
    assert boxes((await pages.web.get(path(pages))).text) == {"EMAIL": False, "SMS": True}


async def test_what_was_agreed_to_already_is_not_told_again(pages: CustomerPages) -> None:
    await pages.plant()
    answer = await pages.web.post(path(pages), data={"action": "save", "channel": "EMAIL"})
    assert boxes(answer.text) == {"EMAIL": True}
    assert await pages.words() == []


async def test_everything_at_once(pages: CustomerPages) -> None:
    await pages.plant(phone="+447400123456", consent_sms=True)
    answer = await pages.web.post(path(pages), data={"action": "none", "channel": ["EMAIL", "SMS"]})
    assert "unsubscribed from all" in answer.text
    assert boxes(answer.text) == {"EMAIL": False, "SMS": False}
    assert await pages.suppressions() == {"EMAIL": "unsubscribe", "SMS": "unsubscribe"}
    assert await pages.words() == [("email", False), ("sms", False)]


async def test_the_latest_word_counts_for_a_customer_who_lives_in_the_future(pages: CustomerPages) -> None:
    ahead = NOW + timedelta(days=200)
    await pages.plant(updated_at=ahead)

    await pages.web.post(path(pages), content=ONE_CLICK)
    await pages.web.post(path(pages), data={"action": "save", "channel": "EMAIL"})

    rows = await pages.rows("SELECT occurred_at FROM event_inbox ORDER BY sequence")
    assert ahead < rows[0]["occurred_at"] < rows[1]["occurred_at"]
    assert await pages.suppressions() == {}


async def test_the_link_of_somebody_who_was_erased(pages: CustomerPages) -> None:
    assert (await pages.web.get(path(pages))).status_code == 404
    assert (await pages.web.post(path(pages), content=ONE_CLICK)).status_code == 200
    assert (await pages.web.post(path(pages), data={"action": "save"})).status_code == 404
    assert (await pages.suppressions(), await pages.words()) == ({}, [])


@pytest.mark.parametrize("token", ["nonsense", "%00", "{open}", "{click}"])
async def test_a_link_that_is_not_ours(pages: CustomerPages, token: str) -> None:
    await pages.plant()
    wrong = "/u/" + token.format(open=pages.tokens.open(KEY), click=pages.tokens.click(KEY, 0))
    assert (await pages.web.get(wrong)).status_code == 404
    assert (await pages.web.post(wrong, content=ONE_CLICK)).status_code == 404
    assert await pages.suppressions() == {}


async def test_without_postgresql_there_is_a_plain_answer(pages: CustomerPages) -> None:
    for answer in (
        await pages.cut_off.get(path(pages)),
        await pages.cut_off.post(path(pages), content=ONE_CLICK),
        await pages.cut_off.post(path(pages), data={"action": "none"}),
    ):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
        assert "try again" in answer.text


@pytest.mark.parametrize("form", [{}, {"action": "save"}, {"action": "none"}], ids=["one click", "saved", "everything"])
async def test_a_retry_after_a_failure_at_the_door_completes_the_change(
    pages: CustomerPages, database_url: str, form: dict[str, str]
) -> None:
    await pages.plant()

    with failing_table(database_url, "event_inbox"):
        assert (await pages.web.post(path(pages), data=form)).status_code == 503
    assert (await pages.suppressions(), await pages.words()) == ({"EMAIL": "unsubscribe"}, [])

    assert (await pages.web.post(path(pages), data=form)).status_code == 200

    assert await pages.words() == [("email", False)]
