"""Signed tokens in the links of a message. A token identifies the message to us alone, and cannot be forged or used for
another purpose.

A token is base64url, without padding, of

    4 bytes   fingerprint of the signing key
    1 byte    purpose of the link
    32 bytes  message key
    2 bytes   number of the link (clicks only)
    16 bytes  HMAC-SHA256 of all of the above, truncated
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

FINGERPRINT_BYTES = 4
NUMBER_BYTES = 2
SIGNATURE_BYTES = 16
MESSAGE_KEY_BYTES = 32
MAX_LINKS = 2 ** (8 * NUMBER_BYTES)


class LinkPurpose(bytes, Enum):
    """What following a link does. A token is valid for one purpose."""

    OPEN = b"o"
    CLICK = b"c"
    UNSUBSCRIBE = b"u"
    CONFIRM = b"v"


TOKEN_BYTES = FINGERPRINT_BYTES + 1 + MESSAGE_KEY_BYTES + NUMBER_BYTES + SIGNATURE_BYTES


@dataclass(frozen=True)
class LinkReference:
    """What a token refers to: a message by its key, 64 hexadecimal digits, and for a click the number of the link."""

    message_key: str
    link: int | None = None


class LinkTokens:
    """Signs with the first key and accepts signatures by any key, to allow rotation."""

    def __init__(self, keys: Iterable[bytes]) -> None:
        self._keys = {_fingerprint(key): key for key in keys}
        self._signing = next(iter(self._keys))

    def open(self, message_key: str) -> str:
        """The token of a message's tracking pixel."""
        return self._sign(LinkPurpose.OPEN, bytes.fromhex(message_key))

    def click(self, message_key: str, link: int) -> str:
        """The token of a tracked link; `link` is its number, below `MAX_LINKS`."""
        return self._sign(LinkPurpose.CLICK, bytes.fromhex(message_key) + link.to_bytes(NUMBER_BYTES))

    def unsubscribe(self, message_key: str) -> str:
        """The token of a message's unsubscribe link."""
        return self._sign(LinkPurpose.UNSUBSCRIBE, bytes.fromhex(message_key))

    def confirm(self, message_key: str) -> str:
        """The token of a link that confirms a subscription (double opt-in)."""
        return self._sign(LinkPurpose.CONFIRM, bytes.fromhex(message_key))

    def read(self, purpose: LinkPurpose, token: str) -> LinkReference | None:
        """What a token of this purpose refers to; None if it is not one of ours."""
        decoded = _decoded(token)
        signed, signature = decoded[:-SIGNATURE_BYTES], decoded[-SIGNATURE_BYTES:]
        key = self._keys.get(signed[:FINGERPRINT_BYTES])
        if key is None or not hmac.compare_digest(signature, _signature(key, signed)):
            return None
        content = signed[FINGERPRINT_BYTES:]
        if content[:1] != purpose.value:
            return None
        message_key, number = content[1 : 1 + MESSAGE_KEY_BYTES], content[1 + MESSAGE_KEY_BYTES :]
        return LinkReference(message_key.hex(), int.from_bytes(number) if number else None)

    def _sign(self, purpose: LinkPurpose, content: bytes) -> str:
        signed = self._signing + purpose.value + content
        return _encoded(signed + _signature(self._keys[self._signing], signed))


def _fingerprint(key: bytes) -> bytes:
    return hashlib.sha256(b"fingerprint of a link key\0" + key).digest()[:FINGERPRINT_BYTES]


def _signature(key: bytes, signed: bytes) -> bytes:
    return hmac.new(key, signed, hashlib.sha256).digest()[:SIGNATURE_BYTES]


def _encoded(token: bytes) -> str:
    return base64.urlsafe_b64encode(token).rstrip(b"=").decode()


def _decoded(token: str) -> bytes:
    """The bytes of a token in our canonical encoding; empty for any other text."""
    if len(token) > 2 * TOKEN_BYTES:
        return b""
    try:
        decoded = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
    return decoded if _encoded(decoded) == token else b""
