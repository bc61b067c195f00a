"""Resend, on a server that implements its API as documented."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr
from temporalio.exceptions import ApplicationError

from activities.content.email_bytes import email_bytes
from activities.content.message_draft import MessageDraft
from activities.content.sample import ADA as RECIPIENT
from activities.delivery.email_port import OutgoingEmail
from activities.delivery.providers.resend import ResendEmail, request_body
from activities.delivery.submission_result import OutcomeUnknown, SendRejected, TemporaryFailure
from lifecycle.campaigns import Purpose
from lifecycle.messages import MessageStatus
from lifecycle.wording import Wording
from tests.activities.delivery.conftest import ADA, KEY, NOW, PostOffice
from tests.activities.delivery.providers.fake_resend import API_KEY, FakeResend, FakeResponse, Request, refusal

TIMEOUT = timedelta(seconds=5)
DRAFT = MessageDraft(KEY, "care-guide", 1, "EMAIL", Purpose.MARKETING, Wording(""), RECIPIENT, {})
SUBJECT = "Grüße, your skillet’s here"
TEXT = "Dear Ада,\n" + "never soak it. " * 20 + "\n"
HTML = "<p>Dear Ада, never soak it.</p>\n"
UNSUBSCRIBE_URL = "https://mail.shop.example/u/" + "x" * 200


def content(subject: str = SUBJECT, unsubscribe_url: str | None = UNSUBSCRIBE_URL) -> bytes:
    """The bytes of the message."""
    sender = "Cast & Iron <hello@shop.example>"
    return email_bytes(
        DRAFT, sender=sender, subject=subject, text=TEXT, html=HTML, now=NOW, unsubscribe_url=unsubscribe_url
    )


MESSAGE = OutgoingEmail(KEY, "hello@shop.example", ADA, content())


@pytest.fixture
async def resend() -> AsyncIterator[FakeResend]:
    async with FakeResend() as server:
        yield server


@pytest.fixture
async def email(resend: FakeResend) -> AsyncIterator[ResendEmail]:
    port = ResendEmail(resend.url, SecretStr(API_KEY), TIMEOUT)
    yield port
    await port.close()


async def test_a_message_is_parsed_into_resends_fields(resend: FakeResend, email: ResendEmail) -> None:
    accepted = await email.send(MESSAGE)

    assert (accepted.provider, accepted.provider_message_id) == ("resend", f"resend-{KEY[:12]}")
    sent = resend.emails[KEY]
    assert sent["from"] == "Cast & Iron <hello@shop.example>"
    assert sent["to"] == [ADA]
    assert sent["subject"] == SUBJECT
    assert sent["text"] == TEXT
    assert sent["html"] == HTML
    assert sent["headers"]["List-Unsubscribe"] == f"<{UNSUBSCRIBE_URL}>"
    assert sent["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert sent["headers"]["Message-ID"] == f"<{KEY[:40]}@shop.example>"
    assert sent["headers"]["Feedback-ID"] == "care-guide:1:marketing:shopexample"
    assert sent["headers"]["List-Id"] == "<care-guide.shop.example>"
    assert sent["tags"] == [{"name": "message_key", "value": KEY}]
    assert not {"From", "To", "Subject", "Date", "MIME-Version", "Content-Type"} & sent["headers"].keys()


async def test_a_transactional_email_keeps_its_headers() -> None:
    message = replace(MESSAGE, content=content(unsubscribe_url=None))
    headers = json.loads(request_body(message))["headers"]
    assert headers["Auto-Submitted"] == "auto-generated"
    assert "List-Unsubscribe" not in headers


def test_the_same_bytes_make_the_same_request() -> None:
    """As literal bytes: what is on its way when a new release starts must be repeated as it was."""
    literal = (
        b"From: Shop <hello@shop.example>\r\nTo: ada@example.com\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
        b"Date: Sun, 22 Nov 2026 10:15:00 +0000\r\nMessage-ID: <1@shop.example>\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: text/plain; charset="utf-8"\r\n\r\nhello\r\n'
    )
    assert (
        request_body(replace(MESSAGE, content=literal))
        == (
            '{"from":"Shop <hello@shop.example>","to":["ada@example.com"],"subject":"Grüße","text":"hello\\n",'
            '"headers":{"Message-ID":"<1@shop.example>"},"tags":[{"name":"message_key","value":"' + KEY + '"}]}'
        ).encode()
    )


async def test_a_message_sent_again_arrives_once(resend: FakeResend, email: ResendEmail) -> None:
    assert await email.send(MESSAGE) == await email.send(MESSAGE)
    assert resend.asked[KEY] == 2
    assert list(resend.emails) == [KEY]


async def test_a_key_used_with_other_content_is_an_unknown_outcome(resend: FakeResend, email: ResendEmail) -> None:
    """Something of ours was taken under it: whether this is, nobody can tell."""
    await email.send(MESSAGE)
    with pytest.raises(OutcomeUnknown, match="409 invalid_idempotent_request"):
        await email.send(replace(MESSAGE, content=content(subject="another")))


async def test_a_key_in_use_is_an_unknown_outcome(resend: FakeResend, email: ResendEmail) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_request: Request, take: Callable[[], FakeResponse]) -> FakeResponse:
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
        (400, "validation_error", SendRejected),
        (400, "invalid_idempotency_key", SendRejected),
        (401, "missing_api_key", TemporaryFailure),
        (401, "restricted_api_key", TemporaryFailure),
        (403, "invalid_api_key", TemporaryFailure),
        (403, "validation_error", TemporaryFailure),
        (404, "not_found", TemporaryFailure),
        (405, "method_not_allowed", TemporaryFailure),
        (408, "request_timeout", OutcomeUnknown),
        (409, "concurrent_idempotent_requests", OutcomeUnknown),
        (413, "payload_too_large", SendRejected),
        (422, "validation_error", SendRejected),
        (422, "missing_required_field", SendRejected),
        (422, "invalid_parameter", SendRejected),
        (422, "invalid_attachment", SendRejected),
        (422, "invalid_from_address", TemporaryFailure),
        (429, "rate_limit_exceeded", TemporaryFailure),
        (429, "daily_quota_exceeded", TemporaryFailure),
        (429, "monthly_quota_exceeded", TemporaryFailure),
        (451, "security_error", SendRejected),
        (500, "application_error", OutcomeUnknown),
        (500, "internal_server_error", OutcomeUnknown),
        (503, "service_unavailable", OutcomeUnknown),
    ],
)
async def test_the_meaning_of_errors(
    resend: FakeResend, email: ResendEmail, status: int, name: str, meaning: type[Exception]
) -> None:
    async def refuse(_request: Request, _take: Callable[[], FakeResponse]) -> FakeResponse:
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
        (FakeResponse(200, b"<html>Welcome to the hotel's network</html>"), OutcomeUnknown),
        (FakeResponse(200, {"id": f"for {ADA}"}), OutcomeUnknown),
        (FakeResponse(200, ["id"]), OutcomeUnknown),
        (FakeResponse(200, b"\xff\xfe"), OutcomeUnknown),
        (FakeResponse(301, {}, {"Location": "https://elsewhere.example/"}), TemporaryFailure),
        (FakeResponse(400, b"<html>Bad Request</html>"), TemporaryFailure),
        (FakeResponse(422, {"name": f"{ADA}"}), TemporaryFailure),
    ],
)
async def test_unexpected_responses_are_an_unknown_outcome(
    resend: FakeResend, email: ResendEmail, answer: FakeResponse, meaning: type[Exception]
) -> None:
    async def strange(_request: Request, _take: Callable[[], FakeResponse]) -> FakeResponse:
        return answer

    resend.behaviour = strange
    with pytest.raises(meaning) as caught:
        await email.send(MESSAGE)
    assert type(caught.value) is meaning
    assert "@" not in str(caught.value)


async def test_a_wrong_api_key_is_a_temporary_failure_and_not_quoted(resend: FakeResend) -> None:
    email = ResendEmail(resend.url, SecretStr("re_wrong"), TIMEOUT)
    with pytest.raises(TemporaryFailure, match="403 invalid_api_key") as caught:
        await email.send(MESSAGE)
    await email.close()
    assert "re_wrong" not in str(caught.value)
    assert resend.emails == {}


async def test_an_unreachable_api_is_a_temporary_failure(resend: FakeResend, email: ResendEmail) -> None:
    await resend.stop()
    with pytest.raises(TemporaryFailure, match="Resend cannot be reached"):
        await email.send(MESSAGE)


async def test_no_response_in_time_is_an_unknown_outcome(resend: FakeResend) -> None:
    answered = asyncio.Event()

    async def silent(_request: Request, take: Callable[[], FakeResponse]) -> FakeResponse:
        taken = take()
        await answered.wait()
        return taken

    resend.behaviour = silent
    email = ResendEmail(resend.url, SecretStr(API_KEY), timedelta(seconds=0.2))
    with pytest.raises(OutcomeUnknown, match="no response from Resend"):
        await email.send(MESSAGE)
    answered.set()
    await email.close()


async def lose_answers(_request: Request, take: Callable[[], FakeResponse]) -> FakeResponse | None:
    take()
    return None


async def test_after_a_lost_response_a_message_sent_again_arrives_once(resend: FakeResend, email: ResendEmail) -> None:
    usual, resend.behaviour = resend.behaviour, lose_answers
    with pytest.raises(OutcomeUnknown, match="no response from Resend"):
        await email.send(MESSAGE)
    resend.behaviour = usual
    assert (await email.send(MESSAGE)).provider_message_id == f"resend-{KEY[:12]}"
    assert resend.asked[KEY] == 2
    assert list(resend.emails) == [KEY]


async def test_marketing_with_a_lost_response_is_sent_once(post: PostOffice, resend: FakeResend) -> None:
    await post.email.close()
    post.email = ResendEmail(resend.url, SecretStr(API_KEY), timedelta(seconds=0.6))
    await post.plan()
    usual, resend.behaviour = resend.behaviour, lose_answers
    with pytest.raises(ApplicationError, match="no response from Resend"):
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


async def test_after_the_key_window_nothing_is_sent_again(post: PostOffice, resend: FakeResend) -> None:
    await post.email.close()
    post.email = ResendEmail(resend.url, SecretStr(API_KEY), timedelta(seconds=0.6))
    await post.plan()
    resend.behaviour = lose_answers
    with pytest.raises(ApplicationError, match="no response from Resend"):
        await post.deliver()
    await post.age_rendered_message(timedelta(hours=23, minutes=1))

    outcome = await post.deliver(attempt=2)

    assert outcome.status == MessageStatus.UNKNOWN
    assert "no longer remembers its idempotency key" in outcome.detail
    assert resend.asked[KEY] == 1
