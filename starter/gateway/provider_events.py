"""`POST /webhooks/{resend|ses|twilio-status}`: providers' reports about messages."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus

import structlog
from fastapi import APIRouter, Request

from db.customers.consent import reader_of
from db.messages import provider_events
from intake.webhooks.providers.adapter import ProviderAdapter, ProviderDelivery
from intake.webhooks.providers.all import PROVIDERS
from intake.webhooks.providers.amazon import Amazon, AmazonUnreachable
from intake.webhooks.shop_adapter import UnreadableDelivery, UnverifiedDelivery
from lifecycle.provider_events import WITHDRAWS, ProviderEvent
from operations.customers.consent_changes import withdraw_consent
from settings import split_secrets
from starter.gateway.body import read_body
from starter.gateway.context import GatewayContext
from starter.gateway.gateway_metrics import GatewayMetrics
from starter.gateway.problems import Problem, unavailable, wrong
from starter.gateway.reference import OF_BODIES, problems
from starter.gateway.webhooks import WebhookAnswer

log = structlog.get_logger("webhooks")


def provider_webhooks(context: GatewayContext, counters: GatewayMetrics, amazon: Amazon) -> APIRouter:
    """The routes of all providers."""
    router = APIRouter(tags=["webhooks"])
    for provider in PROVIDERS:
        router.add_api_route(
            f"/webhooks/{provider.path}",
            _route(context, counters, amazon, provider),
            methods=["POST"],
            name=f"receive_{provider.name}",
            responses=problems(
                *OF_BODIES, HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY
            ),
            openapi_extra={"requestBody": {"required": True, "content": {"*/*": {"schema": {}}}}},
        )
    return router


def _route(
    context: GatewayContext, counters: GatewayMetrics, amazon: Amazon, provider: ProviderAdapter
) -> Callable[[Request], Awaitable[WebhookAnswer]]:
    async def receive(request: Request) -> WebhookAnswer:
        """Verified over the raw bytes, recorded once, and answered. Events about unknown messages are ignored."""
        delivery = await _verified(context, amazon, provider, request)
        try:
            confirmation, events = provider.confirmation(delivery), provider.read(delivery)
        except UnreadableDelivery as error:
            counters.provider_event(provider.name, "other", "unreadable")
            log.warning("a provider's delivery is unreadable", source=provider.name, reason=str(error))
            raise wrong("body", str(error)) from None
        if confirmation:
            await _confirm(amazon, confirmation)
        if not events:
            counters.provider_event(provider.name, "other", "ignored")
        for event in events:
            outcome = await _take(context, replace(event, at=min(event.at, delivery.received_at)))
            counters.provider_event(provider.name, event.kind, outcome)
        return WebhookAnswer()

    return receive


async def _verified(
    context: GatewayContext, amazon: Amazon, provider: ProviderAdapter, request: Request
) -> ProviderDelivery:
    """The request as a verified delivery. Raises `Problem`."""
    setting = getattr(context.settings, provider.secrets)
    secrets = setting if isinstance(setting, tuple) else split_secrets(setting)
    if not secrets:
        raise Problem(HTTPStatus.NOT_FOUND, f"{provider.secrets.upper()} is not set here")
    body = await read_body(request)
    query = f"?{request.url.query}" if request.url.query else ""
    url = f"{context.settings.public_url}/webhooks/{provider.path}{query}"
    delivery = ProviderDelivery(body, dict(request.headers), context.clock(), url=url)
    try:
        certificate = provider.certificate(delivery, secrets)
        if certificate:
            delivery = replace(delivery, certificate=await amazon.certificate(certificate))
        provider.verify(delivery, secrets, delivery.received_at)
    except UnverifiedDelivery as error:
        challenge = {"WWW-Authenticate": 'Signature realm="webhooks"'}
        raise Problem(HTTPStatus.UNAUTHORIZED, str(error), headers=challenge) from None
    except AmazonUnreachable:
        raise unavailable("the certificate could not be fetched") from None
    return delivery


async def _confirm(amazon: Amazon, confirmation: str) -> None:
    try:
        await amazon.confirm(confirmation)
    except AmazonUnreachable:
        raise unavailable("the subscription could not be confirmed") from None
    log.info("a subscription was confirmed")


async def _take(context: GatewayContext, event: ProviderEvent) -> str:
    """Apply an event and return the outcome. A duplicate completes what is missing and repeats nothing."""
    if event.kind in WITHDRAWS:
        await _withdraw(context, event)
    return await provider_events.record(context.engine, event, visits=not context.settings.tracking)


async def _withdraw(context: GatewayContext, event: ProviderEvent) -> None:
    """Withdraw consent. This comes before the event is recorded: a recorded event means that consent was withdrawn."""
    message_key = await provider_events.message_of_new_event(context.engine, event)
    reader = await reader_of(context.engine, message_key) if message_key else None
    if reader is None:
        return
    person, channel = reader
    source = f"{event.kind.words} at {event.provider}"
    name = f"consent:{event.event_id}"
    await withdraw_consent(context, person, [channel], reported_by=event.provider, source=source, event_id=name)
