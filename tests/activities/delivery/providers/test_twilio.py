"""Twilio, on a server that implements its API as documented."""

from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from activities.delivery.providers.twilio import TwilioSms
from activities.delivery.sms_port import OutgoingSms
from activities.delivery.submission_result import OutcomeUnknown, SendRejected, TemporaryFailure
from lifecycle.messages import MessageStatus
from localstack.servers.ports import HOST
from tests.activities.delivery.conftest import KEY, NOW, PostOffice
from tests.activities.delivery.providers.silence import silence

ACCOUNT, TOKEN, SENDER = "AC" + "0" * 32, "the token of the tests", "+15005550006"
NUMBER = "+447400123456"
PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
TIMEOUT = timedelta(seconds=5)
MESSAGE = OutgoingSms(KEY, NUMBER, "Grüße, your skillet is waiting")
TAKEN = {"sid": "SM" + "a" * 32, "status": "queued", "error_code": None}


def twilio(
    server: HTTPServer,
    *,
    sender: str = SENDER,
    public_url: str = "https://mail.shop.example",
    timeout: timedelta = TIMEOUT,
) -> TwilioSms:
    url = server.url_for("/").rstrip("/")
    return TwilioSms(url, ACCOUNT, SecretStr(TOKEN), sender=sender, public_url=public_url, timeout=timeout)


@pytest.fixture
async def sms(httpserver: HTTPServer) -> AsyncIterator[TwilioSms]:
    port = twilio(httpserver)
    yield port
    await port.close()


def form(server: HTTPServer) -> dict[str, str]:
    """The one request's form."""
    [(request, _)] = server.log
    return {name: value for name, [value] in parse_qs(request.get_data(as_text=True)).items()}


def refuse(server: HTTPServer, status: int, code: int | None, words: str = "") -> None:
    server.expect_request(PATH).respond_with_json({"code": code, "message": words, "status": status}, status)


async def test_the_request(httpserver: HTTPServer, sms: TwilioSms) -> None:
    httpserver.expect_request(PATH, method="POST").respond_with_json(TAKEN, 201)

    accepted = await sms.send(MESSAGE)

    assert (accepted.provider, accepted.provider_message_id) == ("twilio", TAKEN["sid"])
    assert form(httpserver) == {
        "To": NUMBER,
        "Body": MESSAGE.text,
        "From": SENDER,
        "StatusCallback": f"https://mail.shop.example/webhooks/twilio-status?message={KEY}",
    }
    authorization = httpserver.log[0][0].authorization
    assert authorization is not None
    assert (authorization.username, authorization.password) == (ACCOUNT, TOKEN)


async def test_a_messaging_service_as_sender(httpserver: HTTPServer) -> None:
    httpserver.expect_request(PATH).respond_with_json(TAKEN, 201)
    sms = twilio(httpserver, sender="MG" + "1" * 32)
    await sms.send(MESSAGE)
    await sms.close()
    assert form(httpserver)["MessagingServiceSid"] == "MG" + "1" * 32
    assert "From" not in form(httpserver)


async def test_a_loopback_url_gets_no_status_callback(httpserver: HTTPServer) -> None:
    httpserver.expect_request(PATH).respond_with_json(TAKEN, 201)
    sms = twilio(httpserver, public_url="http://127.0.0.1:8080")
    await sms.send(MESSAGE)
    await sms.close()
    assert "StatusCallback" not in form(httpserver)


