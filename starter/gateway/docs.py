"""`GET /docs`: the OpenAPI description as a page that needs no script and nobody else's server."""

import re
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from pydantic_core import to_json

from starter.gateway.reference import TAGS
from starter.gateway.response_headers import policy_for

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)
_TEMPLATES.filters["pretty"] = lambda value: to_json(value, indent=2).decode()
_STYLE = """\
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
h2 { margin-top: 3rem } h3 code { font-size: 1rem } code, pre { font-family: ui-monospace, monospace }
pre { background: #f5f5f2; padding: .75rem; overflow: auto; font-size: .85rem } summary { cursor: pointer }
th { text-align: left; vertical-align: top; padding-right: 1rem; font-weight: normal; white-space: nowrap }
"""
_CODE = re.compile("`([^`]+)`")


def _prose(text: str) -> Markup:
    """A text with what stands between backticks as code, and the rest as it is."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped


_TEMPLATES.filters["prose"] = _prose


def docs(app: FastAPI) -> APIRouter:
    """The page of this application."""
    router = APIRouter(include_in_schema=False)

    @router.get("/docs")
    async def page() -> HTMLResponse:
        described = app.openapi()
        html = _TEMPLATES.get_template("docs.html.j2").render(
            described=described, rooms=_rooms(described), style=_STYLE
        )
        return HTMLResponse(html, headers=policy_for(_STYLE))

    return router


def _rooms(described: dict[str, Any]) -> list[dict[str, Any]]:
    """The tags that have operations, each with them."""
    operations = [
        {"method": method.upper(), "path": path, **operation}
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]
    rooms = [{**tag, "operations": [one for one in operations if tag["name"] in one["tags"]]} for tag in TAGS]
    return [room for room in rooms if room["operations"]]
