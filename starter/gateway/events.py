"""`POST /v1/events`: what customers did, one event or a list."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from intake.door.incoming import EventRejected, EventResult, IncomingEvent
from intake.webhooks.contract import MOST_EVENTS
from operations.access.bearer_token import Scope
from starter.gateway.backlog import Backlog
from starter.gateway.bearer import Bearer
from starter.gateway.body import read_json
from starter.gateway.context import GatewayContext
from starter.gateway.figures import Figures
from starter.gateway.problems import wrong
from starter.gateway.reference import OF_BODIES, OF_TOKENS, event_schema, json_body, problems

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
_LIST = {"type": "array", "items": event_schema(), "minItems": 1, "maxItems": MOST_EVENTS}
_SCHEMA = {"anyOf": [event_schema(), _LIST]}


class Accepted(BaseModel):
    """The event is kept and will be applied; `waiting` when first a later one has to say whose it is."""

    index: int
    event_id: str
    status: Literal["accepted", "waiting"]


class Refused(BaseModel):
    """The event is wrong, and was not kept."""

    index: int
    status: Literal["refused"] = "refused"
    field: str
    reason: str


class Results(BaseModel):
    """What became of each event, in the order they were sent."""

    results: list[Annotated[Accepted | Refused, Field(discriminator="status")]]


def events(front: GatewayContext, bearer: Bearer, backlog: Backlog, figures: Figures) -> APIRouter:
    """The route for events."""
    router = APIRouter(tags=["events"])

    async def take(documents: list[Any]) -> list[EventResult]:
        answers = await _take(front, documents)
        for answer in answers:
            figures.told(SOURCE, _outcome(answer))
        return answers

    @router.post(
        "/v1/events",
        status_code=HTTPStatus.ACCEPTED,
        dependencies=[Depends(bearer.needs(Scope.EVENTS)), Depends(backlog.has_room)],
        responses=problems(*OF_TOKENS, *OF_BODIES, HTTPStatus.UNPROCESSABLE_ENTITY),
        openapi_extra=json_body(_SCHEMA, _EXAMPLES),
    )
    async def take_events(request: Request) -> Results:
        """One event, or a list of up to 1,000, each checked by itself: a wrong one in a list does not hold up the rest.

        `customer_email` may be missing where the order, cart or telephone of another event says whose it is; until
        such an event comes, this one is `waiting`.
        """
        document = await read_json(request)
        if not isinstance(document, list):
            return Results(results=[_alone(await take([document]))])
        if not 1 <= len(document) <= MOST_EVENTS:
            raise wrong("body", f"must hold 1 to {MOST_EVENTS} events")
        answers = await take(document)
        return Results(results=[_result(index, answer) for index, answer in enumerate(answers)])

    return router


async def _take(front: GatewayContext, documents: list[Any]) -> list[EventResult]:
    """An answer for each document, in their order."""
    facts = [IncomingEvent(document) for document in documents if isinstance(document, Mapping)]
    answers = iter(await front.door.accept(facts, source=SOURCE))
    return [
        next(answers) if isinstance(document, Mapping) else EventRejected("body", "must be one JSON object")
        for document in documents
    ]


def _alone(answers: list[EventResult]) -> Accepted:
    result = _result(0, answers[0])
    if isinstance(result, Refused):
        raise wrong(result.field, result.reason)
    return result


def _result(index: int, answer: EventResult) -> Accepted | Refused:
    if isinstance(answer, EventRejected):
        return Refused(index=index, field=answer.field, reason=answer.reason)
    return Accepted(index=index, event_id=answer.event_id, status="waiting" if answer.waiting else "accepted")


def _outcome(answer: EventResult) -> str:
    if isinstance(answer, EventRejected):
        return "refused"
    return "waiting" if answer.waiting else "accepted"
