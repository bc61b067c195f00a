"""Builds delivery, with the provider adapters that the settings choose."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.content.link_tokens import LinkTokens
from activities.content.message_draft import ShopDetails
from activities.content.renderer import Renderer
from activities.delivery.composer import Composer
from activities.delivery.email_port import EmailPort
from activities.delivery.message_delivery import MessageDelivery
from activities.delivery.providers.dry_run import DryRunEmail, dry_run_sms
from activities.delivery.providers.file_outbox import FileOutbox
from activities.delivery.providers.resend import ResendEmail
from activities.delivery.providers.smtp import SmtpEmail
from activities.delivery.providers.twilio import TwilioSms
from activities.delivery.rate_limit import RateLimit
from activities.delivery.recipient import Recipients
from activities.delivery.sms_port import SmsPort
from activities.delivery.submission import Submission
from activities.writing.build import build_content_source
from db.messages.claims import MessageClaims
from lifecycle.campaigns import Channel
from settings import Settings, SettingsError, split_secrets

PORT_TIMEOUT_SHARE = 0.8
"""The time-out of a port, as a share of the hard time-out: a port knows what a missing response means."""


def build_shop(settings: Settings) -> ShopDetails:
    """The shop's details for messages."""
    return ShopDetails(
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
    """The e-mail port. Raises SettingsError if a setting that the provider needs is missing."""
    if settings.dry_run:
        return DryRunEmail(dry_run_directory(settings))
    if settings.email_url is None:
        raise SettingsError("EMAIL_URL: required to send e-mail (`retention dev` starts a local mail server)")
    address, timeout = urlsplit(settings.email_url), _port_timeout(settings)
    if address.scheme == "resend":
        if settings.resend_api_key is None:
            raise SettingsError("RESEND_API_KEY: required with EMAIL_URL=resend://")
        return ResendEmail(settings.resend_api_url, settings.resend_api_key, timeout)
    if address.scheme == "ses":
        # Importing Amazon's client takes 0.25 s, so it is imported only where it is used.
        from activities.delivery.providers.ses import SesEmail  # noqa: PLC0415

        return SesEmail(
            address.netloc, timeout, configuration_set=settings.ses_configuration_set, url=settings.ses_api_url
        )
    return SmtpEmail(settings.email_url, timeout)


def build_sms(settings: Settings) -> SmsPort:
    """The SMS port. Raises SettingsError if a setting that the provider needs is missing."""
    if settings.dry_run:
        return dry_run_sms(dry_run_directory(settings))
    if settings.sms_url is None:
        return FileOutbox(settings.sms_outbox)
    tokens = split_secrets(settings.twilio_auth_tokens)
    if not tokens:
        raise SettingsError("TWILIO_AUTH_TOKENS: required with SMS_URL=twilio://…")
    if settings.sms_from is None:
        raise SettingsError("SMS_FROM: required with SMS_URL=twilio://…; a number or a messaging service")
    return TwilioSms(
        settings.twilio_api_url,
        urlsplit(settings.sms_url).netloc,
        SecretStr(tokens[0]),
        sender=settings.sms_from,
        public_url=settings.public_url,
        timeout=_port_timeout(settings),
    )


def build_limits(engine: AsyncEngine, settings: Settings) -> dict[Channel, RateLimit]:
    """The sending rates that are set, by channel. Ports that write files have none."""
    rates: dict[Channel, tuple[str | None, float | None]] = {
        "EMAIL": (settings.email_url, settings.email_rate),
        "SMS": (settings.sms_url, settings.sms_rate),
    }
    return {
        channel: RateLimit(engine, urlsplit(url).scheme, rate)
        for channel, (url, rate) in rates.items()
        if url is not None and rate is not None and not settings.dry_run
    }


def build_delivery(
    engine: AsyncEngine, settings: Settings, *, limits: Mapping[Channel, RateLimit] | None = None
) -> MessageDelivery:
    """The delivery activity; `limits` replace the sending rates of the settings."""
    composer = build_composer(engine, settings)
    timeout = timedelta(seconds=settings.delivery_timeout_seconds)
    return MessageDelivery(
        MessageClaims(engine),
        composer,
        Submission(build_email(settings), build_sms(settings), composer.sender, timeout),
        rules=settings.sending_rules(),
        recipients=Recipients(settings.recipient_allow_list),
        limits=build_limits(engine, settings) if limits is None else limits,
    )


def build_composer(engine: AsyncEngine, settings: Settings) -> Composer:
    """The composer of this shop's messages."""
    shop = build_shop(settings)
    return Composer(engine, Renderer(shop), build_content_source(engine, settings, shop))


def _port_timeout(settings: Settings) -> timedelta:
    return timedelta(seconds=settings.delivery_timeout_seconds * PORT_TIMEOUT_SHARE)


def dry_run_directory(settings: Settings) -> Path:
    """The directory of the messages of a dry run."""
    return settings.data_directory / "dry-run"
