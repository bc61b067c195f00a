"""The gateway at its public address."""

from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from operations.readiness.finding import Light
from operations.readiness.public_url import ask_gateway, check_public_url
from operations.readiness.web import NoAnswer, WebAnswer, ask
from tests.operations.readiness.conftest import development, real_shop

ALIVE = {"status": "alive"}


async def test_the_gateway_is_asked_only_when_something_depends_on_it(web: HTTPServer) -> None:
    web.expect_request("/healthz").respond_with_json(ALIVE)
    assert await ask(web.url_for("/healthz")) == WebAnswer(200, ALIVE)
    assert await ask_gateway(real_shop(public_url=web.url_for(""))) == NoAnswer("was not asked")
    assert await ask_gateway(development()) == NoAnswer("was not asked")
    assert await ask_gateway(real_shop(public_url="https://127.0.0.1:1")) == NoAnswer(
        "cannot be reached (ConnectError)"
    )


@pytest.mark.parametrize(
    ("given", "health", "expected"),
    [
        ({}, WebAnswer(200, {"status": "alive"}), Light.GREEN),
        ({}, WebAnswer(200, {"status": "parked"}), Light.RED),
        ({}, WebAnswer(404, None), Light.RED),
        ({}, NoAnswer("does not answer within 3 seconds"), Light.RED),
        ({"public_url": "http://events.ironworks.io"}, WebAnswer(200, {"status": "alive"}), Light.RED),
        ({"public_url": "https://127.0.0.1"}, WebAnswer(200, {"status": "alive"}), Light.RED),
    ],
)
def test_the_public_address(given: dict[str, Any], health: WebAnswer | NoAnswer, expected: Light) -> None:
    assert check_public_url(real_shop(**given), health).light is expected
    assert check_public_url(development(), NoAnswer("was not asked")).light is Light.GREEN
