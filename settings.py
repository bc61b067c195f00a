"""All settings, from the environment and `.env`, in one typed value. Their descriptions make the README's table."""

import hashlib
from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from lifecycle.frequency import Caps
from lifecycle.gate import SendingRules
from lifecycle.policy import Policy
from setting_types import (
    DatabaseUrl,
    Days,
    HeaderText,
    HostAndPort,
    IdentityKey,
    Keys,
    Mailbox,
    MailUrl,
    PortNumber,
    SigningSecrets,
    SmsUrl,
    TimeZone,
    UpperCase,
    WebAddress,
    Words,
    parse_keys,
    split_words,
)


class SettingsError(Exception):
    """Invalid or missing settings: one line per variable, with its name and the reason, never its value."""


class Settings(BaseSettings):
    """The settings. Each field is the environment variable of the same name in capitals.

    The connection to Temporal is not here: `temporalio.envconfig` reads its own TEMPORAL_ADDRESS,
    TEMPORAL_NAMESPACE, TEMPORAL_API_KEY and TEMPORAL_TLS_*.
    """

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", frozen=True
    )

    database_url: DatabaseUrl | None = Field(
        None, repr=False, description="URL of PostgreSQL for worker and gateway; unset: the embedded server"
    )
    database_admin_url: DatabaseUrl | None = Field(
        None, repr=False, description="URL with a role that may change tables (`db upgrade`); unset: DATABASE_URL"
    )
    identity_key: IdentityKey | None = Field(
        None, description="secret from which all customer ids are made, at least 16 characters; permanent once used"
    )
    payload_keys: Keys | None = Field(
        None,
        description="AES-256 keys for the payloads that Temporal stores, `id:base64[,id2:base64]`; the first one "
        "encrypts; unset: not encrypted",
    )

    email_url: MailUrl | None = Field(
        None,
        repr=False,
        description="`smtp://user:password@host:port`, `smtp+starttls://…`, `smtps://…`, `resend://` or "
        "`ses://REGION`; unset: the embedded server",
    )
    email_from: Mailbox = Field("Cast & Iron <hello@shop.example>", description="sender of every e-mail")
    email_rate: float | None = Field(
        None, gt=0, le=10_000, description="maximum e-mails per second, all workers together; unset: no limit"
    )
    resend_api_key: SecretStr | None = Field(None, description="API key for `resend://`")
    resend_api_url: WebAddress = Field("https://api.resend.com", description="URL of Resend's API")
    resend_webhook_secrets: SigningSecrets | None = Field(
        None, description="signing secrets (`whsec_…`) of Resend's webhooks, comma separated"
    )
    ses_api_url: WebAddress | None = Field(
        None, description="URL of the SES API; unset: AWS. Credentials are found by boto3"
    )
    ses_configuration_set: str | None = Field(None, description="SES configuration set that publishes events to SNS")
    ses_topics: Words = Field((), description="ARNs of the SNS topics to accept events from, comma separated")
    sms_url: SmsUrl | None = Field(None, repr=False, description="`twilio://ACCOUNT_SID`; unset: files in SMS_OUTBOX")
    sms_from: str | None = Field(None, description="sender of text messages: a number, or a messaging service `MG…`")
    sms_rate: float | None = Field(
        None, gt=0, le=10_000, description="maximum text messages per second; unset: no limit"
    )
    sms_outbox: Path = Field(
        Path(".data/sms"), description="directory to which text messages are written if SMS_URL is unset"
    )
    twilio_api_url: WebAddress = Field("https://api.twilio.com", description="URL of Twilio's API")
    delivery_timeout_seconds: float = Field(30, gt=0, le=40, description="hard time-out of one send, in seconds")
    dry_run: bool = Field(False, description="write messages to DATA_DIRECTORY/dry-run instead of sending them")
    recipient_allow_list: Words = Field(
        (), description="the only recipients: addresses, numbers or `*@domain`, comma separated; unset: all"
    )

    openai_api_key: SecretStr | None = Field(None, description="API key of the language model")
    openai_base_url: WebAddress | None = Field(
        None, description="URL of an OpenAI-compatible API; without URL and key, no text is generated"
    )
    openai_model: str = Field("gpt-4.1-mini", min_length=1, description="name of the language model")
    llm_timeout_seconds: float = Field(20, gt=0, le=45, description="time-out of one request to the model, in seconds")
    llm_daily_requests: int = Field(500, ge=0, description="maximum requests to the model per day (UTC)")
    llm_daily_tokens: int = Field(
        500_000, ge=0, description="maximum tokens per day; beyond either limit, no text is generated"
    )
    llm_content_days: Days = Field(90, description="days for which a generated text is reused")
    llm_price_input: Decimal = Field(Decimal(0), ge=0, description="price of a million input tokens, for the log")
    llm_price_output: Decimal = Field(Decimal(0), ge=0, description="price of a million output tokens")

    shop_name: HeaderText = Field("Cast & Iron", min_length=1, description="the shop's name in messages")
    shop_url: WebAddress = Field("https://shop.example", description="the shop's home page")
    shop_logo_url: WebAddress | None = Field(
        None, description="URL of a logo for the head of e-mails; unset: the shop's name"
    )
    shop_color: str = Field("#9a3b1c", pattern="^#[0-9a-fA-F]{6}$", description="colour of buttons and links")
    shop_locale: str = Field(
        "en-US",
        pattern="^[a-z]{2,3}(-[A-Za-z]{2,4})?$",
        description="locale of campaigns, and of customers without one",
    )
    shop_time_zone: TimeZone = Field("UTC", description="time zone of customers without one")
    postal_address: str = Field(
        "Cast & Iron, 12 Foundry Lane, Exampleton",
        min_length=1,
        description="postal address, shown in every e-mail (CAN-SPAM)",
    )
    public_url: WebAddress = Field(
        "http://127.0.0.1:8080", description="public URL of the gateway; base of tracked and unsubscribe links"
    )
    currency: Annotated[str, UpperCase] = Field(
        "USD", pattern="^[A-Z]{3}$", description="the shop's only currency, ISO 4217"
    )
    consent_default: Literal["none", "granted"] = Field(
        "none", description="consent of customers who made no statement; `none`: transactional e-mail only"
    )
    double_opt_in: bool = Field(
        False, description="ask customers who agree to marketing e-mail to confirm it from their address"
    )
    marketing_per_day: int = Field(1, ge=0, description="maximum marketing messages per customer in a day; 0: no limit")
    marketing_per_week: int = Field(
        4, ge=0, description="maximum marketing messages per customer in any seven days; 0: no limit"
    )
    quiet_hours: str | None = Field(
        None,
        pattern=r"^([01]?\d|2[0-3])-([01]?\d|2[0-3])$",
        description="hours without marketing e-mail in the customer's time zone, as `22-7`; text messages: always 21-8",
    )
    attribution_days: Days = Field(
        5, description="days after a click or an open within which an order is attributed to it"
    )
    dkim_selector: str | None = Field(
        None, description="selector of the sender's DKIM key in DNS, for `retention doctor`"
    )

    gateway_host: str = Field("127.0.0.1", description="address that the gateway listens on; `0.0.0.0` behind a proxy")
    gateway_port: PortNumber | None = Field(None, description="port of the gateway; unset: 8080 or the next free one")
    shopify_secrets: SecretStr | None = Field(
        None, description="client secrets of the Shopify app, comma separated; each is valid, for rotation"
    )
    woocommerce_secrets: SecretStr | None = Field(None, description="secrets of the WooCommerce webhooks")
    stripe_secrets: SecretStr | None = Field(None, description="signing secrets (`whsec_…`) of the Stripe endpoint")
    standard_webhook_secrets: SigningSecrets | None = Field(
        None, description="secrets (`whsec_…`) of Standard Webhooks senders"
    )
    twilio_auth_tokens: SecretStr | None = Field(
        None,
        description="auth tokens of the Twilio account, comma separated; the first one sends, each verifies webhooks",
    )
    link_keys: Keys | None = Field(
        None,
        description="keys that sign the links in messages, `id:base64[,id2:base64]`, 32 bytes each; the first one "
        "signs, each is valid, and so is one made from IDENTITY_KEY",
    )
    tracking: bool = Field(True, description="record opens and clicks of e-mails")
    inbox_limit: int = Field(
        50_000, ge=1, description="maximum events waiting to be signalled; beyond it the gateway answers 503"
    )
    inbox_body_days: Days = Field(
        30, description="days for which bodies of events outside the customers' ledgers are stored"
    )
    export_directory: Path = Field(Path(".data/exports"), description="directory to which customers' data is exported")

    vip_threshold: Decimal = Field(
        Decimal("500.00"), gt=0, description="lifetime spend above which a customer is a VIP"
    )
    cart_timeout_hours: float = Field(
        1, gt=0, le=8760, description="hours without a change after which a cart is abandoned"
    )
    check_days: Days = Field(
        60, description="days without an order after which the daily check moves a customer to AT_RISK"
    )
    at_risk_days: Days = Field(
        90, description="days without an order after which a customer is AT_RISK even without a check"
    )
    churn_days: Days = Field(180, description="days without an order after which a customer is CHURNED")
    service_skus: Words = Field(
        ("POST", "DOT", "C2", "M", "D", "BANK CHARGES", "AMAZONFEE", "S", "CRUK", "PADS"),
        description="SKUs that are not products (postage, fees, samples), comma separated",
    )

    task_queue: str = Field("retention", min_length=1, description="Temporal task queue")
    temporal_ui_url: WebAddress = Field("http://127.0.0.1:8233", description="URL of Temporal's web UI, for links")
    metrics_address: HostAndPort | None = Field(
        None, description="`host:port` on which a worker serves Prometheus metrics; unset: off"
    )
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], UpperCase] = Field(
        "INFO", description="DEBUG, INFO, WARNING or ERROR"
    )

    data_directory: Path = Field(Path(".data"), description="directory of the embedded servers' files")
    temporal_binary: Path | None = Field(None, description="path of a `temporal` program, where no wheel exists")
    temporal_port: PortNumber | None = Field(
        None, description="port of the embedded Temporal; unset: 7233 or the next free one"
    )
    temporal_ui_port: PortNumber | None = Field(
        None, description="port of its web UI; unset: 8233 or the next free one"
    )
    smtp_port: PortNumber | None = Field(
        None, description="port of the embedded mail server; unset: 1025 or the next free one"
    )

    def payload_keys_by_id(self) -> dict[str, bytes]:
        """The payload keys in order; the first one encrypts. Empty if payloads are not encrypted."""
        return parse_keys(self.payload_keys.get_secret_value()) if self.payload_keys else {}

    def link_keys_by_id(self) -> dict[str, bytes]:
        """The keys that sign links in messages, in order; the first one signs.

        The last one is made from the identity key and always valid: an unsubscribe link must work for years.
        """
        given = parse_keys(self.link_keys.get_secret_value()) if self.link_keys else {}
        if self.identity_key is None:
            raise SettingsError("IDENTITY_KEY: required; a key made from it signs the links in messages")
        secret = self.identity_key.get_secret_value().encode()
        return {**given, "": hashlib.sha256(b"links in messages\0" + secret).digest()}

    def policy(self) -> Policy:
        """The parameters of the lifecycle rules."""
        return Policy(
            vip_threshold=self.vip_threshold,
            cart_timeout=timedelta(hours=self.cart_timeout_hours),
            at_risk_after=timedelta(days=self.at_risk_days),
            churned_after=timedelta(days=self.churn_days),
            check_after=timedelta(days=self.check_days),
            currency=self.currency,
            service_skus=frozenset(self.service_skus),
            double_opt_in=self.double_opt_in,
        )

    def sending_rules(self) -> SendingRules:
        """The rules that skip or defer messages."""
        hours = [time(int(hour)) for hour in self.quiet_hours.split("-")] if self.quiet_hours else None
        return SendingRules(
            consent_by_default=self.consent_default == "granted",
            double_opt_in=self.double_opt_in,
            caps=Caps(self.marketing_per_day or None, self.marketing_per_week or None),
            quiet_hours=(hours[0], hours[1]) if hours else None,
            time_zone=self.shop_time_zone,
        )

    def environment(self) -> dict[str, str]:
        """The environment variables that give a child process the same settings: with secrets, without defaults."""
        values = {name: getattr(self, name) for name in sorted(self.model_fields_set)}
        return {name.upper(): _as_variable(value) for name, value in values.items() if value is not None}

    @field_validator("churn_days")
    @classmethod
    def _after_at_risk(cls, days: int, info: ValidationInfo) -> int:
        for earlier in ("at_risk_days", "check_days"):
            if days <= info.data.get(earlier, 0):
                raise ValueError(f"must be more than {earlier.upper()}, which is {info.data[earlier]}")
        return days


def split_secrets(secrets: SecretStr | None) -> tuple[str, ...]:
    """The secrets of a comma-separated setting, in order; empty if it is not set."""
    return split_words(secrets.get_secret_value()) if secrets else ()


def load_settings() -> Settings:
    """The settings of this process. Raises SettingsError with one line per invalid variable."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [_error_line(problem["loc"], problem["msg"]) for problem in error.errors(include_input=False)]
        raise SettingsError("\n".join(lines)) from None
    except UnicodeDecodeError:
        raise SettingsError(".env: must be a text file in UTF-8") from None


def _error_line(location: tuple[int | str, ...], message: str) -> str:
    reason = message.removeprefix("Value error, ")
    return f"{str(location[0]).upper()}: {reason[0].lower()}{reason[1:]}"


def _as_variable(value: Any) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return ",".join(value) if isinstance(value, tuple) else str(value)
