"""The few pages that customers see: without scripts, and with nothing loaded from anywhere."""

from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from settings import Settings
from starter.gateway.response_headers import policy_for

RETRY_SECONDS = 30
HERE = Path(__file__).parent


def page(name: str, status: HTTPStatus, settings: Settings, **values: Any) -> HTMLResponse:
    """Render one of the templates that lie beside this file, in the shop's name. Every value is escaped."""
    html = (
        _environment()
        .get_template(name)
        .render(
            shop_name=settings.shop_name,
            shop_url=settings.shop_url,
            postal_address=settings.postal_address,
            style=_style(),
            **values,
        )
    )
    return HTMLResponse(html, status, {**policy_for(_style(), form=True), "X-Robots-Tag": "noindex"})


def lost(settings: Settings) -> HTMLResponse:
    """A link that leads nowhere, or no longer."""
    return page(
        "notice.html.j2",
        HTTPStatus.NOT_FOUND,
        settings,
        title="This link leads nowhere",
        text="It may be incomplete, or the message that it came with is no longer kept.",
    )


def try_again(settings: Settings, text: str) -> HTMLResponse:
    """Not now, but soon."""
    answer = page(
        "notice.html.j2",
        HTTPStatus.SERVICE_UNAVAILABLE,
        settings,
        title="Please try again in a minute",
        text=text,
    )
    answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


@cache
def _style() -> Markup:
    return Markup((HERE / "style.css.j2").read_text(encoding="utf-8"))  # noqa: S704 - ours


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
