"""From text and HTML to the exact bytes of an e-mail (RFC 5322).

The bytes are made here, once, and never folded again: a header of `List-Unsubscribe` that some library encodes or
breaks on its way no longer unsubscribes anybody.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from lifecycle.campaigns import Purpose

LONGEST_LINE = 998
LONGEST_SUBJECT = 998
KEY_DIGITS = 40
SENDER_ID = (5, 15)
"""How many letters Google wants the last part of a `Feedback-ID` to have, least and most."""


class UnsafeHeader(ValueError):
    """A header that would smuggle in others. The message names the header and does not repeat it."""


@dataclass(frozen=True)
class Mail:
    """What goes into an e-mail; with an `unsubscribe_url`, one-click and a list of its campaign's own."""

    message_key: str
    sender: str
    recipient: str
    subject: str
    text: str
    html: str
    now: datetime
    campaign: str
    step: int
    purpose: Purpose
    unsubscribe_url: str | None


def compose(mail: Mail) -> bytes:
    """The message, 7-bit clean unless an address is not. Raises `UnsafeHeader`."""
    name, sender = parseaddr(_checked("From", mail.sender))
    mailbox, _, domain = sender.rpartition("@")
    rules = policy.SMTP if sender.isascii() and mail.recipient.isascii() else policy.SMTPUTF8
    message = EmailMessage(rules)
    headers = {
        "From": str(Address(name, mailbox, domain)),
        "To": mail.recipient,
        "Subject": mail.subject,
        "Date": format_datetime(mail.now),
        "Message-ID": f"<{mail.message_key[:KEY_DIGITS]}@{domain}>",
        "Feedback-ID": f"{mail.campaign}:{mail.step}:{mail.purpose}:{_sender_id(domain)}",
        **_list_headers(mail, domain),
    }
    for header, value in headers.items():
        message[header] = _checked(header, value)
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    # A boundary made from the key instead of by chance: the same message has the same bytes.
    message.set_boundary(f"={mail.message_key[:KEY_DIGITS]}=")
    return message.as_bytes(policy=rules.clone(max_line_length=LONGEST_LINE))


def _list_headers(mail: Mail, domain: str) -> dict[str, str]:
    if mail.unsubscribe_url is None:
        return {"Auto-Submitted": "auto-generated"}
    return {
        "List-Id": f"<{mail.campaign}.{domain}>",
        "List-Unsubscribe": f"<{mail.unsubscribe_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _sender_id(domain: str) -> str:
    """The shop in a `Feedback-ID`, by which a provider groups complaints; it names no customer."""
    least, most = SENDER_ID
    letters = "".join(character for character in domain if character.isascii() and character.isalnum())
    return letters[:most].ljust(least, "0")


def _checked(header: str, value: str) -> str:
    """`value`, if no control character is in it, be it encoded as RFC 2047 has it."""
    try:
        decoded = str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError):
        raise UnsafeHeader(f"the {header} header cannot be decoded") from None
    for text in (value, decoded):
        if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text):
            raise UnsafeHeader(f"the {header} header contains control characters")
    if len(value) > LONGEST_SUBJECT:
        raise UnsafeHeader(f"the {header} header is longer than {LONGEST_SUBJECT} characters")
    return value
