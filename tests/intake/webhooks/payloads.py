"""Deliveries written by hand, in the shape of real ones and as long as they need be."""

import json
from copy import deepcopy
from typing import Any

from intake.webhooks.shop_adapter import WebhookDelivery

ADDRESS = "ada.secret@example.com"
Body = dict[str, Any]

SHOPIFY_CUSTOMER: Body = {
    "id": 115310627314723950,
    "admin_graphql_api_id": "gid://shopify/Customer/115310627314723954",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "another@example.com",
    "phone": "+15550100",
}
SHOPIFY_ORDER: Body = {
    "id": 820982911946154500,
    "admin_graphql_api_id": "gid://shopify/Order/820982911946154508",
    "email": ADDRESS,
    "contact_email": ADDRESS,
    "phone": None,
    "test": False,
    "currency": "USD",
    "presentment_currency": "EUR",
    "total_price": "404.95",
    "total_price_set": {"presentment_money": {"amount": "370.00", "currency_code": "EUR"}},
    "customer_locale": "en-GB",
    "cart_token": "c-77",
    "checkout_token": "t-77",
    "order_status_url": "https://shop.example/orders/1/authenticate?key=a",
    "created_at": "2026-11-22T05:15:01-05:00",
    "processed_at": "2026-11-22T05:15:00-05:00",
    "updated_at": "2026-11-22T05:15:02-05:00",
    "cancelled_at": "2026-11-23T05:15:00-05:00",
    "customer": SHOPIFY_CUSTOMER,
    "billing_address": {"name": "Ada King", "country_code": "GB"},
    "shipping_address": {"name": "Ada King", "country_code": "FR"},
    "line_items": [
        {"id": 487, "sku": "SKILLET", "title": "Skillet", "quantity": 2, "price": "199.00", "variant_id": 8},
        {"id": 488, "sku": "", "title": "Gift wrap", "quantity": 1, "price": "6.95", "variant_id": None},
    ],
}
SHOPIFY_REFUND: Body = {
    "id": 890088186047892400,
    "admin_graphql_api_id": "gid://shopify/Refund/890088186047892319",
    "order_id": 820982911946154508,
    "created_at": "2026-11-24T10:00:00Z",
    "processed_at": "2026-11-24T10:00:00Z",
    "refund_line_items": [],
    "transactions": [
        {"kind": "refund", "status": "success", "amount": "41.94", "currency": "USD", "test": False},
        {"kind": "refund", "status": "success", "amount": "8.06", "currency": "USD", "test": False},
        {"kind": "refund", "status": "failure", "amount": "100.00", "currency": "USD", "test": False},
        {"kind": "sale", "status": "success", "amount": "404.95", "currency": "USD", "test": False},
    ],
}
SHOPIFY_CHECKOUT: Body = {
    "id": 981820079255243537,
    "token": "t-77",
    "cart_token": "c-77",
    "email": ADDRESS,
    "phone": None,
    "currency": "USD",
    "customer_locale": "en",
    "abandoned_checkout_url": "https://shop.example/checkouts/t-77/recover?key=a",
    "created_at": "2026-11-22T10:00:00Z",
    "updated_at": "2026-11-22T10:05:00Z",
    "completed_at": None,
    "customer": SHOPIFY_CUSTOMER,
    "billing_address": {"name": "Ada King", "country_code": "GB"},
    "line_items": [{"key": "1", "sku": "SKILLET", "title": "Skillet", "quantity": 1, "price": "199.00"}],
}
SHOPIFY_ACCOUNT: Body = {
    **SHOPIFY_CUSTOMER,
    "email": ADDRESS,
    "created_at": "2026-11-20T10:00:00Z",
    "updated_at": "2026-11-21T10:00:00Z",
}
SHOPIFY_EMAIL_CONSENT: Body = {
    "customer_id": 7064,
    "email_address": ADDRESS,
    "email_marketing_consent": {"state": "subscribed", "consent_updated_at": "2026-11-22T10:00:00Z"},
}
SHOPIFY_SMS_CONSENT: Body = {
    "id": 7064,
    "phone": "+15550100",
    "sms_marketing_consent": {"state": "unsubscribed", "consent_updated_at": "2026-11-22T10:00:00Z"},
}
SHOPIFY_PERSON: Body = {"id": 191167, "email": ADDRESS, "phone": "555-625-1199"}
SHOPIFY_ERASURE: Body = {"shop_id": 954889, "customer": SHOPIFY_PERSON, "orders_to_redact": [299938, 280263]}
SHOPIFY_DATA: Body = {
    "shop_id": 954889,
    "customer": SHOPIFY_PERSON,
    "orders_requested": [299938],
    "data_request": {"id": 9999},
}
SHOPIFY_SHOP: Body = {"shop_id": 954889, "shop_domain": "cookware.example"}

