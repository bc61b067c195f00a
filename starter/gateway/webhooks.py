"""`POST /webhooks/{shop}`: deliveries of shop systems in their own formats."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel

from intake.webhooks.receive import WebhookOutcome, receive
from intake.webhooks.shop_adapter import ShopAdapter, UnverifiedDelivery, WebhookDelivery
from settings import split_secrets
from starter.gateway.backlog import Backlog
from starter.gateway.body import read_body
from starter.gateway.context import GatewayContext
from starter.gateway.gateway_metrics import GatewayMetrics
from starter.gateway.problems import Problem, not_configured, unverified
from starter.gateway.reference import OF_BODIES, problems


class WebhookAnswer(BaseModel):
    """The delivery is verified and stored, even if it is unreadable: the shop must not send it again."""

    status: Literal["heard"] = "heard"


def webhooks(
    context: GatewayContext, shops: Mapping[str, ShopAdapter], backlog: Backlog, counters: GatewayMetrics
) -> APIRouter:
    """The route for the webhooks of all shop systems."""
    router = APIRouter(tags=["webhooks"])

    @router.post(
        "/webhooks/{shop}",
        responses=problems(*OF_BODIES, HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
        openapi_extra={"requestBody": {"required": True, "content": {"*/*": {"schema": {}}}}},
    )
    async def receive_webhook(
        shop: Annotated[str, Path(json_schema_extra={"enum": sorted(shops)})], request: Request
    ) -> WebhookAnswer:
        """Verified over the raw bytes, stored, and answered. Unreadable deliveries are stored for an operator."""
        found, secrets = _configured(context, shops, shop)
        body = await read_body(request)
        delivery = WebhookDelivery(body, dict(request.headers), context.clock())
        if found.is_ping(delivery):
            return WebhookAnswer()
        try:
            found.verify(delivery, secrets, delivery.received_at)
        except UnverifiedDelivery as error:
            raise unverified(str(error)) from None
        await backlog.require_room()
        _count(counters, found.name, await receive(context.door, found, delivery))
        return WebhookAnswer()

    return router


def _configured(
    context: GatewayContext, shops: Mapping[str, ShopAdapter], name: str
) -> tuple[ShopAdapter, tuple[str, ...]]:
    shop = shops.get(name)
    if shop is None:
        raise Problem(HTTPStatus.NOT_FOUND, f"unknown shop system: use one of {', '.join(sorted(shops))}")
    secrets = split_secrets(getattr(context.settings, shop.secrets))
    if not secrets:
        raise not_configured(shop.secrets)
    return shop, secrets


def _count(counters: GatewayMetrics, source: str, outcome: WebhookOutcome) -> None:
    for accepted in outcome.accepted:
        counters.event(source, "waiting" if accepted.waiting else "accepted")
    for _ in outcome.skipped:
        counters.event(source, "skipped")
    for _ in outcome.refused:
        counters.event(source, "refused")
