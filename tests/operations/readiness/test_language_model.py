"""The server of the language model."""

from typing import Any

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from operations.readiness.finding import Light
from operations.readiness.language_model import check_language_model
from operations.readiness.scope import ReadinessScope
from settings import Settings
from tests.operations.readiness.conftest import NOWHERE, SECRET, has_no_secret, real_shop


@pytest.mark.parametrize(
    ("status", "body", "light"),
    [
        (200, {"data": [{"id": "small"}, {"id": "large"}]}, Light.GREEN),
        (200, {"data": [{"id": "large"}]}, Light.AMBER),
        (200, {"data": None}, Light.RED),
        (401, {"error": SECRET}, Light.RED),
        (502, {}, Light.RED),
    ],
)
async def test_the_language_model(web: HTTPServer, status: int, body: Any, light: Light) -> None:
    web.expect_request("/v1/models").respond_with_json(body, status=status)
    found = await check_language_model(model(web.url_for("/v1")), ReadinessScope())
    assert found.light is light
    has_no_secret(found)


async def test_a_language_model_away_is_red_and_none_at_all_is_nothing_to_mend(web: HTTPServer) -> None:
    assert (await check_language_model(model(NOWHERE), ReadinessScope())).light is Light.RED
    web.expect_request("/models").respond_with_data("<html>welcome</html>")
    assert (await check_language_model(model(web.url_for("")), ReadinessScope())).light is Light.RED
    assert (await check_language_model(real_shop(), ReadinessScope())).light is Light.GREEN


def model(url: str) -> Settings:
    """A shop that has texts written."""
    return real_shop(openai_base_url=url, openai_api_key=SecretStr(SECRET), openai_model="small")