SHOPIFY: dict[str, Body] = {
    "orders/paid": SHOPIFY_ORDER,
    "orders/cancelled": SHOPIFY_ORDER,
    "refunds/create": SHOPIFY_REFUND,
    "checkouts/create": SHOPIFY_CHECKOUT,
    "checkouts/update": SHOPIFY_CHECKOUT,
    "customers/create": SHOPIFY_ACCOUNT,
    "customers/update": SHOPIFY_ACCOUNT,
    "customers_email_marketing_consent/update": SHOPIFY_EMAIL_CONSENT,
    "customers_marketing_consent/update": SHOPIFY_SMS_CONSENT,
    "customers/redact": SHOPIFY_ERASURE,
    "customers/data_request": SHOPIFY_DATA,
    "shop/redact": SHOPIFY_SHOP,
}

WOOCOMMERCE_ORDER: Body = {
    "id": 727,
    "status": "processing",
    "currency": "USD",
    "total": "29.35",
    "customer_id": 12,
    "date_modified_gmt": "2026-11-22T19:28:08",
    "date_paid_gmt": "2026-11-22T19:28:05",
    "billing": {
        "first_name": "Ada",
        "last_name": "O&#039;Brien",
        "email": ADDRESS,
        "phone": "(555) 555-5555",
        "country": "US",
    },
    "shipping": {"first_name": "Ada", "country": ""},
    "line_items": [
        {
            "name": "Skillet &ndash; Size: M &amp; L",
            "product_id": 22,
            "variation_id": 23,
            "quantity": 3,
            "price": 3.33333,
        },
        {"name": "Lid", "product_id": 93, "variation_id": 0, "quantity": 1, "sku": "LID", "price": 12},
    ],
    "refunds": [],
}

STRIPE_SESSION: Body = {
    "id": "cs_live_a1",
    "object": "checkout.session",
    "payment_intent": "pi_1",
    "payment_status": "paid",
    "amount_total": 19900,
    "currency": "usd",
    "currency_conversion": None,
    "customer": "cus_1",
    "customer_details": {"email": ADDRESS, "name": "Ada", "phone": "+15550100", "address": {"country": "GB"}},
    "customer_email": None,
    "collected_information": {"shipping_details": {"name": "Ada", "address": {"country": "FR"}}},
    "consent": {"promotions": "opt_in"},
    "locale": "auto",
}
STRIPE_CHARGE: Body = {
    "id": "ch_1",
    "object": "charge",
    "payment_intent": "pi_1",
    "customer": "cus_1",
    "amount": 19900,
    "amount_refunded": 5000,
    "currency": "usd",
    "refunded": False,
    "billing_details": {"email": "another@example.com"},
}

OWN_EVENT: Body = {
    "type": "ORDER_PAID",
    "event_id": "till-1:17",
    "customer_email": ADDRESS,
    "occurred_at": "2026-11-22T10:15:00Z",
    "order": {"order_id": "17", "total": "199.00", "currency": "USD", "items": [{"sku": "SKILLET"}]},
}


def stripe_event(type_: str, object_: Body, **changes: object) -> Body:
    """An event of Stripe's around an object."""
    return {
        "id": "evt_1",
        "object": "event",
        "type": type_,
        "created": 1795342500,
        "livemode": True,
        "data": {"object": object_},
        **changes,
    }


def with_(body: Body, path: str, value: object) -> Body:
    """A body with another value at a path such as `line_items.0.price`."""
    changed = deepcopy(body)
    *way, last = path.split(".")
    place: Any = changed
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    place[int(last) if isinstance(place, list) else last] = value
    return changed


def shopify(topic: str, body: object) -> WebhookDelivery:
    """A delivery of Shopify's that was verified."""
    return WebhookDelivery(json.dumps(body).encode(), {"x-shopify-topic": topic})


def woocommerce(body: object, topic: str = "order.updated") -> WebhookDelivery:
    """A delivery of WooCommerce's that was verified."""
    return WebhookDelivery(json.dumps(body).encode(), {"x-wc-webhook-topic": topic})


def plain(body: object, **headers: str) -> WebhookDelivery:
    """A delivery whose headers hardly matter."""
    return WebhookDelivery(
        json.dumps(body).encode(), {name.replace("_", "-"): value for name, value in headers.items()}
    )


GOOD: dict[str, tuple[str, WebhookDelivery]] = {
    **{f"shopify {topic}": ("shopify", shopify(topic, body)) for topic, body in SHOPIFY.items()},
    "woocommerce paid": ("woocommerce", woocommerce(WOOCOMMERCE_ORDER)),
    "woocommerce refunds": (
        "woocommerce",
        woocommerce(with_(WOOCOMMERCE_ORDER, "refunds", [{"id": 1, "total": "-10.00"}, {"id": 2, "total": "-1.35"}])),
    ),
    "woocommerce cancelled": ("woocommerce", woocommerce(with_(WOOCOMMERCE_ORDER, "status", "cancelled"))),
    "stripe paid": ("stripe", plain(stripe_event("checkout.session.completed", STRIPE_SESSION))),
    "stripe refunded": ("stripe", plain(stripe_event("charge.refunded", STRIPE_CHARGE))),
    "standard one": ("standard", plain(OWN_EVENT, webhook_id="msg_1")),
    "standard list": ("standard", plain([OWN_EVENT, {**OWN_EVENT, "event_id": None}], webhook_id="msg_1")),
}
"""A delivery of every kind that is used, by a name, with its shop."""
