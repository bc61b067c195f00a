"""Delivery with the adapters that the settings name."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.content.letter import Shop
from activities.content.link_tokens import LinkTokens
from activities.content.renderer import Renderer
from activities.content.written import TemplatesOnly
from activities.delivery.composition import Composition
from activities.delivery.delivery import Delivery
from activities.delivery.email_port import EmailPort
from activities.delivery.file_outbox import FileOutbox
from activities.delivery.recipient import Recipients
from activities.delivery.smtp import SmtpEmail
from settings import Settings, SettingsError

PORT_SHARE = 0.8
"""A port gives up before the hard time-out: it knows better what a silence means."""


def build_renderer(settings: Settings) -> Renderer:
    """The renderer of this shop's messages."""
    shop = Shop(
        name=settings.shop_name,
        url=settings.shop_url,
        postal_address=settings.postal_address,
        sender=settings.email_from,
        public_url=settings.public_url,
        currency=settings.currency,
        link_tokens=LinkTokens(settings.link_keys_by_id().values()),
        tracking=settings.tracking,
    )
    return Renderer(shop)


def build_email(settings: Settings) -> EmailPort:
    """The way e-mail goes out."""
    if settings.email_url is None:
        raise SettingsError("EMAIL_URL: where shall e-mail go? (`retention dev` brings a server that keeps files)")
    return SmtpEmail(settings.email_url, timedelta(seconds=settings.delivery_timeout_seconds * PORT_SHARE))


def build_delivery(engine: AsyncEngine, settings: Settings) -> Delivery:
    """Everything that sends."""
    return Delivery(
        engine,
        Composition(engine, build_renderer(settings), TemplatesOnly()),
        build_email(settings),
        FileOutbox(settings.sms_outbox),
        rules=settings.sending_rules(),
        recipients=Recipients(settings.recipient_allow_list),
        send_timeout=timedelta(seconds=settings.delivery_timeout_seconds),
    )
