"""The types of settings: each checks its own text, and its errors say what is right and never quote the value."""

import base64
import binascii
from email.utils import parseaddr
from typing import Annotated
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

KEY_BYTES = 32
IDENTITY_KEY_LENGTH = 16


def split_words(text: str) -> tuple[str, ...]:
    """The parts of a comma-separated text, without the empty ones."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def parse_keys(text: str) -> dict[str, bytes]:
    """The keys of `id:base64[,id2:base64]` by id, in order. Raises ValueError with the position of an invalid one."""
    keys: dict[str, bytes] = {}
    for position, entry in enumerate(text.split(","), start=1):
        name, separator, encoded = (part.strip() for part in entry.partition(":"))
        try:
            key = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            raise ValueError(f"key {position} is not base64") from None
        if not separator or not name or name in keys:
            raise ValueError(f"key {position} needs a unique id, as in id:base64")
        if len(key) != KEY_BYTES:
            raise ValueError(f"key {position} must be {KEY_BYTES} bytes, not {len(key)}")
        keys[name] = key
    return keys


def _split_words(value: object) -> object:
    return split_words(value) if isinstance(value, str) else value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _psycopg(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in ("postgres", "postgresql", "postgresql+psycopg"):
        raise ValueError("must be a URL that begins with postgresql://")
    return f"postgresql+psycopg://{rest}"


def _long_enough(key: SecretStr) -> SecretStr:
    if len(key.get_secret_value()) < IDENTITY_KEY_LENGTH:
        raise ValueError(f"must have at least {IDENTITY_KEY_LENGTH} characters")
    return key


def _usable_keys(keys: SecretStr) -> SecretStr:
    parse_keys(keys.get_secret_value())
    return keys


def _usable_secrets(secrets: SecretStr) -> SecretStr:
    for position, secret in enumerate(split_words(secrets.get_secret_value()), start=1):
        try:
            base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except (binascii.Error, ValueError):
            raise ValueError(f"secret {position} is not base64 after whsec_") from None
    return secrets


def _mail_provider(url: str) -> str:
    if url != "resend://":
        reason = "must be smtp://HOST[:PORT], smtp+starttls://…, smtps://…, resend:// or ses://REGION"
        _split(url, ("smtp", "smtp+starttls", "smtps", "ses"), reason)
    return url


def _sms_provider(url: str) -> str:
    _split(url, ("twilio",), "must be twilio://ACCOUNT_SID")
    return url


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("must be a time zone such as Europe/Berlin") from None
    return name


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("must have no control characters")
    return value


def _mailbox(value: str) -> str:
    try:
        validate_email(parseaddr(value)[1], check_deliverability=False)
    except EmailNotValidError:
        raise ValueError('must be an address, or "Name <address>"') from None
    return value


def _web_address(url: str) -> str:
    _split(url, ("http", "https"), "must be http://host[:port] or https://…")
    return url.rstrip("/")


def _host_and_port(address: str) -> str:
    reason = "must be host:port"
    if not _split(f"//{address}", ("",), reason).port:
        raise ValueError(reason)
    return address


def _split(url: str, schemes: tuple[str, ...], reason: str) -> SplitResult:
    """Raises ValueError with only `reason`, because the parser's messages quote parts of the URL."""
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0) and parts.scheme in schemes
    except ValueError:
        usable = False
    if not usable:
        raise ValueError(reason)
    return parts


PortNumber = Annotated[int, Field(ge=1, le=65535)]
Days = Annotated[int, Field(gt=0, le=36500)]
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_words)]
UpperCase = BeforeValidator(_upper)
HeaderText = Annotated[str, AfterValidator(_printable)]
Mailbox = Annotated[HeaderText, AfterValidator(_mailbox)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
HostAndPort = Annotated[str, AfterValidator(_host_and_port)]
DatabaseUrl = Annotated[str, AfterValidator(_psycopg)]
MailUrl = Annotated[str, AfterValidator(_mail_provider)]
SmsUrl = Annotated[str, AfterValidator(_sms_provider)]
IdentityKey = Annotated[SecretStr, AfterValidator(_long_enough)]
Keys = Annotated[SecretStr, AfterValidator(_usable_keys)]
SigningSecrets = Annotated[SecretStr, AfterValidator(_usable_secrets)]
