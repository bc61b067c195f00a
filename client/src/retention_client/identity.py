"""A customer's identity: the normalised address, and an id that does not reveal it.

The algorithms never change: stored ids depend on them.
"""

import base64
import hashlib
import hmac
import unicodedata

from email_validator import EmailNotValidError, validate_email

from retention_client.errors import RetentionError

WORKFLOW_PREFIX = "customer/"
CUSTOMER_ID_LENGTH = 26


class InvalidAddress(RetentionError, ValueError):
    """Not an e-mail address. The message does not contain it."""


def normalise_email(address: str) -> str:
    """Return an address stripped, in NFC and lower case, its domain in ASCII. Raises `InvalidAddress`."""
    cleaned = unicodedata.normalize("NFC", address.strip()).lower()
    if len(cleaned) > 254:
        raise InvalidAddress("is longer than 254 characters")
    try:
        found = validate_email(cleaned, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise InvalidAddress("is not a valid e-mail address") from None
    return f"{unicodedata.normalize('NFC', found.local_part).lower()}@{found.ascii_domain}"


def customer_id(identity_key: str | bytes, email: str) -> str:
    """Return the id of a normalised address: the first 26 characters of base32(HMAC-SHA256(identity key, address))."""
    digest = hmac.new(_key_bytes(identity_key), email.encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode()[:CUSTOMER_ID_LENGTH]


def workflow_id(customer_id: str) -> str:
    """Return the id of a customer's Temporal workflow."""
    return WORKFLOW_PREFIX + customer_id


def key_fingerprint(identity_key: str | bytes) -> str:
    """Return 64 hexadecimal digits that distinguish identity keys and reveal none of them."""
    return hmac.new(_key_bytes(identity_key), b"identity key fingerprint", hashlib.sha256).hexdigest()


def _key_bytes(identity_key: str | bytes) -> bytes:
    return identity_key.encode() if isinstance(identity_key, str) else identity_key
