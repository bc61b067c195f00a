"""Pages for customers, without scripts or external resources."""

from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from markupsafe import Markup

from activities.content.template_folder import TemplateFolder
from settings import Settings
from starter.gateway.response_headers import policy_for

RETRY_SECONDS = 30
HERE = Path(__file__).parent
_TEMPLATES = TemplateFolder(HERE)


def page(name: str, status: HTTPStatus, settings: Settings, **values: Any) -> HTMLResponse:
    """Render a template of this folder with the shop's name. Every value is escaped."""
    html = _TEMPLATES.render(
        name,
        shop_name=settings.shop_name,
        shop_url=settings.shop_url,
        postal_address=settings.postal_address,
        style=_style(),
        **values,
    )
    return HTMLResponse(html, status, {**policy_for(_style(), form=True), "X-Robots-Tag": "noindex"})


def link_not_found(settings: Settings) -> HTMLResponse:
    """The page for an unknown or expired link."""
    return page(
        "notice.html.j2",
        HTTPStatus.NOT_FOUND,
        settings,
        title="This link does not work",
        text="It may be incomplete, or its message may have been deleted.",
    )


def try_again(settings: Settings, text: str) -> HTMLResponse:
    """The page for a temporary failure."""
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
