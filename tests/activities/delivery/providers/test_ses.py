"""Amazon SES, on a server that implements its API as documented, with Amazon's own client and signatures."""

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from temporalio.exceptions import ApplicationError
from werkzeug import Response

from activities.delivery.email_port import OutgoingEmail
from activities.delivery.providers.ses import SesEmail
from activities.delivery.submission_result import OutcomeUnknown, SendRejected, TemporaryFailure
from lifecycle.messages import MessageStatus
from localstack.servers.ports import HOST
from tests.activities.delivery.conftest import ADA, KEY, NOW, PostOffice
from tests.activities.delivery.providers.particular_servers import certificate
from tests.activities.delivery.providers.silence import silence

PATH = "/v2/email/outbound-emails"
ANSWER = {"MessageId": "0102-ab"}
TIMEOUT = timedelta(seconds=5)
CONTENT = b"From: hello@shop.example\r\nTo: ada@example.com\r\nSubject: hi\r\n\r\nhello\r\n"
MESSAGE = OutgoingEmail(KEY, "hello@shop.example", ADA, CONTENT)
SECRET = "the secret key of the tests"


@pytest.fixture(autouse=True, scope="module")
def credentials(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Those of the tests, whoever runs them; and no question to a network that is not there."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
            patch.delenv(name, raising=False)
        patch.setenv("AWS_ACCESS_KEY_ID", "AKIATESTS")
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            patch.setenv(name, str(tmp_path_factory.getbasetemp() / "none"))
        yield


@pytest.fixture(scope="module")
async def email(make_httpserver: HTTPServer, credentials: None) -> AsyncIterator[SesEmail]:
    """One for many tests: Amazon's client takes long to make."""
    port = SesEmail("eu-west-1", TIMEOUT, configuration_set="events", url=make_httpserver.url_for("/").rstrip("/"))
    yield port
    await port.close()


def refuse(server: HTTPServer, status: int, code: str, words: str = "") -> None:
    """Answer as SES does: the error's type is in a header."""
    answer = Response(
        json.dumps({"message": words}), status, {"x-amzn-ErrorType": code}, content_type="application/json"
    )
    server.expect_request(PATH).respond_with_response(answer)


async def test_the_bytes_arrive_unchanged(httpserver: HTTPServer, email: SesEmail) -> None:
    httpserver.expect_request(PATH, method="POST").respond_with_json(ANSWER)

    accepted = await email.send(MESSAGE)

    assert (accepted.provider, accepted.provider_message_id) == ("ses", "0102-ab")
    [(request, _)] = httpserver.log
    body = json.loads(request.data)
    assert base64.b64decode(body["Content"]["Raw"]["Data"]) == CONTENT
    assert body["FromEmailAddress"] == "hello@shop.example"
    assert body["Destination"] == {"ToAddresses": [ADA]}
    assert body["EmailTags"] == [{"Name": "message_key", "Value": KEY}]
    assert body["ConfigurationSetName"] == "events"
    assert request.headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIATESTS/")
    assert "/eu-west-1/ses/aws4_request" in request.headers["Authorization"]


@pytest.mark.parametrize(
    ("status", "code", "words", "meaning"),
    [
        (400, "MessageRejected", "contains a virus", SendRejected),
        (400, "MessageRejected", f"Email address is not verified: {ADA}", TemporaryFailure),
        (400, "BadRequestException", f"{ADA} is no address", SendRejected),
        (400, "MailFromDomainNotVerifiedException", "", TemporaryFailure),
        (400, "AccountSuspendedException", "", TemporaryFailure),
        (400, "SendingPausedException", "", TemporaryFailure),
        (400, "LimitExceededException", "", TemporaryFailure),
        (429, "TooManyRequestsException", "", TemporaryFailure),
        (400, "Throttling", "", TemporaryFailure),
        (400, "ThrottlingException", "", TemporaryFailure),
        (404, "NotFoundException", "no such configuration set", TemporaryFailure),
        (403, "InvalidClientTokenId", f"{SECRET} is wrong", TemporaryFailure),
        (403, "SignatureDoesNotMatch", "", TemporaryFailure),
        (403, "AccessDeniedException", "", TemporaryFailure),
        (408, "RequestTimeout", "", OutcomeUnknown),
        (500, "InternalServiceErrorException", "", OutcomeUnknown),
        (503, "ServiceUnavailable", "", OutcomeUnknown),
    ],
)
async def test_the_meaning_of_errors(
    httpserver: HTTPServer, email: SesEmail, status: int, code: str, words: str, meaning: type[Exception]
) -> None:
    refuse(httpserver, status, code, words)
    with pytest.raises(meaning) as caught:
        await email.send(MESSAGE)
    assert type(caught.value) is meaning
    assert "@" not in str(caught.value)
    assert SECRET not in str(caught.value)
    assert len(httpserver.log) == 1


async def test_an_unexpected_response_is_an_unknown_outcome(httpserver: HTTPServer, email: SesEmail) -> None:
    httpserver.expect_request(PATH).respond_with_data("<html>Welcome</html>", content_type="text/html")
    with pytest.raises(OutcomeUnknown):
        await email.send(MESSAGE)


async def test_an_unreachable_api_is_a_temporary_failure() -> None:
    email = SesEmail("eu-west-1", TIMEOUT, url=f"http://{HOST}:1")
    with pytest.raises(TemporaryFailure, match="SES cannot be reached"):
        await email.send(MESSAGE)
    await email.close()


async def test_no_response_in_time_is_an_unknown_outcome(httpserver: HTTPServer) -> None:
    email = SesEmail("eu-west-1", timedelta(seconds=0.5), url=httpserver.url_for("/").rstrip("/"))
    with silence(httpserver, PATH, ANSWER), pytest.raises(OutcomeUnknown, match="no response from SES"):
        await email.send(MESSAGE)
    await email.close()


async def test_without_a_free_slot_a_message_is_certainly_not_sent(httpserver: HTTPServer) -> None:
    email = SesEmail("eu-west-1", timedelta(seconds=0.5), url=httpserver.url_for("/").rstrip("/"), max_connections=1)
    with silence(httpserver, PATH, ANSWER):
        ended = await asyncio.gather(email.send(MESSAGE), email.send(MESSAGE), return_exceptions=True)
    await email.close()
    assert [type(error) for error in ended] == [OutcomeUnknown, TemporaryFailure]


async def test_a_cancelled_send_keeps_its_slot_until_its_thread_is_free(httpserver: HTTPServer) -> None:
    email = SesEmail("eu-west-1", timedelta(seconds=2), url=httpserver.url_for("/").rstrip("/"), max_connections=1)
    with silence(httpserver, PATH, ANSWER):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await email.send(MESSAGE)
        with pytest.raises(TemporaryFailure, match="too many messages are being sent"):
            await email.send(MESSAGE)
    await email.send(MESSAGE)
    await email.close()


async def test_without_credentials_it_is_a_temporary_failure(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    email = SesEmail("eu-west-1", TIMEOUT, url=httpserver.url_for("/").rstrip("/"))
    with pytest.raises(TemporaryFailure, match="no credentials for SES"):
        await email.send(MESSAGE)
    await email.close()
    assert httpserver.log == []


async def test_an_untrusted_certificate_is_a_temporary_failure(tmp_path: Path) -> None:
    received: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        received.append(await reader.read())

    serving: ssl.SSLContext = certificate(tmp_path)[0]
    listening = await asyncio.start_server(listen, HOST, 0, ssl=serving)
    email = SesEmail("eu-west-1", TIMEOUT, url=f"https://{HOST}:{listening.sockets[0].getsockname()[1]}")
    with pytest.raises(TemporaryFailure, match="the certificate of SES is not trusted"):
        await email.send(MESSAGE)
    await email.close()
    listening.close()
    assert received == []


async def test_a_broken_connection_is_an_unknown_outcome(tmp_path: Path) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    listening = await asyncio.start_server(hang_up, HOST, 0)
    email = SesEmail("eu-west-1", TIMEOUT, url=f"http://{HOST}:{listening.sockets[0].getsockname()[1]}")
    with pytest.raises(OutcomeUnknown, match="no response from SES"):
        await email.send(MESSAGE)
    await email.close()
    listening.close()


@pytest.mark.parametrize(("purpose", "sends"), [("marketing", 1), ("transactional", 2)])
async def test_only_a_transactional_message_is_sent_again(
    post: PostOffice, httpserver: HTTPServer, purpose: str, sends: int
) -> None:
    """Marketing is never sent again blindly; a confirmation is, under the same Message-ID."""
    await post.email.close()
    post.email = SesEmail("eu-west-1", timedelta(seconds=0.6), url=httpserver.url_for("/").rstrip("/"))
    await post.plan(campaign={"purpose": purpose})
    with silence(httpserver, PATH, ANSWER):
        if purpose == "marketing":
            assert (await post.deliver()).status == MessageStatus.UNKNOWN
        else:
            with pytest.raises(ApplicationError, match="no response from SES"):
                await post.deliver()
    outcome = await post.deliver(now=NOW + timedelta(hours=1), attempt=2)

    assert outcome.status == (MessageStatus.UNKNOWN if purpose == "marketing" else MessageStatus.SENT)
    sent = [base64.b64decode(json.loads(request.data)["Content"]["Raw"]["Data"]) for request, _ in httpserver.log]
    assert len(sent) == sends
    assert {message_from_bytes(raw)["Message-ID"] for raw in sent} == {f"<{KEY[:40]}@shop.example>"}
