"""`POST /webhooks/{resend|ses|twilio-status}`: what providers tell of the messages that they were given."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus

import structlog
from fastapi import APIRouter, Request

from db.customers.consent import reader_of
from db.messages import provider_events
from intake.webhooks.providers.all import PROVIDERS
from intake.webhooks.providers.amazon import Amazon, Unreachable
from intake.webhooks.providers.provider import Call, Provider
from intake.webhooks.shop import UnreadableDelivery, UnverifiedDelivery
from lifecycle.provider_events import WITHDRAWS, ProviderEvent
from settings import several
from starter.gateway.body import read_body
from starter.gateway.consent_changes import withdraw
from starter.gateway.context import GatewayContext
from starter.gateway.figures import Figures
from starter.gateway.problems import Problem, unavailable, wrong
from starter.gateway.reference import OF_BODIES, problems
from starter.gateway.webhooks import Heard

log = structlog.get_logger("webhooks")


def provider_webhooks(front: GatewayContext, figures: Figures, amazon: Amazon) -> APIRouter:
    """The routes of all providers."""
    router = APIRouter(tags=["webhooks"])
    for provider in PROVIDERS:
        router.add_api_route(
            f"/webhooks/{provider.path}",
            _route(front, figures, amazon, provider),
            methods=["POST"],
            name=f"hear_{provider.name}",
            responses=problems(
                *OF_BODIES, HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY
            ),
            openapi_extra={"requestBody": {"required": True, "content": {"*/*": {"schema": {}}}}},
        )
    return router


def _route(
    front: GatewayContext, figures: Figures, amazon: Amazon, provider: Provider
) -> Callable[[Request], Awaitable[Heard]]:
    async def hear(request: Request) -> Heard:
        """Verified over the raw bytes, recorded once, and answered; what is about no message of ours is forgotten."""
        call = await _verified(front, amazon, provider, request)
        try:
            confirmation, events = provider.confirmation(call), provider.read(call)
        except UnreadableDelivery as error:
            figures.told_by_provider(provider.name, "other", "unreadable")
            log.warning("what a provider tells cannot be read", source=provider.name, reason=str(error))
            raise wrong("body", str(error)) from None
        if confirmation:
            await _visit(amazon, confirmation)
        if not events:
            figures.told_by_provider(provider.name, "other", "ignored")
        for event in events:
            outcome = await _take(front, replace(event, at=min(event.at, call.received_at)))
            figures.told_by_provider(provider.name, event.kind, outcome)
        return Heard()

    return hear


async def _verified(front: GatewayContext, amazon: Amazon, provider: Provider, request: Request) -> Call:
    """The request as a call whose signature is good. Raises `Problem`."""
    setting = getattr(front.settings, provider.secrets)
    secrets = setting if isinstance(setting, tuple) else several(setting)
    if not secrets:
        raise Problem(HTTPStatus.NOT_FOUND, f"{provider.secrets.upper()} is not set here")
    body = await read_body(request)
    query = f"?{request.url.query}" if request.url.query else ""
    address = f"{front.settings.public_url}/webhooks/{provider.path}{query}"
    call = Call(body, dict(request.headers), front.clock(), url=address)
    try:
        certificate = provider.certificate(call, secrets)
        if certificate:
            call = replace(call, certificate=await amazon.certificate(certificate))
        provider.verify(call, secrets, call.received_at)
    except UnverifiedDelivery as error:
        challenge = {"WWW-Authenticate": 'Signature realm="webhooks"'}
        raise Problem(HTTPStatus.UNAUTHORIZED, str(error), headers=challenge) from None
    except Unreachable:
        raise unavailable("the certificate cannot be fetched at the moment") from None
    return call


async def _visit(amazon: Amazon, confirmation: str) -> None:
    try:
        await amazon.visit(confirmation)
    except Unreachable:
        raise unavailable("the subscription cannot be confirmed at the moment") from None
    log.info("a subscription was confirmed")


async def _take(front: GatewayContext, event: ProviderEvent) -> str:
    """Do what follows from an event; what became of it. The same again does what is missing, and nothing twice."""
    if event.kind in WITHDRAWS:
        await _withdraw(front, event)
    return await provider_events.record(front.engine, event, visits=not front.settings.tracking)


async def _withdraw(front: GatewayContext, event: ProviderEvent) -> None:
    """End consent before the event is recorded, which tells whether this was done."""
    message_key = await provider_events.unheard(front.engine, event)
    reader = await reader_of(front.engine, message_key) if message_key else None
    if reader is None:
        return
    person, channel = reader
    source = f"{event.kind.words} at {event.provider}"
    name = f"consent:{event.event_id}"
    await withdraw(front, person, [channel], told_by=event.provider, source=source, event_id=name)
