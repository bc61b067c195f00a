"""Resend, at a server that speaks its API as documented."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr
from temporalio.exceptions import ApplicationError

from activities.content.mail import Mail, compose
from activities.delivery.answers import OutcomeUnknown, Rejected, TryLater
from activities.delivery.email_port import OutgoingEmail
from activities.delivery.providers.resend import ResendEmail, request_body
from lifecycle.campaigns import Purpose
from lifecycle.messages import MessageStatus
from tests.activities.delivery.conftest import ADA, KEY, NOW, PostOffice
from tests.activities.delivery.fake_resend import API_KEY, Answer, FakeResend, Request, refusal

TIMEOUT = timedelta(seconds=5)
MAIL = Mail(
    message_key=KEY,
    sender="Cast & Iron <hello@shop.example>",
    recipient=ADA,
    subject="Grüße, your skillet’s here",
    text="Dear Ада,\n" + "never soak it. " * 20 + "\n",
    html="<p>Dear Ада, never soak it.</p>\n",
    now=NOW,
    campaign="care-guide",
    step=1,
    purpose=Purpose.MARKETING,
    unsubscribe_url="https://mail.shop.example/u/" + "x" * 200,
)
MESSAGE = OutgoingEmail(KEY, "hello@shop.example", ADA, compose(MAIL))


@pytest.fixture
async def resend() -> AsyncIterator[FakeResend]:
    async with FakeResend() as server:
        yield server


@pytest.fixture
async def email(resend: FakeResend) -> AsyncIterator[ResendEmail]:
    port = ResendEmail(resend.url, SecretStr(API_KEY), TIMEOUT)
    yield port
    await port.close()


async def test_the_message_is_taken_apart_and_arrives_whole(resend: FakeResend, email: ResendEmail) -> None:
    accepted = await email.send(MESSAGE)

    assert (accepted.provider, accepted.provider_message_id) == ("resend", f"resend-{KEY[:12]}")
    sent = resend.emails[KEY]
    assert sent["from"] == "Cast & Iron <hello@shop.example>"
    assert sent["to"] == [ADA]
    assert sent["subject"] == MAIL.subject
    assert sent["text"] == MAIL.text
    assert sent["html"] == MAIL.html
    assert sent["headers"]["List-Unsubscribe"] == f"<{MAIL.unsubscribe_url}>"
    assert sent["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert sent["headers"]["Message-ID"] == f"<{KEY[:40]}@shop.example>"
    assert sent["headers"]["Feedback-ID"] == "care-guide:1:marketing:shopexample"
    assert sent["headers"]["List-Id"] == "<care-guide.shop.example>"
    assert sent["tags"] == [{"name": "message_key", "value": KEY}]
    assert not {"From", "To", "Subject", "Date", "MIME-Version", "Content-Type"} & sent["headers"].keys()


async def test_transactional_mail_keeps_its_own_headers() -> None:
    content = compose(replace(MAIL, unsubscribe_url=None))
    headers = json.loads(request_body(replace(MESSAGE, content=content)))["headers"]
    assert headers["Auto-Submitted"] == "auto-generated"
    assert "List-Unsubscribe" not in headers


def test_the_same_bytes_make_the_same_request() -> None:
    """As literal bytes: what is on its way when a new release starts must be repeated as it was."""
    content = (
        b"From: Shop <hello@shop.example>\r\nTo: ada@example.com\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
        b"Date: Sun, 22 Nov 2026 10:15:00 +0000\r\nMessage-ID: <1@shop.example>\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: text/plain; charset="utf-8"\r\n\r\nhello\r\n'
    )
    assert (
        request_body(replace(MESSAGE, content=content))
        == (
            '{"from":"Shop <hello@shop.example>","to":["ada@example.com"],"subject":"Grüße","text":"hello\\n",'
            '"headers":{"Message-ID":"<1@shop.example>"},"tags":[{"name":"message_key","value":"' + KEY + '"}]}'
        ).encode()
    )


async def test_a_repeated_send_arrives_once(resend: FakeResend, email: ResendEmail) -> None:
    assert await email.send(MESSAGE) == await email.send(MESSAGE)
    assert resend.asked[KEY] == 2
    assert list(resend.emails) == [KEY]


async def test_a_key_that_came_with_something_else_is_no_refusal(resend: FakeResend, email: ResendEmail) -> None:
    """Something of ours was taken under it: whether this is, nobody can tell."""
    await email.send(MESSAGE)
    with pytest.raises(OutcomeUnknown, match="409 invalid_idempotent_request"):
        await email.send(replace(MESSAGE, content=compose(replace(MAIL, subject="another"))))


async def test_a_key_that_is_under_way(resend: FakeResend, email: ResendEmail) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_request: Request, take: Callable[[], Answer]) -> Answer:
        asked.set()
        await go_on.wait()
        return take()

    resend.behaviour = slow
    first = asyncio.create_task(email.send(MESSAGE))
    await asked.wait()
    with pytest.raises(OutcomeUnknown, match="409 concurrent_idempotent_requests"):
        await email.send(MESSAGE)
    go_on.set()
    await first
    assert list(resend.emails) == [KEY]


@pytest.mark.parametrize(
    ("status", "name", "meaning"),
    [
        (400, "validation_error", Rejected),
        (400, "invalid_idempotency_key", Rejected),
        (401, "missing_api_key", TryLater),
        (401, "restricted_api_key", TryLater),
        (403, "invalid_api_key", TryLater),
        (403, "validation_error", TryLater),
        (404, "not_found", TryLater),
        (405, "method_not_allowed", TryLater),
        (408, "request_timeout", OutcomeUnknown),
        (409, "concurrent_idempotent_requests", OutcomeUnknown),
        (413, "payload_too_large", Rejected),
        (422, "validation_error", Rejected),
        (422, "missing_required_field", Rejected),
        (422, "invalid_parameter", Rejected),
        (422, "invalid_attachment", Rejected),
        (422, "invalid_from_address", TryLater),
        (429, "rate_limit_exceeded", TryLater),
        (429, "daily_quota_exceeded", TryLater),
        (429, "monthly_quota_exceeded", TryLater),
        (451, "security_error", Rejected),
        (500, "application_error", OutcomeUnknown),
        (500, "internal_server_error", OutcomeUnknown),
        (503, "service_unavailable", OutcomeUnknown),
    ],
)
async def test_what_errors_mean(
    resend: FakeResend, email: ResendEmail, status: int, name: str, meaning: type[Exception]
) -> None:
    async def refuse(_request: Request, _take: Callable[[], Answer]) -> Answer:
        return refusal(status, name, f"{ADA} with {API_KEY} is not what we like")

    resend.behaviour = refuse
    with pytest.raises(meaning) as caught:
        await email.send(MESSAGE)
    assert type(caught.value) is meaning
    assert str(status) in str(caught.value)
    assert "@" not in str(caught.value)
    assert API_KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (Answer(200, b"<html>Welcome to the hotel's network</html>"), OutcomeUnknown),
        (Answer(200, {"id": f"for {ADA}"}), OutcomeUnknown),
        (Answer(200, ["id"]), OutcomeUnknown),
        (Answer(200, b"\xff\xfe"), OutcomeUnknown),
        (Answer(301, {}, {"Location": "https://elsewhere.example/"}), TryLater),
        (Answer(400, b"<html>Bad Request</html>"), TryLater),
        (Answer(422, {"name": f"{ADA}"}), TryLater),
    ],
)
async def test_answers_that_are_not_resends(
    resend: FakeResend, email: ResendEmail, answer: Answer, meaning: type[Exception]
) -> None:
    async def strange(_request: Request, _take: Callable[[], Answer]) -> Answer:
        return answer

    resend.behaviour = strange
    with pytest.raises(meaning) as caught:
        await email.send(MESSAGE)
    assert type(caught.value) is meaning
    assert "@" not in str(caught.value)


async def test_a_wrong_key_is_later_and_not_told(resend: FakeResend) -> None:
    email = ResendEmail(resend.url, SecretStr("re_wrong"), TIMEOUT)
    with pytest.raises(TryLater, match="403 invalid_api_key") as caught:
        await email.send(MESSAGE)
    await email.close()
    assert "re_wrong" not in str(caught.value)
    assert resend.emails == {}


async def test_nobody_listens(resend: FakeResend, email: ResendEmail) -> None:
    await resend.stop()
    with pytest.raises(TryLater, match="Resend cannot be reached"):
        await email.send(MESSAGE)


async def test_no_answer_in_time(resend: FakeResend) -> None:
    answered = asyncio.Event()

    async def silent(_request: Request, take: Callable[[], Answer]) -> Answer:
        taken = take()
        await answered.wait()
        return taken

    resend.behaviour = silent
    email = ResendEmail(resend.url, SecretStr(API_KEY), timedelta(seconds=0.2))
    with pytest.raises(OutcomeUnknown, match="no answer from Resend"):
        await email.send(MESSAGE)
    answered.set()
    await email.close()


async def lose_answers(_request: Request, take: Callable[[], Answer]) -> Answer | None:
    take()
    return None


async def test_a_lost_answer_is_unknown_and_repeated_it_arrives_once(resend: FakeResend, email: ResendEmail) -> None:
    usual, resend.behaviour = resend.behaviour, lose_answers
    with pytest.raises(OutcomeUnknown, match="no answer from Resend"):
        await email.send(MESSAGE)
    resend.behaviour = usual
    assert (await email.send(MESSAGE)).provider_message_id == f"resend-{KEY[:12]}"
    assert resend.asked[KEY] == 2
    assert list(resend.emails) == [KEY]


async def test_marketing_whose_answer_was_lost_goes_out_once(post: PostOffice, resend: FakeResend) -> None:
    await post.email.close()
    post.email = ResendEmail(resend.url, SecretStr(API_KEY), timedelta(seconds=0.6))
    await post.plant()
    usual, resend.behaviour = resend.behaviour, lose_answers
    with pytest.raises(ApplicationError, match="no answer from Resend"):
        await post.deliver()
    assert (await post.row())["status"] == "UNKNOWN"

    resend.behaviour = usual
    outcome = await post.deliver(now=NOW + timedelta(hours=2), attempt=2)

    assert (outcome.status, outcome.counts) == (MessageStatus.SENT, True)
    row = await post.row()
    assert (row["provider"], row["provider_message_id"]) == ("resend", f"resend-{KEY[:12]}")
    assert resend.asked[KEY] == 2
    assert list(resend.emails) == [KEY]
    assert [request.body for request in resend.requests] == [resend.requests[0].body] * 2


async def test_past_the_window_nothing_is_repeated(post: PostOffice, resend: FakeResend) -> None:
    await post.email.close()
    post.email = ResendEmail(resend.url, SecretStr(API_KEY), timedelta(seconds=0.6))
    await post.plant()
    resend.behaviour = lose_answers
    with pytest.raises(ApplicationError, match="no answer from Resend"):
        await post.deliver()
    await post.age_what_was_kept(timedelta(hours=23, minutes=1))

    outcome = await post.deliver(attempt=2)

    assert outcome.status == MessageStatus.UNKNOWN
    assert "forgotten its idempotency key" in outcome.detail
    assert resend.asked[KEY] == 1
