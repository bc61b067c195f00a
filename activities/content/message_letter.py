"""From a message's row to its letter."""

from activities.content.letter import Letter, Reader
from db.messages.messages import MessageRecord
from lifecycle.campaigns import Campaign
from lifecycle.wording import wording_of


def letter_of(key: str, found: MessageRecord, campaign: Campaign, address: str) -> Letter:
    """What the message is made from, as everything stands now, but for a coupon.

    `address` is the customer's on the message's channel.
    """
    profile = found.profile or {}
    wording = wording_of(found.campaign)
    return Letter(
        key=key,
        slug=campaign.slug,
        step=campaign.step,
        channel=campaign.channel,
        purpose=campaign.purpose,
        wording=wording.for_reader(profile["locale"], found.variant),
        language=wording.language_for(profile["locale"], found.variant),
        reader=Reader(
            address=address,
            email=profile["customer_email"],
            name=profile["name"],
            locale=profile["locale"],
            time_zone=profile["time_zone"],
            state=profile["state"],
        ),
        context=found.context,
        products=found.products,
        approval=campaign.approval,
    )
