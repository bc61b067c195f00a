"""The shop systems that may tell us something, by the name in the address of their webhook."""

from collections.abc import Mapping

from intake.webhooks.shop import ShopAdapter
from intake.webhooks.shopify.adapter import SHOPIFY
from intake.webhooks.standard import STANDARD
from intake.webhooks.stripe import STRIPE
from intake.webhooks.woocommerce import WOOCOMMERCE

SHOPS: Mapping[str, ShopAdapter] = {
    SHOPIFY.name: SHOPIFY,
    WOOCOMMERCE.name: WOOCOMMERCE,
    STRIPE.name: STRIPE,
    STANDARD.name: STANDARD,
}
