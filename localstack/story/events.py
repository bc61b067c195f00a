"""What customers do in the story, and what Shopify tells of it.

Each function gives a `Happening`: asked with the character and their time, it makes the webhooks in the order in which
they come.
"""

from datetime import datetime

from localstack.story import shopify_bodies as bodies
from localstack.story.scene import Character, Happening
from localstack.story.shopify import Webhook


def signs_up() -> Happening:
    """Makes an account, and agrees to e-mails."""
    return lambda who, now: (_account(who, now), _agrees_to_mail(who, now))


def signs_up_for_texts() -> Happening:
    """Makes an account, and agrees to text messages and e-mails.

    Word of the text messages comes too early: it has no address in it, and waits until the account says whose it is.
    """
    return lambda who, now: (_agrees_to_texts(who, now), *signs_up()(who, now))


def fills_cart(invoice: str) -> Happening:
    """Goes to the checkout with everything that an invoice lists, and no further."""
    return lambda who, now: (Webhook("checkouts/create", bodies.checkout(invoice, who, now)),)


def pays(invoice: str) -> Happening:
    """Pays the order of an invoice."""
    return lambda who, now: (Webhook("orders/paid", bodies.order(invoice, who, now)),)


def pays_as_a_guest(invoice: str) -> Happening:
    """Pays without an account, and agrees to e-mails at the checkout."""
    return lambda who, now: (*pays(invoice)(who, now), _agrees_to_mail(who, now))


def sends_back(invoice: str, cancellation: str) -> Happening:
    """Sends part of an order back. Nothing in it tells whose order it was."""
    return lambda _, now: (Webhook("refunds/create", bodies.refund(invoice, cancellation, now)),)


def cancels(invoice: str) -> Happening:
    """Wants nothing of the whole order any more."""
    return lambda who, now: (Webhook("orders/cancelled", bodies.cancelled_order(invoice, who, now)),)


def told_twice(happening: Happening) -> Happening:
    """Shopify is not sure that the gateway heard of it, and delivers it once more."""
    return lambda who, now: tuple(webhook for told in happening(who, now) for webhook in (told, told))


def _account(who: Character, now: datetime) -> Webhook:
    return Webhook("customers/create", bodies.account(who, now))


def _agrees_to_mail(who: Character, now: datetime) -> Webhook:
    return Webhook("customers_email_marketing_consent/update", bodies.email_consent(who, now))


def _agrees_to_texts(who: Character, now: datetime) -> Webhook:
    return Webhook("customers_marketing_consent/update", bodies.sms_consent(who, now))
