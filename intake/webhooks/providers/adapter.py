"""The adapter of a provider: pure functions that verify a delivery and read its events, as with shop systems."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from intake.webhooks.shop_adapter import WebhookDelivery
from lifecycle.provider_events import ProviderEvent

MessageKey = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
ProviderId = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,150}$")]

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,59}")


@dataclass(frozen=True)
class ProviderDelivery(WebhookDelivery):
    """A delivery to `url`, the public URL with its query.

    `certificate` is the PEM document at the URL that `ProviderAdapter.certificate` returns.
    """

    url: str = ""
    certificate: bytes = b""


def _none(*_: object) -> None:
    return None


@dataclass(frozen=True)
class ProviderAdapter:
    """A provider. `path` is the last part of its webhook URL, `secrets` the setting that holds its secrets.

    `verify(delivery, secrets, now)` raises `UnverifiedDelivery`. `read(delivery)` takes verified deliveries only, may
    raise `UnreadableDelivery`, and returns nothing for events that are not used. `certificate(delivery, secrets)` is
    the URL of a certificate that `verify` needs, if any, and raises `UnverifiedDelivery`; `confirmation(delivery)` is
    the URL that has to be requested to confirm a subscription, if the delivery asks for that.
    """

    name: str
    path: str
    secrets: str
    verify: Callable[[ProviderDelivery, Sequence[str], datetime], None]
    read: Callable[[ProviderDelivery], Sequence[ProviderEvent]]
    certificate: Callable[[ProviderDelivery, Sequence[str]], str | None] = _none
    confirmation: Callable[[ProviderDelivery], str | None] = _none


def reason_codes(*values: object) -> str | None:
    """The values that are codes, joined. Free text of mail servers is left out: it may contain an address."""
    return " ".join(value for value in values if isinstance(value, str) and _CODE.fullmatch(value)) or None
