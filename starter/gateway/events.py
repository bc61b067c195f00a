"""`POST /v1/events`: what customers did, one event or a list."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from intake.door.incoming import EventRejected, EventResult, IncomingEvent
from operations.access.tokens import TokenScope
from retention_client.events import MAX_BATCH_EVENTS
from starter.gateway.backlog import Backlog
from starter.gateway.body import read_json
from starter.gateway.context import GatewayContext
from starter.gateway.gateway_metrics import GatewayMetrics
from starter.gateway.problems import wrong
from starter.gateway.reference import OF_BODIES, OF_TOKENS, event_schema, json_body, problems
from starter.gateway.token_check import TokenCheck

SOURCE = "http"

_ORDER = {
    "type": "ORDER_PAID",
    "event_id": "shop-1:orders/paid:820982911",
    "customer_email": "ada@example.com",
    "occurred_at": "2026-11-22T10:15:00Z",
    "order": {
        "order_id": "820982911",
        "total": "199.00",
        "currency": "USD",
        "cart_id": "c-77",
        "items": [{"sku": "SKILLET", "name": "Cast Iron Skillet", "quantity": 1, "unit_price": "199.00"}],
    },
    "consent": {"email": True},
}
_CART = {
    "type": "CART_UPDATED",
    "event_id": "shop-1:carts/c-77:5",
    "customer_email": "ada@example.com",
    "occurred_at": "2026-11-22T10:02:00Z",
    "cart": {"cart_id": "c-77", "url": "https://shop.example/cart/c-77", "items": [{"sku": "SKILLET", "quantity": 1}]},
}
_EXAMPLES = {"An order was paid": _ORDER, "A cart, then its order": [_CART, _ORDER]}
_LIST = {"type": "array", "items": event_schema(), "minItems": 1, "maxItems": MAX_BATCH_EVENTS}
_SCHEMA = {"anyOf": [event_schema(), _LIST]}


class AcceptedEvent(BaseModel):
    """The event is stored and will be applied; `waiting` until a later event identifies its customer."""

    index: int
    event_id: str
    status: Literal["accepted", "waiting"]


class RefusedEvent(BaseModel):
    """The event is invalid and was not stored."""

    index: int
    status: Literal["refused"] = "refused"
    field: str
    reason: str


class EventResults(BaseModel):
    """The result for each event, in the order of the request."""

    results: list[Annotated[AcceptedEvent | RefusedEvent, Field(discriminator="status")]]


def events(context: GatewayContext, tokens: TokenCheck, backlog: Backlog, counters: GatewayMetrics) -> APIRouter:
    """The route for events."""
    router = APIRouter(tags=["events"])

    async def take(documents: list[Any]) -> list[EventResult]:
        answers = await _take(context, documents)
        for answer in answers:
            counters.event(SOURCE, _outcome(answer))
        return answers

    @router.post(
        "/v1/events",
        status_code=HTTPStatus.ACCEPTED,
        dependencies=[Depends(tokens.needs(TokenScope.EVENTS)), Depends(backlog.require_room)],
        responses=problems(*OF_TOKENS, *OF_BODIES, HTTPStatus.UNPROCESSABLE_ENTITY),
        openapi_extra=json_body(_SCHEMA, _EXAMPLES),
    )
    async def take_events(request: Request) -> EventResults:
        """One event, or a list of up to 1,000. Each is checked separately: an invalid one does not affect the others.

        `customer_email` may be missing if another event with the same order, cart or phone number identifies the
        customer. Until such an event arrives, this one is `waiting`.
        """
        document = await read_json(request)
        if not isinstance(document, list):
            return EventResults(results=[_single(await take([document]))])
        if not 1 <= len(document) <= MAX_BATCH_EVENTS:
            raise wrong("body", f"must contain 1 to {MAX_BATCH_EVENTS} events")
        answers = await take(document)
        return EventResults(results=[_result(index, answer) for index, answer in enumerate(answers)])

    return router


async def _take(context: GatewayContext, documents: list[Any]) -> list[EventResult]:
    """A result for each document, in their order."""
    events = [IncomingEvent(document) for document in documents if isinstance(document, Mapping)]
    answers = iter(await context.door.accept(events, source=SOURCE))
    return [
        next(answers) if isinstance(document, Mapping) else EventRejected("body", "must be one JSON object")
        for document in documents
    ]


def _single(answers: list[EventResult]) -> AcceptedEvent:
    result = _result(0, answers[0])
    if isinstance(result, RefusedEvent):
        raise wrong(result.field, result.reason)
    return result


def _result(index: int, answer: EventResult) -> AcceptedEvent | RefusedEvent:
    if isinstance(answer, EventRejected):
        return RefusedEvent(index=index, field=answer.field, reason=answer.reason)
    return AcceptedEvent(index=index, event_id=answer.event_id, status="waiting" if answer.waiting else "accepted")


def _outcome(answer: EventResult) -> str:
    if isinstance(answer, EventRejected):
        return "refused"
    return "waiting" if answer.waiting else "accepted"