@pytest.mark.parametrize(
    ("status", "code", "meaning"),
    [
        (400, 21211, SendRejected),
        (400, 21614, SendRejected),
        (400, 21635, SendRejected),
        (400, 21602, SendRejected),
        (400, 21608, SendRejected),
        (400, 21610, SendRejected),
        (400, 21612, SendRejected),
        (400, 21617, SendRejected),
        (400, 21212, TemporaryFailure),
        (400, 21408, TemporaryFailure),
        (400, 21606, TemporaryFailure),
        (400, 21609, TemporaryFailure),
        (401, 20003, TemporaryFailure),
        (403, 20005, TemporaryFailure),
        (404, 20404, TemporaryFailure),
        (429, 20429, TemporaryFailure),
        (429, 63038, TemporaryFailure),
        (400, 99999, TemporaryFailure),
        (500, 20500, OutcomeUnknown),
        (503, 20503, OutcomeUnknown),
    ],
)
async def test_the_meaning_of_errors(
    httpserver: HTTPServer, sms: TwilioSms, status: int, code: int, meaning: type[Exception]
) -> None:
    refuse(httpserver, status, code, f"{NUMBER} with {TOKEN} is not what we like")
    with pytest.raises(meaning) as caught:
        await sms.send(MESSAGE)
    assert type(caught.value) is meaning
    assert NUMBER not in str(caught.value)
    assert TOKEN not in str(caught.value)
    if isinstance(caught.value, SendRejected):
        assert caught.value.hard_bounce is (code in {21211, 21614, 21635})
        assert caught.value.opted_out is (code == 21610)


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (200, "<html>Welcome</html>", OutcomeUnknown),
        (201, f'{{"sid": "{NUMBER}"}}', OutcomeUnknown),
        (302, "", TemporaryFailure),
        (400, f'{{"code": "{NUMBER}"}}', TemporaryFailure),
    ],
)
async def test_unexpected_responses_are_an_unknown_outcome(
    httpserver: HTTPServer, sms: TwilioSms, status: int, body: str, meaning: type[Exception]
) -> None:
    httpserver.expect_request(PATH).respond_with_data(body, status)
    with pytest.raises(meaning) as caught:
        await sms.send(MESSAGE)
    assert NUMBER not in str(caught.value)


async def test_an_unreachable_api_is_a_temporary_failure() -> None:
    sms = TwilioSms(f"http://{HOST}:1", ACCOUNT, SecretStr(TOKEN), sender=SENDER, public_url="", timeout=TIMEOUT)
    with pytest.raises(TemporaryFailure, match="Twilio cannot be reached"):
        await sms.send(MESSAGE)
    await sms.close()


async def test_no_response_in_time_is_an_unknown_outcome(httpserver: HTTPServer) -> None:
    sms = twilio(httpserver, timeout=timedelta(seconds=0.3))
    with silence(httpserver, PATH, {}, 201), pytest.raises(OutcomeUnknown, match="no response from Twilio"):
        await sms.send(MESSAGE)
    await sms.close()


TEXT = {"channel": "SMS", "subject": None, "template_body": "Your {{ product.name }} is waiting"}
READER = {"phone": NUMBER, "consent_sms": True}
NOON = NOW.replace(hour=12)


async def test_a_lost_response_of_marketing_is_not_sent_again(post: PostOffice, httpserver: HTTPServer) -> None:
    post.sms = twilio(httpserver, timeout=timedelta(seconds=0.6))
    await post.plan(profile=READER, campaign=TEXT)
    with silence(httpserver, PATH, {}, 201):
        assert (await post.deliver(now=NOON)).status == MessageStatus.UNKNOWN
    again = await post.deliver(now=NOON, attempt=2)
    assert (again.status, again.counts) == (MessageStatus.UNKNOWN, True)
    assert len(httpserver.log) == 1


async def test_an_opt_out_at_twilio_suppresses_the_number(post: PostOffice, httpserver: HTTPServer) -> None:
    refuse(httpserver, 400, 21610)
    post.sms = twilio(httpserver)
    await post.plan(profile=READER, campaign=TEXT)

    outcome = await post.deliver(now=NOON)

    assert (outcome.status, outcome.detail) == (MessageStatus.FAILED, "the customer opted out at the provider")
    [suppression] = await post.rows("SELECT channel, reason, source FROM suppressions")
    assert suppression == {"channel": "SMS", "reason": "unsubscribe", "source": f"message {KEY}"}


async def test_a_number_that_does_not_exist_is_a_hard_bounce(post: PostOffice, httpserver: HTTPServer) -> None:
    refuse(httpserver, 400, 21211)
    post.sms = twilio(httpserver)
    await post.plan(profile=READER, campaign=TEXT)
    assert (await post.deliver(now=NOON)).status == MessageStatus.BOUNCED
    assert await post.rows("SELECT channel, reason FROM suppressions") == [{"channel": "SMS", "reason": "hard_bounce"}]
