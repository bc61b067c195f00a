"""What the OpenAPI description says beyond what the framework finds out by itself."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, ConfigDict, TypeAdapter

from retention_client.events import StorefrontEvent
from starter.gateway.problems import MEDIA_TYPE

TITLE = "Retention gateway"
DESCRIPTION = """\
What customers do, told by storefronts and shop systems. Whatever is answered with 2xx is committed to PostgreSQL and
will be applied, once: the same `event_id` again changes nothing, so when in doubt send it again.

Every error is a problem document (RFC 9457). 503 comes with `Retry-After`: nothing was kept, send it again.
"""
TAGS = [
    {"name": "events", "description": "What customers did. Token scope `events`."},
    {"name": "webhooks", "description": "The same in the languages of shop systems, and what providers tell; signed."},
    {"name": "customers", "description": "Where a customer stands. Token scope `customers`."},
    {"name": "links in messages", "description": "What recipients of messages open, click and unsubscribe by."},
    {"name": "health", "description": "For whoever watches over the process."},
    {"name": "operation", "description": "For operators. Token scope `operate`."},
]

REASONS = {
    HTTPStatus.BAD_REQUEST: "The body is cut off, or is not JSON",
    HTTPStatus.UNAUTHORIZED: "No token or signature that is good",
    HTTPStatus.FORBIDDEN: "The token is for something else",
    HTTPStatus.NOT_FOUND: "There is no such thing",
    HTTPStatus.REQUEST_TIMEOUT: "The body did not come in time",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is larger than a megabyte",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is of another type, or compressed",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The body can be read and is wrong: `field` and `reason` say where and why",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not now: nothing was kept, send it again after `Retry-After` seconds",
}
OF_BODIES = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
)
OF_TOKENS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)

_SCHEMAS = "#/components/schemas/{model}"


class ProblemDetails(BaseModel):
    """An error (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str


def problems(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """The responses of a route that are problems; 503 may always be one."""
    schema = {"$ref": _SCHEMAS.format(model=ProblemDetails.__name__)}
    return {
        status.value: {"description": REASONS[status], "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in (*sorted(statuses), HTTPStatus.SERVICE_UNAVAILABLE)
    }


def json_body(schema: dict[str, Any], examples: dict[str, Any]) -> dict[str, Any]:
    """The request of a route that reads its body by itself; `examples` by their summaries."""
    named = {summary: {"summary": summary, "value": value} for summary, value in examples.items()}
    content = {"schema": schema, "examples": named}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


def event_schema() -> dict[str, Any]:
    """One event, by its name among the schemas."""
    return {"$ref": _SCHEMAS.format(model="Event")}


def describe(app: FastAPI) -> None:
    """Have the application describe itself in full."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = get_openapi(
                title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes, tags=TAGS
            )
            schemas = app.openapi_schema.setdefault("components", {}).setdefault("schemas", {})
            schemas |= {**_event_schemas(), ProblemDetails.__name__: ProblemDetails.model_json_schema()}
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _event_schemas() -> dict[str, Any]:
    event = TypeAdapter(StorefrontEvent).json_schema(ref_template=_SCHEMAS)
    schemas: dict[str, Any] = event.pop("$defs")
    for schema in schemas.values():
        if "type" in schema["properties"]:
            # An address may be missing where an order, a cart or a telephone says whose the event is.
            schema["required"] = sorted({*schema["required"], "type"} - {"customer_email"})
            schema["properties"]["customer_email"]["format"] = "email"
    return {**schemas, "Event": event}
