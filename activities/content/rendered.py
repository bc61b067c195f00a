"""A rendered message: the exact bytes of an e-mail, or the text of an SMS."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RenderedEmail:
    """An RFC 5322 message, exactly as it is sent. `links` are the targets of its tracked links, by number.

    `preheader` is the preview text that an inbox shows beside the subject.
    """

    subject: str
    content: bytes
    links: tuple[str, ...] = ()
    preheader: str = ""


@dataclass(frozen=True)
class RenderedSms:
    """A text message, and the number of segments it is billed as."""

    text: str
    segments: int
