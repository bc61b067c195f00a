"""The exact bytes of an e-mail (RFC 5322), from its text and HTML.

Headers are folded here, once: a `List-Unsubscribe` header that another library encodes or folds again stops working.
"""

import unicodedata
from datetime import datetime
from email import policy
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from activities.content.message_draft import MessageDraft

MAX_LINE_LENGTH = 998
MAX_HEADER_LENGTH = 998
KEY_DIGITS = 40
SENDER_ID_LENGTH = (5, 15)
"""Fewest and most characters that Google accepts as the last part of a `Feedback-ID`."""


class UnsafeHeader(ValueError):
    """A header value that could inject further headers. The error names the header, not its value."""


def email_bytes(
    draft: MessageDraft, *, sender: str, subject: str, text: str, html: str, now: datetime, unsubscribe_url: str | None
) -> bytes:
    """The e-mail of a draft, dated `now`; 7-bit clean unless an address is not. Raises `UnsafeHeader`.

    `sender` is an address or `Name <address>`. With an `unsubscribe_url` the e-mail gets the headers of a mailing list
    and of one-click unsubscription (RFC 8058); without one it is marked as automatically generated.
    """
    name, address = parseaddr(_checked("From", sender))
    mailbox, _, domain = address.rpartition("@")
    rules = policy.SMTP if address.isascii() and draft.recipient.address.isascii() else policy.SMTPUTF8
    message = EmailMessage(rules)
    headers = {
        "From": str(Address(name, mailbox, domain)),
        "To": draft.recipient.address,
        "Subject": subject,
        "Date": format_datetime(now),
        "Message-ID": f"<{draft.key[:KEY_DIGITS]}@{domain}>",
        "Feedback-ID": f"{draft.slug}:{draft.step}:{draft.purpose}:{_sender_id(domain)}",
        **_list_headers(draft.slug, domain, unsubscribe_url),
    }
    for header, value in headers.items():
        message[header] = _checked(header, value)
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    # The boundary is made from the key, not at random: the same message always has the same bytes.
    message.set_boundary(f"={draft.key[:KEY_DIGITS]}=")
    return message.as_bytes(policy=rules.clone(max_line_length=MAX_LINE_LENGTH))


def _list_headers(slug: str, domain: str, unsubscribe_url: str | None) -> dict[str, str]:
    if unsubscribe_url is None:
        return {"Auto-Submitted": "auto-generated"}
    return {
        "List-Id": f"<{slug}.{domain}>",
        "List-Unsubscribe": f"<{unsubscribe_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _sender_id(domain: str) -> str:
    """The shop in a `Feedback-ID`, by which mailbox providers group complaints. It identifies no customer."""
    shortest, longest = SENDER_ID_LENGTH
    letters = "".join(character for character in domain if character.isascii() and character.isalnum())
    return letters[:longest].ljust(shortest, "0")


def _checked(header: str, value: str) -> str:
    """`value`, if it contains no control characters, neither plain nor encoded as in RFC 2047."""
    try:
        decoded = str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError):
        raise UnsafeHeader(f"the {header} header cannot be decoded") from None
    for text in (value, decoded):
        if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text):
            raise UnsafeHeader(f"the {header} header contains control characters")
    if len(value) > MAX_HEADER_LENGTH:
        raise UnsafeHeader(f"the {header} header is longer than {MAX_HEADER_LENGTH} characters")
    return value
