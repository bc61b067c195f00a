"""`GET /docs`: the OpenAPI description as a page without scripts or external resources."""

import re
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse
from markupsafe import Markup, escape
from pydantic_core import to_json

from activities.content.template_folder import TemplateFolder
from starter.gateway.reference import TAGS
from starter.gateway.response_headers import policy_for

_STYLE = """\
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
h2 { margin-top: 3rem } h3 code { font-size: 1rem } code, pre { font-family: ui-monospace, monospace }
pre { background: #f5f5f2; padding: .75rem; overflow: auto; font-size: .85rem } summary { cursor: pointer }
th { text-align: left; vertical-align: top; padding-right: 1rem; font-weight: normal; white-space: nowrap }
"""
_CODE = re.compile("`([^`]+)`")


def _prose(text: str) -> Markup:
    """A text as HTML, with backticks turned into `<code>`."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped


def _pretty(value: Any) -> str:
    return to_json(value, indent=2).decode()


_TEMPLATES = TemplateFolder(Path(__file__).parent, {"pretty": _pretty, "prose": _prose})


def docs(app: FastAPI) -> APIRouter:
    """The route of the page."""
    router = APIRouter(include_in_schema=False)

    @router.get("/docs")
    async def page() -> HTMLResponse:
        described = app.openapi()
        html = _TEMPLATES.render("docs.html.j2", described=described, tags=_tags(described), style=_STYLE)
        return HTMLResponse(html, headers=policy_for(_STYLE))

    return router


def _tags(described: dict[str, Any]) -> list[dict[str, Any]]:
    """The tags that have operations, with their operations."""
    operations = [
        {"method": method.upper(), "path": path, **operation}
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]
    tags = [{**tag, "operations": [one for one in operations if tag["name"] in one["tags"]]} for tag in TAGS]
    return [tag for tag in tags if tag["operations"]]
