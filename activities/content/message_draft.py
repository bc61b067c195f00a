"""What a message is rendered from: the shop, the recipient and the campaign's wording."""

from dataclasses import dataclass, field
from typing import Any, Literal

from activities.content.link_tokens import LinkTokens
from db.messages.claims import MessageRecord
from lifecycle.campaigns import Approval, Campaign, Purpose
from lifecycle.wording import Wording, wording_of


@dataclass(frozen=True)
class ShopDetails:
    """The shop that sends. `sender` is an address or `Name <address>`; `public_url` is the gateway's public base URL.

    `link_tokens` sign the links that a customer follows without logging in. With `tracking`, opens and clicks of
    e-mails go through `public_url` too. `color` is `#rrggbb`. `locale` is the language of the campaigns' own wording,
    and the default for customers without a locale.
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
class RecipientProfile:
    """What a message may say about its recipient. `address` is an e-mail address or a number, as the channel needs."""

    address: str = field(repr=False)
    email: str = field(repr=False)
    name: str | None = field(repr=False)
    locale: str | None
    time_zone: str | None
    state: str


@dataclass(frozen=True)
class MessageDraft:
    """One message before it is rendered.

    `context` is the order, cart or event that triggered it, and `products` are the SKUs it is about. `wording` is
    already in the recipient's language and variant; `language` is its tag, None for the shop's own. `coupon` is the
    code reserved for this message. `approval` says whether generated content must be approved before it is sent.
    """

    key: str
    slug: str
    step: int
    channel: Literal["EMAIL", "SMS"]
    purpose: Purpose
    wording: Wording
    recipient: RecipientProfile
    context: dict[str, Any]
    products: tuple[str, ...] = ()
    coupon: str | None = None
    language: str | None = None
    approval: Approval = Approval.NONE


def draft_from_record(key: str, record: MessageRecord, campaign: Campaign, address: str) -> MessageDraft:
    """The draft of a stored message, from the current profile and wording and without a coupon.

    `address` is the customer's address on the message's channel.
    """
    profile = record.profile or {}
    wording = wording_of(record.campaign)
    return MessageDraft(
        key=key,
        slug=campaign.slug,
        step=campaign.step,
        channel=campaign.channel,
        purpose=campaign.purpose,
        wording=wording.for_reader(profile["locale"], record.variant),
        language=wording.language_for(profile["locale"], record.variant),
        recipient=RecipientProfile(
            address=address,
            email=profile["customer_email"],
            name=profile["name"],
            locale=profile["locale"],
            time_zone=profile["time_zone"],
            state=profile["state"],
        ),
        context=record.context,
        products=record.products,
        approval=campaign.approval,
    )
