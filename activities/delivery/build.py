"""Delivery with the adapters that the settings name."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.content.letter import Shop
from activities.content.link_tokens import LinkTokens
from activities.content.renderer import Renderer
from activities.delivery.composition import Composition
from activities.delivery.delivery import Delivery
from activities.delivery.email_port import EmailPort
from activities.delivery.providers.dry_run import DryRunEmail, dry_run_sms
from activities.delivery.providers.file_outbox import FileOutbox
from activities.delivery.providers.resend import ResendEmail
from activities.delivery.providers.smtp import SmtpEmail
from activities.delivery.providers.twilio import TwilioSms
from activities.delivery.rate_limit import RateLimit
from activities.delivery.recipient import Recipients
from activities.delivery.sms_port import SmsPort
from activities.writing.build import build_written
from lifecycle.campaigns import Channel
from settings import Settings, SettingsError, several

PORT_SHARE = 0.8
"""A port gives up before the hard time-out: it knows better what a silence means."""


def build_shop(settings: Settings) -> Shop:
    """Who writes."""
    return Shop(
        name=settings.shop_name,
        url=settings.shop_url,
        postal_address=settings.postal_address,
        sender=settings.email_from,
        public_url=settings.public_url,
        currency=settings.currency,
        link_tokens=LinkTokens(settings.link_keys_by_id().values()),
        tracking=settings.tracking,
        logo_url=settings.shop_logo_url,
        color=settings.shop_color,
        locale=settings.shop_locale,
    )


def build_renderer(settings: Settings) -> Renderer:
    """The renderer of this shop's messages."""
    return Renderer(build_shop(settings))


def build_email(settings: Settings) -> EmailPort:
    """The way e-mail goes out. Raises SettingsError for what a provider needs and is not set."""
    if settings.dry_run:
        return DryRunEmail(dry_run_directory(settings))
    if settings.email_url is None:
        raise SettingsError("EMAIL_URL: where shall e-mail go? (`retention dev` brings a server that keeps files)")
    address, timeout = urlsplit(settings.email_url), _port_timeout(settings)
    if address.scheme == "resend":
        if settings.resend_api_key is None:
            raise SettingsError("RESEND_API_KEY: EMAIL_URL=resend:// needs it")
        return ResendEmail(settings.resend_api_url, settings.resend_api_key, timeout)
    if address.scheme == "ses":
        # Amazon's client takes a quarter of a second to import, which all others are spared.
        from activities.delivery.providers.ses import SesEmail  # noqa: PLC0415

        return SesEmail(
            address.netloc, timeout, configuration_set=settings.ses_configuration_set, url=settings.ses_api_url
        )
    return SmtpEmail(settings.email_url, timeout)


def build_sms(settings: Settings) -> SmsPort:
    """The way text messages go out. Raises SettingsError for what a provider needs and is not set."""
    if settings.dry_run:
        return dry_run_sms(dry_run_directory(settings))
    if settings.sms_url is None:
        return FileOutbox(settings.sms_outbox)
    tokens = several(settings.twilio_auth_tokens)
    if not tokens:
        raise SettingsError("TWILIO_AUTH_TOKENS: SMS_URL=twilio://… needs one")
    if settings.sms_from is None:
        raise SettingsError("SMS_FROM: SMS_URL=twilio://… needs a number, or a messaging service")
    return TwilioSms(
        settings.twilio_api_url,
        urlsplit(settings.sms_url).netloc,
        SecretStr(tokens[0]),
        sender=settings.sms_from,
        public_url=settings.public_url,
        timeout=_port_timeout(settings),
    )


def build_limits(engine: AsyncEngine, settings: Settings) -> dict[Channel, RateLimit]:
    """The sending rates that are set. What is not sent for real has none."""
    rates: dict[Channel, tuple[str | None, float | None]] = {
        "EMAIL": (settings.email_url, settings.email_rate),
        "SMS": (settings.sms_url, settings.sms_rate),
    }
    return {
        channel: RateLimit(engine, urlsplit(url).scheme, rate)
        for channel, (url, rate) in rates.items()
        if url is not None and rate is not None and not settings.dry_run
    }


def build_delivery(engine: AsyncEngine, settings: Settings) -> Delivery:
    """Everything that sends."""
    return Delivery(
        engine,
        Composition(engine, build_renderer(settings), build_written(engine, settings, build_shop(settings))),
        build_email(settings),
        build_sms(settings),
        rules=settings.sending_rules(),
        recipients=Recipients(settings.recipient_allow_list),
        send_timeout=timedelta(seconds=settings.delivery_timeout_seconds),
        limits=build_limits(engine, settings),
    )


def _port_timeout(settings: Settings) -> timedelta:
    return timedelta(seconds=settings.delivery_timeout_seconds * PORT_SHARE)


def dry_run_directory(settings: Settings) -> Path:
    """Where messages go that are not sent."""
    return settings.data_directory / "dry-run"
