"""The shop systems that may tell us something, by the name in the address of their webhook."""

from collections.abc import Mapping

from starter.webhooks.shop import Shop
from starter.webhooks.shopify.adapter import SHOPIFY
from starter.webhooks.standard import STANDARD
from starter.webhooks.stripe import STRIPE
from starter.webhooks.woocommerce import WOOCOMMERCE

SHOPS: Mapping[str, Shop] = {
    SHOPIFY.name: SHOPIFY,
    WOOCOMMERCE.name: WOOCOMMERCE,
    STRIPE.name: STRIPE,
    STANDARD.name: STANDARD,
}
