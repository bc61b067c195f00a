"""What customers do in the demo, as webhooks of Shopify.

Each function returns a `ShopAction`, which returns the webhooks for a customer and their time, in delivery order.
"""

from datetime import datetime

from localstack.demo import webhook_bodies as bodies
from localstack.demo.demo_shop import DemoWebhook
from localstack.demo.steps import DemoCustomer, ShopAction


def signs_up() -> ShopAction:
    """Creates an account, and agrees to e-mail."""
    return lambda customer, now: (_account(customer, now), _email_consent(customer, now))


def signs_up_for_texts() -> ShopAction:
    """Creates an account, and agrees to text messages and e-mail.

    The consent to text messages is delivered first: it has no address, and waits until the account names its customer.
    """
    return lambda customer, now: (_sms_consent(customer, now), *signs_up()(customer, now))


def fills_cart(invoice: str) -> ShopAction:
    """Begins a checkout with all lines of an invoice."""
    return lambda customer, now: (DemoWebhook("checkouts/create", bodies.checkout(invoice, customer, now)),)


def pays(invoice: str) -> ShopAction:
    """Pays the order of an invoice."""
    return lambda customer, now: (DemoWebhook("orders/paid", bodies.order(invoice, customer, now)),)


def pays_as_a_guest(invoice: str) -> ShopAction:
    """Pays without an account, and agrees to e-mail at the checkout."""
    return lambda customer, now: (*pays(invoice)(customer, now), _email_consent(customer, now))


def sends_back(invoice: str, cancellation: str) -> ShopAction:
    """Returns part of an order. The refund does not name its customer."""
    return lambda _, now: (DemoWebhook("refunds/create", bodies.refund(invoice, cancellation, now)),)


def cancels(invoice: str) -> ShopAction:
    """Cancels the whole order."""
    return lambda customer, now: (DemoWebhook("orders/cancelled", bodies.cancelled_order(invoice, customer, now)),)


def delivered_twice(action: ShopAction) -> ShopAction:
    """Delivers each webhook twice, as Shopify does when it does not get an answer."""
    return lambda customer, now: tuple(webhook for one in action(customer, now) for webhook in (one, one))


def _account(customer: DemoCustomer, now: datetime) -> DemoWebhook:
    return DemoWebhook("customers/create", bodies.account(customer, now))


def _email_consent(customer: DemoCustomer, now: datetime) -> DemoWebhook:
    return DemoWebhook("customers_email_marketing_consent/update", bodies.email_consent(customer, now))


def _sms_consent(customer: DemoCustomer, now: datetime) -> DemoWebhook:
    return DemoWebhook("customers_marketing_consent/update", bodies.sms_consent(customer, now))
