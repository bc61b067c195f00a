"""The examination: everything is asked at once, and then judged."""

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
from operations.readiness.database import Database, check_database, look_at_database
from operations.readiness.dns_texts import Unknown, resolver
from operations.readiness.email_provider import check_email_rate, look_at_email_provider
from operations.readiness.engine import check_engine, look_at_temporal
from operations.readiness.finding import Finding
from operations.readiness.keys import check_keys
from operations.readiness.language_model import look_at_language_model
from operations.readiness.provider_webhooks import check_provider_webhooks
from operations.readiness.public_url import ask_gateway, check_public_url
from operations.readiness.scope import Scope
from operations.readiness.sender_domain import SenderDomain, check_sender_domain, look_up
from operations.readiness.sending import check_recipients, check_stops
from operations.readiness.shop import check_postal_address, check_sender
from operations.readiness.sms_provider import look_at_sms_provider
from operations.readiness.templates import check_templates
from settings import Settings


async def examine(settings: Settings, scope: Scope, now: datetime, asked: Resolver | None = None) -> list[Finding]:
    """What is found; it takes a few seconds when nobody answers, and raises nothing that a server could cause.

    `asked` are name servers; those of this machine when left out.
    """
    database, temporal, *outside = await asyncio.gather(
        look_at_database(settings, now), look_at_temporal(settings), *_outside(settings, scope, asked)
    )
    return [
        *_told(settings, scope),
        *chain.from_iterable(outside),
        *check_engine(temporal, settings, now),
        *check_database(database, settings),
        *(_stored(database, settings, scope) if isinstance(database, Database) else ()),
        *(check_templates(scope.rows) if scope.rows else ()),
    ]


def _told(settings: Settings, scope: Scope) -> Iterator[Finding]:
    """What the settings say by themselves."""
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


def _outside(settings: Settings, scope: Scope, asked: Resolver | None) -> Iterator[Coroutine[Any, Any, list[Finding]]]:
    """What has to be asked of others."""
    yield _public_url(settings)
    if scope.email:
        yield _sender_domain(settings, asked)
        yield _one(look_at_email_provider(settings))
    if scope.sms:
        yield _one(look_at_sms_provider(settings))
    if scope.language_model:
        yield _one(look_at_language_model(settings, scope))


async def _public_url(settings: Settings) -> list[Finding]:
    return [check_public_url(settings, await ask_gateway(settings))]


async def _sender_domain(settings: Settings, asked: Resolver | None) -> list[Finding]:
    sender = SenderDomain.of(settings)
    if sender is None:
        return check_sender_domain(settings, {})
    try:
        records = await look_up(asked or resolver(), sender)
    except DNSException as error:
        unknown = Unknown(f"this machine has no name server ({type(error).__name__})")
        records = dict.fromkeys((*sender.spf, *sender.dkim, *sender.dmarc), unknown)
    return check_sender_domain(settings, records)


async def _one(looking: Coroutine[Any, Any, Finding]) -> list[Finding]:
    return [await looking]


def _stored(database: Database, settings: Settings, scope: Scope) -> Iterator[Finding]:
    """What is known of the campaigns that are about to go live, or else of those that are."""
    live = [stored.row for stored in database.campaigns if stored.status is CampaignStatus.LIVE]
    yield check_stops(database.stops, scope)
    if scope.email and scope.marketing:
        yield check_double_opt_in(settings, [*live, *scope.rows])
    yield from check_coupons(scope.rows or live, database.pools)
