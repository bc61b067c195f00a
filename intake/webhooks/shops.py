"""All shop systems, by the name in their webhook URL."""

from collections.abc import Mapping

from intake.webhooks.shop_adapter import ShopAdapter
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
