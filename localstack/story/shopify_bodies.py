"""What Shopify's webhooks say in the story: their shapes, in the fields that matter here and a few that do not."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from localstack.story.sample import CURRENCY, Invoice, Line, invoice_of
from localstack.story.scene import Character

SHOP = "https://shop.example"

Body = dict[str, Any]


def account(who: Character, now: datetime) -> Body:
    """`customers/create`: who signed up. Of consent it says nothing."""
    return {
        **_customer(who),
        "created_at": _time(now),
        "updated_at": _time(now),
        "state": "enabled",
        "verified_email": True,
        "currency": CURRENCY,
        "addresses": [],
    }


def email_consent(who: Character, now: datetime) -> Body:
    """`customers_email_marketing_consent/update`."""
    return {"customer_id": who.shopify_id, "email_address": who.email, "email_marketing_consent": _consent(now)}


def sms_consent(who: Character, now: datetime) -> Body:
    """`customers_marketing_consent/update`, which is that to text messages, and has no address in it."""
    consent = {**_consent(now), "consent_collected_from": "SHOPIFY"}
    return {"id": who.shopify_id, "phone": who.phone, "sms_marketing_consent": consent}


def checkout(number: str, who: Character, now: datetime) -> Body:
    """`checkouts/create`: what lies in the cart, and whose it is."""
    listed, token = invoice_of(number), _checkout_token(number)
    return {
        "id": _id("1", number),
        "token": token,
        "cart_token": _cart_token(number),
        "email": who.email,
        "created_at": _time(now),
        "updated_at": _time(now),
        "completed_at": None,
        "currency": CURRENCY,
        "total_price": _money(listed.total),
        "line_items": _line_items(number, listed.lines),
        "abandoned_checkout_url": f"{SHOP}/checkouts/{token}/recover",
        "source_name": "web",
        "customer": _customer(who),
    }


def order(number: str, who: Character, now: datetime) -> Body:
    """`orders/paid`."""
    listed = invoice_of(number)
    return {
        "id": _id("5", number),
        "admin_graphql_api_id": f"gid://shopify/Order/{_id('5', number)}",
        "name": f"#{number}",
        "email": who.email,
        "contact_email": who.email,
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
        "shipping_address": {"name": who.name, "country_code": listed.country},
        "customer": _customer(who),
    }


def cancelled_order(number: str, who: Character, now: datetime) -> Body:
    """`orders/cancelled`."""
    over = {"cancelled_at": _time(now), "cancel_reason": "customer", "financial_status": "refunded"}
    return {**order(number, who, now), **over}


def refund(number: str, cancellation: str, now: datetime) -> Body:
    """`refunds/create`: what came back of an order, and what was paid for it."""
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


def _customer(who: Character) -> Body:
    first, _, last = who.name.partition(" ")
    return {"id": who.shopify_id, "email": who.email, "first_name": first, "last_name": last, "phone": who.phone}


def _consent(now: datetime) -> Body:
    return {"state": "subscribed", "opt_in_level": "single_opt_in", "consent_updated_at": _time(now)}


def _line_items(number: str, lines: tuple[Line, ...]) -> list[Body]:
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
    """A number of as many digits as Shopify's have."""
    return int(f"{first}{number.removeprefix('C')}000000")


def _cart_token(number: str) -> str:
    return f"hWN3c9{number}"


def _checkout_token(number: str) -> str:
    return f"c0ffee{number}"


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _time(now: datetime) -> str:
    return now.isoformat(timespec="seconds")
