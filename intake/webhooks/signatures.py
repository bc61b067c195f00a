"""Signatures over raw bytes, compared in constant time."""

import base64
import hmac
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from intake.webhooks.shop_adapter import UnverifiedDelivery

TOLERANCE = timedelta(minutes=5)
"""How far the time of a signature may differ from ours, either way."""

_SECONDS = re.compile(r"[0-9]{1,11}")


def hmac_sha256(secrets: Sequence[str], signed: bytes) -> list[bytes]:
    """The HMAC-SHA256 digest for each secret. Empty secrets are ignored."""
    return [hmac.digest(secret.encode(), signed, "sha256") for secret in secrets if secret]


def require_match(expected: Iterable[bytes], given: Iterable[str]) -> None:
    """Raise `UnverifiedDelivery` unless one of the given signatures is among those expected."""
    found = [signature.encode(errors="replace") for signature in given]
    if not any(hmac.compare_digest(mine, theirs) for mine in expected for theirs in found):
        raise UnverifiedDelivery("the signature does not match any of the secrets")


def require_base64_hmac(given: str | None, secrets: Sequence[str], signed: bytes) -> None:
    """Raise `UnverifiedDelivery` unless `given` is the base64 of the HMAC-SHA256 with one of the secrets."""
    if not given:
        raise UnverifiedDelivery("the signature is missing")
    require_match(map(base64.b64encode, hmac_sha256(secrets, signed)), [given])


def require_recent(seconds: str, now: datetime) -> datetime:
    """The time of a signature, given in seconds since 1970. Raises `UnverifiedDelivery` when it is not about now."""
    if not _SECONDS.fullmatch(seconds):
        raise UnverifiedDelivery("the time of the signature is not in seconds")
    signed_at = datetime.fromtimestamp(int(seconds), UTC)
    if abs(now - signed_at) > TOLERANCE:
        raise UnverifiedDelivery(f"the signature is more than {TOLERANCE.seconds} seconds away from now")
    return signed_at
