"""The token in an unsubscribe link: names the message, tells nothing, and cannot be made up."""

import base64
import binascii
import hashlib
import hmac

KEY_BYTES = 32
SIGNATURE_BYTES = 16


def sign(token_key: bytes, message_key: str) -> str:
    """A URL-safe token of 64 characters for a message key of 64 hexadecimal digits."""
    named = bytes.fromhex(message_key)
    return base64.urlsafe_b64encode(named + _signature(token_key, named)).decode()


def verify(token_key: bytes, token: str) -> str | None:
    """The message key that a token was signed for; None when it is not one of ours."""
    try:
        decoded = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    named, signature = decoded[:KEY_BYTES], decoded[KEY_BYTES:]
    if len(signature) != SIGNATURE_BYTES or not hmac.compare_digest(signature, _signature(token_key, named)):
        return None
    return named.hex()


def _signature(token_key: bytes, named: bytes) -> bytes:
    return hmac.new(token_key, b"unsubscribe\0" + named, hashlib.sha256).digest()[:SIGNATURE_BYTES]
