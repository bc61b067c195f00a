"""The tokens in the links of a message: each names the message to us, tells nobody else anything, and cannot be made
up or used for another purpose.

A token is base64url, without padding, of

    4 bytes   fingerprint of the key that signed
    1 byte    what the link is for
    32 bytes  the message's key
    2 bytes   the number of the link, where it is a click
    16 bytes  HMAC-SHA256 of all that, cut
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
MOST_LINKS = 2 ** (8 * NUMBER_BYTES)


class Kind(bytes, Enum):
    """What a link does, and so what its token is good for."""

    OPEN = b"o"
    CLICK = b"c"
    UNSUBSCRIBE = b"u"
    CONFIRM = b"v"


LONGEST = FINGERPRINT_BYTES + 1 + MESSAGE_KEY_BYTES + NUMBER_BYTES + SIGNATURE_BYTES


@dataclass(frozen=True)
class Named:
    """What a token names: a message, by its key of 64 hexadecimal digits, and the number of a link in it."""

    message_key: str
    link: int | None = None


class LinkTokens:
    """Signs with the first of its keys and takes what any of them signed, so that keys can be changed."""

    def __init__(self, keys: Iterable[bytes]) -> None:
        self._keys = {_fingerprint(key): key for key in keys}
        self._signing = next(iter(self._keys))

    def open(self, message_key: str) -> str:
        """The token of a message's picture."""
        return self._sign(Kind.OPEN, bytes.fromhex(message_key))

    def click(self, message_key: str, link: int) -> str:
        """The token of a link, by its number below `MOST_LINKS`."""
        return self._sign(Kind.CLICK, bytes.fromhex(message_key) + link.to_bytes(NUMBER_BYTES))

    def unsubscribe(self, message_key: str) -> str:
        """The token of a message's way out."""
        return self._sign(Kind.UNSUBSCRIBE, bytes.fromhex(message_key))

    def confirm(self, message_key: str) -> str:
        """The token by which whoever got a message says that they want more."""
        return self._sign(Kind.CONFIRM, bytes.fromhex(message_key))

    def read(self, kind: Kind, token: str) -> Named | None:
        """What a token of ours of this kind names; None for every other text."""
        decoded = _decoded(token)
        signed, signature = decoded[:-SIGNATURE_BYTES], decoded[-SIGNATURE_BYTES:]
        key = self._keys.get(signed[:FINGERPRINT_BYTES])
        if key is None or not hmac.compare_digest(signature, _signature(key, signed)):
            return None
        named = signed[FINGERPRINT_BYTES:]
        if named[:1] != kind.value:
            return None
        message_key, number = named[1 : 1 + MESSAGE_KEY_BYTES], named[1 + MESSAGE_KEY_BYTES :]
        return Named(message_key.hex(), int.from_bytes(number) if number else None)

    def _sign(self, kind: Kind, named: bytes) -> str:
        signed = self._signing + kind.value + named
        return _encoded(signed + _signature(self._keys[self._signing], signed))


def _fingerprint(key: bytes) -> bytes:
    return hashlib.sha256(b"fingerprint of a link key\0" + key).digest()[:FINGERPRINT_BYTES]


def _signature(key: bytes, signed: bytes) -> bytes:
    return hmac.new(key, signed, hashlib.sha256).digest()[:SIGNATURE_BYTES]


def _encoded(token: bytes) -> str:
    return base64.urlsafe_b64encode(token).rstrip(b"=").decode()


def _decoded(token: str) -> bytes:
    """The bytes of a token that is spelled as we spell it; empty for any other text, also of the same bytes."""
    if len(token) > 2 * LONGEST:
        return b""
    try:
        decoded = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
    return decoded if _encoded(decoded) == token else b""
