"""`POST /webhooks/{shop}`: what shop systems tell in their own languages."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel

from intake.webhooks.reception import Received, receive
from intake.webhooks.shop import ShopAdapter, UnverifiedDelivery, WebhookDelivery
from settings import several
from starter.gateway.backlog import Backlog
from starter.gateway.body import read_body
from starter.gateway.context import GatewayContext
from starter.gateway.figures import Figures
from starter.gateway.problems import Problem
from starter.gateway.reference import OF_BODIES, problems


class Heard(BaseModel):
    """The delivery is the shop's own and is kept, whatever is in it: the shop need not send it again."""

    status: Literal["heard"] = "heard"


def webhooks(front: GatewayContext, shops: Mapping[str, ShopAdapter], backlog: Backlog, figures: Figures) -> APIRouter:
    """The route for the webhooks of all shop systems."""
    router = APIRouter(tags=["webhooks"])

    @router.post(
        "/webhooks/{shop}",
        responses=problems(*OF_BODIES, HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
        openapi_extra={"requestBody": {"required": True, "content": {"*/*": {"schema": {}}}}},
    )
    async def hear(shop: Annotated[str, Path(json_schema_extra={"enum": sorted(shops)})], request: Request) -> Heard:
        """Verified over the raw bytes, kept, and answered; what cannot be used is kept for somebody to look at."""
        found, secrets = _known(front, shops, shop)
        body = await read_body(request)
        delivery = WebhookDelivery(body, dict(request.headers), front.clock())
        if found.is_ping(delivery):
            return Heard()
        try:
            found.verify(delivery, secrets, delivery.received_at)
        except UnverifiedDelivery as error:
            challenge = {"WWW-Authenticate": 'Signature realm="webhooks"'}
            raise Problem(HTTPStatus.UNAUTHORIZED, str(error), headers=challenge) from None
        await backlog.has_room()
        _count(figures, found.name, await receive(front.door, found, delivery))
        return Heard()

    return router


def _known(front: GatewayContext, shops: Mapping[str, ShopAdapter], name: str) -> tuple[ShopAdapter, tuple[str, ...]]:
    shop = shops.get(name)
    if shop is None:
        raise Problem(HTTPStatus.NOT_FOUND, f"there are webhooks for {', '.join(sorted(shops))} only")
    secrets = several(getattr(front.settings, shop.secrets))
    if not secrets:
        raise Problem(HTTPStatus.NOT_FOUND, f"{shop.secrets.upper()} is not set here")
    return shop, secrets


def _count(figures: Figures, source: str, received: Received) -> None:
    for taken in received.taken:
        figures.told(source, "waiting" if taken.waiting else "accepted")
    for _ in received.skipped:
        figures.told(source, "skipped")
    for _ in received.refused:
        figures.told(source, "refused")
