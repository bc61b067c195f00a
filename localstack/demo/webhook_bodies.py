"""The bodies of Shopify's webhooks in the demo, with all fields that the adapter reads and a few more."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from localstack.demo.sample import CURRENCY, Invoice, InvoiceLine, invoice_of
from localstack.demo.steps import DemoCustomer

SHOP = "https://shop.example"

Body = dict[str, Any]


def account(customer: DemoCustomer, now: datetime) -> Body:
    """`customers/create`. It contains no consent."""
    return {
        **_customer(customer),
        "created_at": _time(now),
        "updated_at": _time(now),
        "state": "enabled",
        "verified_email": True,
        "currency": CURRENCY,
        "addresses": [],
    }


def email_consent(customer: DemoCustomer, now: datetime) -> Body:
    """`customers_email_marketing_consent/update`."""
    return {
        "customer_id": customer.shopify_id,
        "email_address": customer.email,
        "email_marketing_consent": _consent(now),
    }


def sms_consent(customer: DemoCustomer, now: datetime) -> Body:
    """`customers_marketing_consent/update`: consent to text messages, without an address."""
    consent = {**_consent(now), "consent_collected_from": "SHOPIFY"}
    return {"id": customer.shopify_id, "phone": customer.phone, "sms_marketing_consent": consent}


def checkout(number: str, customer: DemoCustomer, now: datetime) -> Body:
    """`checkouts/create`: the cart and its customer."""
    listed, token = invoice_of(number), _checkout_token(number)
    return {
        "id": _id("1", number),
        "token": token,
        "cart_token": _cart_token(number),
        "email": customer.email,
        "created_at": _time(now),
        "updated_at": _time(now),
        "completed_at": None,
        "currency": CURRENCY,
        "total_price": _money(listed.total),
        "line_items": _line_items(number, listed.lines),
        "abandoned_checkout_url": f"{SHOP}/checkouts/{token}/recover",
        "source_name": "web",
        "customer": _customer(customer),
    }


def order(number: str, customer: DemoCustomer, now: datetime) -> Body:
    """`orders/paid`."""
    listed = invoice_of(number)
    return {
        "id": _id("5", number),
        "admin_graphql_api_id": f"gid://shopify/Order/{_id('5', number)}",
        "name": f"#{number}",
        "email": customer.email,
        "contact_email": customer.email,
        "created_at": _time(now),
        "processed_at": _time(now),
        "updated_at": _time(now),
        "cancelled_at": None,
        "test": False,
        "financial_status": "paid",
        "currency": CURRENCY,
        "total_price": _money(listed.total),
        "line_items": _line_items(number, listed.lines),
        "shipping_lines": _shipping_lines(listed),
        "cart_token": _cart_token(number),
        "checkout_token": _checkout_token(number),
        "customer_locale": "en",
        "order_status_url": f"{SHOP}/orders/{number}",
        "shipping_address": {"name": customer.name, "country_code": listed.country},
        "customer": _customer(customer),
    }


def cancelled_order(number: str, customer: DemoCustomer, now: datetime) -> Body:
    """`orders/cancelled`."""
    changes = {"cancelled_at": _time(now), "cancel_reason": "customer", "financial_status": "refunded"}
    return {**order(number, customer, now), **changes}


def refund(number: str, cancellation: str, now: datetime) -> Body:
    """`refunds/create`: the returned lines and the refunded amount."""
    returned = invoice_of(cancellation)
    items = _line_items(number, returned.lines)
    return {
        "id": _id("9", cancellation),
        "order_id": _id("5", number),
        "created_at": _time(now),
        "processed_at": _time(now),
        "note": "they do not fly",
        "refund_line_items": [{"quantity": item["quantity"], "line_item": item} for item in items],
        "transactions": [
            {"kind": "refund", "status": "success", "amount": _money(returned.total), "currency": CURRENCY}
        ],
    }


def _customer(customer: DemoCustomer) -> Body:
    first, _, last = customer.name.partition(" ")
    return {
        "id": customer.shopify_id,
        "email": customer.email,
        "first_name": first,
        "last_name": last,
        "phone": customer.phone,
    }


def _consent(now: datetime) -> Body:
    return {"state": "subscribed", "opt_in_level": "single_opt_in", "consent_updated_at": _time(now)}


def _line_items(number: str, lines: tuple[InvoiceLine, ...]) -> list[Body]:
    return [
        {
            "id": _id("1", number) + place,
            "title": line.title,
            "quantity": line.quantity,
            "price": _money(line.price),
            "sku": line.sku,
            "gift_card": False,
        }
        for place, line in enumerate(lines, start=1)
    ]


def _shipping_lines(listed: Invoice) -> list[Body]:
    return [{"title": "Postage", "price": _money(listed.postage)}] if listed.postage else []


def _id(first: str, number: str) -> int:
    """An id with as many digits as Shopify's."""
    return int(f"{first}{number.removeprefix('C')}000000")


def _cart_token(number: str) -> str:
    return f"hWN3c9{number}"


def _checkout_token(number: str) -> str:
    return f"c0ffee{number}"


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _time(now: datetime) -> str:
    return now.isoformat(timespec="seconds")
