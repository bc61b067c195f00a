"""Who a customer is: a normalised address, and an id that does not tell it. Frozen: ids outlive releases."""

import base64
import hashlib
import hmac
import unicodedata

from email_validator import EmailNotValidError, validate_email

WORKFLOW_PREFIX = "customer/"
CUSTOMER_ID_LENGTH = 26


class InvalidAddress(ValueError):
    """Not an address mail can be sent to. The message does not repeat it."""


def normalise_email(address: str) -> str:
    """Stripped, NFC, lower case, the domain in ASCII. Raises `InvalidAddress`."""
    cleaned = unicodedata.normalize("NFC", address.strip()).lower()
    if len(cleaned) > 254:
        raise InvalidAddress("is longer than 254 characters")
    try:
        found = validate_email(cleaned, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise InvalidAddress("is not a valid e-mail address") from None
    return f"{unicodedata.normalize('NFC', found.local_part).lower()}@{found.ascii_domain}"


def customer_id(identity_key: bytes, email: str) -> str:
    """The first 26 characters of base32(HMAC-SHA256(identity key, normalised address))."""
    digest = hmac.new(identity_key, email.encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode()[:CUSTOMER_ID_LENGTH]


def workflow_id(customer: str) -> str:
    """The Temporal workflow of a customer id."""
    return WORKFLOW_PREFIX + customer


def key_fingerprint(identity_key: bytes) -> str:
    """Tells two identity keys apart without telling either (64 hexadecimal digits)."""
    return hmac.new(identity_key, b"identity key fingerprint", hashlib.sha256).hexdigest()
