"""`POST /webhooks/{resend|ses|twilio-status}`: providers' reports about messages."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus

import structlog
from fastapi import APIRouter, Request

from intake.webhooks.providers.adapter import ProviderAdapter, ProviderDelivery
from intake.webhooks.providers.all import PROVIDERS
from intake.webhooks.providers.amazon import Amazon, AmazonUnreachable
from intake.webhooks.shop_adapter import UnreadableDelivery, UnverifiedDelivery
from operations.customers.provider_reports import apply_report
from settings import split_secrets
from starter.gateway.body import read_body
from starter.gateway.context import GatewayContext
from starter.gateway.gateway_metrics import GatewayMetrics
from starter.gateway.problems import not_configured, unavailable, unverified, wrong
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
            outcome = await apply_report(
                context, event, received_at=delivery.received_at, visits=not context.settings.tracking
            )
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
        raise not_configured(provider.secrets)
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
        raise unverified(str(error)) from None
    except AmazonUnreachable:
        raise unavailable("the certificate could not be fetched") from None
    return delivery


async def _confirm(amazon: Amazon, confirmation: str) -> None:
    try:
        await amazon.confirm(confirmation)
    except AmazonUnreachable:
        raise unavailable("the subscription could not be confirmed") from None
    log.info("a subscription was confirmed")
