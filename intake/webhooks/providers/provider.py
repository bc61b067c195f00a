"""What a provider's adapter is: as a shop's, two pure functions, from bytes and headers to events."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from intake.webhooks.shop import WebhookDelivery
from lifecycle.provider_events import ProviderEvent

MessageKey = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
ProviderId = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,150}$")]

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,59}")


@dataclass(frozen=True)
class Call(WebhookDelivery):
    """A delivery to `url`, which is the address as seen from outside, query included.

    `certificate` is what lies at the address that `Provider.certificate` names, in PEM.
    """

    url: str = ""
    certificate: bytes = b""


def _none(*_: object) -> None:
    return None


@dataclass(frozen=True)
class Provider:
    """A provider. `path` is the last part of its webhook's address, `secrets` the setting that holds its secrets.

    `verify(call, secrets, now)` raises `Unverified`. `read(call)` is called for verified calls only and may raise
    `Unreadable`; it tells nothing of what is not used. `certificate(call, secrets)` is the address of what `verify`
    needs besides and raises `Unverified`; `confirmation(call)` is the address that has to be visited for a verified
    call.
    """

    name: str
    path: str
    secrets: str
    verify: Callable[[Call, Sequence[str], datetime], None]
    read: Callable[[Call], Sequence[ProviderEvent]]
    certificate: Callable[[Call, Sequence[str]], str | None] = _none
    confirmation: Callable[[Call], str | None] = _none


def detail(*codes: object) -> str | None:
    """A provider's reason: those of its codes that are codes. What mail servers say in words may hold an address."""
    return " ".join(code for code in codes if isinstance(code, str) and _CODE.fullmatch(code)) or None
