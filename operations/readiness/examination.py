"""The examination: all servers are queried concurrently, then each answer is judged."""

import asyncio
from collections.abc import Coroutine, Iterator
from datetime import datetime
from itertools import chain
from typing import Any

from dns.asyncresolver import Resolver
from dns.exception import DNSException

from lifecycle.campaigns import CampaignStatus
from operations.readiness.consent import check_consent, check_double_opt_in
from operations.readiness.coupons import check_coupons
from operations.readiness.database import DatabaseContent, check_database, read_database
from operations.readiness.email_provider import check_email_provider, check_email_rate
from operations.readiness.finding import Finding
from operations.readiness.keys import check_keys
from operations.readiness.language_model import check_language_model
from operations.readiness.provider_webhooks import check_provider_webhooks
from operations.readiness.public_url import ask_gateway, check_public_url
from operations.readiness.scope import ReadinessScope
from operations.readiness.sender_domain import SenderDomain, check_sender_domain, look_up
from operations.readiness.sending import check_recipients, check_stops
from operations.readiness.shop import check_postal_address, check_sender
from operations.readiness.sms_provider import check_sms_provider
from operations.readiness.templates import check_templates
from operations.readiness.temporal import check_temporal, read_task_queue
from operations.readiness.txt_records import UnknownRecords, resolver
from settings import Settings


async def examine(
    settings: Settings, scope: ReadinessScope, now: datetime, name_servers: Resolver | None = None
) -> list[Finding]:
    """Examine an installation. It takes a few seconds if a server does not answer, and raises none of their errors.

    `name_servers` defaults to those of this machine.
    """
    database, temporal, *outside = await asyncio.gather(
        read_database(settings, now), read_task_queue(settings), *_outside(settings, scope, name_servers)
    )
    return [
        *_from_settings(settings, scope),
        *chain.from_iterable(outside),
        *check_temporal(temporal, settings, now),
        *check_database(database, settings),
        *(_from_database(database, settings, scope) if isinstance(database, DatabaseContent) else ()),
        *(check_templates(scope.rows) if scope.rows else ()),
    ]


def _from_settings(settings: Settings, scope: ReadinessScope) -> Iterator[Finding]:
    """Findings that need only the settings."""
    yield from check_keys(settings)
    yield from check_recipients(settings)
    if scope.marketing:
        yield check_consent(settings)
    if scope.email:
        yield check_sender(settings)
        yield check_email_rate(settings)
        yield check_provider_webhooks(settings)
    if scope.email and scope.marketing:
        yield check_postal_address(settings)


def _outside(
    settings: Settings, scope: ReadinessScope, name_servers: Resolver | None
) -> Iterator[Coroutine[Any, Any, list[Finding]]]:
    """Checks that query other servers, each as a coroutine."""
    yield _public_url(settings)
    if scope.email:
        yield _sender_domain(settings, name_servers)
        yield _one(check_email_provider(settings))
    if scope.sms:
        yield _one(check_sms_provider(settings))
    if scope.language_model:
        yield _one(check_language_model(settings, scope))


async def _public_url(settings: Settings) -> list[Finding]:
    return [check_public_url(settings, await ask_gateway(settings))]


async def _sender_domain(settings: Settings, name_servers: Resolver | None) -> list[Finding]:
    sender = SenderDomain.of(settings)
    if sender is None:
        return check_sender_domain(settings, {})
    try:
        records = await look_up(name_servers or resolver(), sender)
    except DNSException as error:
        unknown = UnknownRecords(f"this machine has no name server ({type(error).__name__})")
        records = dict.fromkeys((*sender.spf, *sender.dkim, *sender.dmarc), unknown)
    return check_sender_domain(settings, records)


async def _one(check: Coroutine[Any, Any, Finding]) -> list[Finding]:
    return [await check]


def _from_database(database: DatabaseContent, settings: Settings, scope: ReadinessScope) -> Iterator[Finding]:
    """Findings on the campaigns that are about to go live, or else on those that are live."""
    live = [stored.row for stored in database.campaigns if stored.status is CampaignStatus.LIVE]
    yield check_stops(database.stops, scope)
    if scope.email and scope.marketing:
        yield check_double_opt_in(settings, [*live, *scope.rows])
    yield from check_coupons(scope.rows or live, database.pools)
