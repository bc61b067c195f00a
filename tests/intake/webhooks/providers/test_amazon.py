"""What is fetched from Amazon: once, no more than a little, and from nowhere else."""

import asyncio
from collections.abc import Callable

import httpx2
import pytest

from intake.webhooks.providers import amazon
from intake.webhooks.providers.amazon import MOST_BYTES, MOST_KEPT, AmazonWeb, Unreachable
from intake.webhooks.shop import UnverifiedDelivery
from tests.intake.webhooks.providers.payloads import CERTIFICATE_ADDRESS, SNS, SUBSCRIBE
from tests.intake.webhooks.providers.signing import SIGNER

Answer = Callable[[httpx2.Request], httpx2.Response]


class Server:
    """Answers as told, and remembers what it was asked for."""

    def __init__(self, answer: Answer) -> None:
        self.asked: list[str] = []
        self._answer = answer

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(str(request.url))
        return self._answer(request)

    def web(self) -> AmazonWeb:
        return AmazonWeb(httpx2.MockTransport(self))


def answers(status: int, content: bytes = b"", **headers: str) -> Server:
    return Server(lambda _: httpx2.Response(status, content=content, headers=headers))


async def test_a_certificate_is_fetched_once() -> None:
    server = answers(200, SIGNER.certificate)
    async with server.web() as web:
        assert [await web.certificate(CERTIFICATE_ADDRESS) for _ in range(3)] == [SIGNER.certificate] * 3
    assert server.asked == [CERTIFICATE_ADDRESS]


async def test_only_so_many_are_remembered() -> None:
    server = answers(200, SIGNER.certificate)
    addresses = [f"{SNS}/SimpleNotificationService-{number}.pem" for number in range(MOST_KEPT + 1)]
    async with server.web() as web:
        for address in (*addresses, addresses[-1], addresses[0]):
            await web.certificate(address)
    assert server.asked == [*addresses, addresses[0]]


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_one_that_is_not_there_was_nobodys(status: int) -> None:
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
async def test_an_answer_that_is_none_is_not_remembered_nor_followed(server: Server) -> None:
    async with server.web() as web:
        for _ in range(2):
            with pytest.raises(Unreachable):
                await web.certificate(CERTIFICATE_ADDRESS)
    assert server.asked == [CERTIFICATE_ADDRESS] * 2


@pytest.mark.parametrize("error", [httpx2.ConnectError("no"), httpx2.ReadTimeout("slow"), httpx2.ProtocolError("what")])
async def test_amazon_is_away(error: Exception) -> None:
    def fail(_: httpx2.Request) -> httpx2.Response:
        raise error

    async with Server(fail).web() as web:
        with pytest.raises(Unreachable):
            await web.certificate(CERTIFICATE_ADDRESS)
        with pytest.raises(Unreachable):
            await web.visit(SUBSCRIBE)


async def test_an_answer_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def forever(_: httpx2.Request) -> httpx2.Response:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(amazon, "SECONDS", 0.01)
    async with AmazonWeb(httpx2.MockTransport(forever)) as web:
        with pytest.raises(Unreachable):
            await web.visit(SUBSCRIBE)


async def test_a_confirmation_is_a_visit() -> None:
    server = answers(200, b"<ConfirmSubscriptionResponse/>")
    async with server.web() as web:
        await web.visit(SUBSCRIBE)
    assert server.asked == [SUBSCRIBE]


@pytest.mark.parametrize("status", [302, 403, 500])
async def test_a_confirmation_that_failed_is_to_come_again(status: int) -> None:
    async with answers(status, location="https://evil.example/").web() as web:
        with pytest.raises(Unreachable):
            await web.visit(SUBSCRIBE)
