"""Twilio's signature: over the public URL that it called and the form that it sent."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from urllib.parse import urlsplit

DEFAULT_PORTS = {"https": 443, "http": 80}


def is_signed_by_twilio(url: str, form: Sequence[tuple[str, str]], signature: str, auth_tokens: Sequence[str]) -> bool:
    """Whether the `X-Twilio-Signature` of a form sent to `url` was made with one of the tokens."""
    given = signature.encode(errors="replace")
    signed = "".join(name + value for name, value in sorted(set(form)))
    expected = [_signature(address + signed, token) for token in auth_tokens for address in _spellings(url)]
    return any(hmac.compare_digest(given, right) for right in expected)


def _signature(signed: str, auth_token: str) -> bytes:
    return base64.b64encode(hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest())


def _spellings(url: str) -> tuple[str, str]:
    """The URL with and without its port: Twilio signs either."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    port = parts.port or DEFAULT_PORTS[parts.scheme]
    return parts._replace(netloc=host).geturl(), parts._replace(netloc=f"{host}:{port}").geturl()
