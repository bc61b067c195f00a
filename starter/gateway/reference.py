"""The parts of the OpenAPI description that the framework cannot derive."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, ConfigDict, TypeAdapter

from retention_client.events import StorefrontEvent
from starter.gateway.problems import MEDIA_TYPE

TITLE = "Retention gateway"
DESCRIPTION = """\
Accepts events from storefronts and shop systems. An event that is answered with 2xx is committed to PostgreSQL and will
be applied exactly once: a duplicate `event_id` changes nothing, so when in doubt, retry.

Every error is a problem document (RFC 9457). 503 has `Retry-After`: nothing was stored, retry later.
"""
TAGS = [
    {"name": "events", "description": "Events of customers. Token scope `events`."},
    {"name": "webhooks", "description": "Signed deliveries of shop systems and providers, in their own formats."},
    {"name": "customers", "description": "State and totals of customers. Token scope `customers`."},
    {"name": "links in messages", "description": "Opens, clicks, confirmations and the preference page."},
    {"name": "health", "description": "Health checks."},
    {"name": "operation", "description": "For operators. Token scope `operate`."},
]

REASONS = {
    HTTPStatus.BAD_REQUEST: "The body is incomplete or not JSON",
    HTTPStatus.UNAUTHORIZED: "The token or signature is missing or invalid",
    HTTPStatus.FORBIDDEN: "The token lacks the scope",
    HTTPStatus.NOT_FOUND: "Not found",
    HTTPStatus.REQUEST_TIMEOUT: "The body did not arrive in time",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is larger than a megabyte",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body has another type, or is compressed",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The body is readable and invalid: `field` and `reason` say where and why",
    HTTPStatus.SERVICE_UNAVAILABLE: "Temporarily unavailable: nothing was stored, retry after `Retry-After` seconds",
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
    """The error responses of a route; 503 is always possible."""
    schema = {"$ref": _SCHEMAS.format(model=ProblemDetails.__name__)}
    return {
        status.value: {"description": REASONS[status], "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in (*sorted(statuses), HTTPStatus.SERVICE_UNAVAILABLE)
    }


def json_body(schema: dict[str, Any], examples: dict[str, Any]) -> dict[str, Any]:
    """The request body of a route that reads it itself; `examples` by their summaries."""
    named = {summary: {"summary": summary, "value": value} for summary, value in examples.items()}
    content = {"schema": schema, "examples": named}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


def event_schema() -> dict[str, Any]:
    """A reference to the schema of an event."""
    return {"$ref": _SCHEMAS.format(model="Event")}


def describe(app: FastAPI) -> None:
    """Add schemas and texts to the application's OpenAPI description."""

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
            # The address may be missing if an order, a cart or a phone number identifies the customer.
            schema["required"] = sorted({*schema["required"], "type"} - {"customer_email"})
            schema["properties"]["customer_email"]["format"] = "email"
    return {**schemas, "Event": event}
