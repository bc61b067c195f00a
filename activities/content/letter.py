"""What a message is made from."""

from dataclasses import dataclass, field
from typing import Any, Literal

from activities.content.link_tokens import LinkTokens
from lifecycle.campaigns import Approval, Purpose
from lifecycle.wording import Wording


@dataclass(frozen=True)
class Shop:
    """Who writes. `sender` is an address or `Name <address>`; `public_url` is where the gateway is seen from outside.

    `link_tokens` sign the links that a customer follows without logging in. With `tracking`, opens and clicks of
    e-mails come to `public_url` too. `color` is `#rrggbb`; `locale` is that of the shop's own words, and of customers
    who have told none.
    """

    name: str
    url: str
    postal_address: str
    sender: str
    public_url: str
    currency: str
    link_tokens: LinkTokens = field(repr=False)
    tracking: bool = False
    logo_url: str | None = None
    color: str = "#9a3b1c"
    locale: str = "en-US"


@dataclass(frozen=True)
class Reader:
    """Who reads. `state` is where they stand with the shop; `address` is theirs on the message's channel."""

    address: str = field(repr=False)
    email: str = field(repr=False)
    name: str | None = field(repr=False)
    locale: str | None
    time_zone: str | None
    state: str


@dataclass(frozen=True)
class Letter:
    """One message before it is rendered. `context` is its trigger's, and `products` are the SKUs it is about.

    `wording` is already in the reader's language and variant, and `language` is what it is in; None is the shop's own.
    `coupon` is the code that they are given. What a language model writes for it may need `approval`.
    """

    key: str
    slug: str
    step: int
    channel: Literal["EMAIL", "SMS"]
    purpose: Purpose
    wording: Wording
    reader: Reader
    context: dict[str, Any]
    products: tuple[str, ...] = ()
    coupon: str | None = None
    language: str | None = None
    approval: Approval = Approval.NONE


@dataclass(frozen=True)
class RenderedEmail:
    """An RFC 5322 message, exactly as it goes out. `links` are the targets of its tracked links, by number.

    `preheader` is what an inbox shows beside the subject.
    """

    subject: str
    content: bytes
    links: tuple[str, ...] = ()
    preheader: str = ""


@dataclass(frozen=True)
class RenderedText:
    """A text message, and how many parts it is billed as."""

    text: str
    segments: int
