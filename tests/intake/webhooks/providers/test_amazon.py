"""Requests to Amazon: cached, bounded, and without redirects."""

import asyncio
from collections.abc import Callable

import httpx2
import pytest

from intake.webhooks.providers.amazon import MOST_BYTES, MOST_CACHED, AmazonClient, AmazonUnreachable
from intake.webhooks.shop_adapter import UnverifiedDelivery
from tests.intake.webhooks.providers.payloads import CERTIFICATE_ADDRESS, SNS, SUBSCRIBE
from tests.intake.webhooks.providers.signing import SIGNER

Answer = Callable[[httpx2.Request], httpx2.Response]


class Server:
    """Answers as configured, and records requested URLs."""

    def __init__(self, answer: Answer) -> None:
        self.asked: list[str] = []
        self._answer = answer

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(str(request.url))
        return self._answer(request)

    def web(self) -> AmazonClient:
        return AmazonClient(httpx2.MockTransport(self))


def answers(status: int, content: bytes = b"", **headers: str) -> Server:
    return Server(lambda _: httpx2.Response(status, content=content, headers=headers))


async def test_a_certificate_is_requested_once() -> None:
    server = answers(200, SIGNER.certificate)
    async with server.web() as web:
        assert [await web.certificate(CERTIFICATE_ADDRESS) for _ in range(3)] == [SIGNER.certificate] * 3
    assert server.asked == [CERTIFICATE_ADDRESS]


async def test_the_cache_is_bounded() -> None:
    server = answers(200, SIGNER.certificate)
    addresses = [f"{SNS}/SimpleNotificationService-{number}.pem" for number in range(MOST_CACHED + 1)]
    async with server.web() as web:
        for address in (*addresses, addresses[-1], addresses[0]):
            await web.certificate(address)
    assert server.asked == [*addresses, addresses[0]]


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_a_missing_certificate_is_unverified(status: int) -> None:
    async with answers(status).web() as web:
        with pytest.raises(UnverifiedDelivery):
            await web.certificate(CERTIFICATE_ADDRESS)


@pytest.mark.parametrize(
    "server",
    [
        answers(500),
        answers(503, SIGNER.certificate),
        answers(301, location="https://evil.example/SimpleNotificationService-1.pem"),
        answers(200, b"<html>"),
        answers(200, SIGNER.certificate + b" " * MOST_BYTES),
        answers(204),
    ],
)
async def test_invalid_answers_are_neither_cached_nor_followed(server: Server) -> None:
    async with server.web() as web:
        for _ in range(2):
            with pytest.raises(AmazonUnreachable):
                await web.certificate(CERTIFICATE_ADDRESS)
    assert server.asked == [CERTIFICATE_ADDRESS] * 2


@pytest.mark.parametrize("error", [httpx2.ConnectError("no"), httpx2.ReadTimeout("slow"), httpx2.ProtocolError("what")])
async def test_amazon_is_away(error: Exception) -> None:
    def fail(_: httpx2.Request) -> httpx2.Response:
        raise error

    async with Server(fail).web() as web:
        with pytest.raises(AmazonUnreachable):
            await web.certificate(CERTIFICATE_ADDRESS)
        with pytest.raises(AmazonUnreachable):
            await web.confirm(SUBSCRIBE)


async def test_an_answer_that_never_ends_times_out() -> None:
    async def forever(_: httpx2.Request) -> httpx2.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with AmazonClient(httpx2.MockTransport(forever), seconds=0.01) as web:
        with pytest.raises(AmazonUnreachable):
            await web.confirm(SUBSCRIBE)


async def test_a_confirmation_is_one_request() -> None:
    server = answers(200, b"<ConfirmSubscriptionResponse/>")
    async with server.web() as web:
        await web.confirm(SUBSCRIBE)
    assert server.asked == [SUBSCRIBE]


@pytest.mark.parametrize("status", [302, 403, 500])
async def test_a_failed_confirmation_raises(status: int) -> None:
    async with answers(status, location="https://evil.example/").web() as web:
        with pytest.raises(AmazonUnreachable):
            await web.confirm(SUBSCRIBE)
