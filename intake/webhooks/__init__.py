"""Webhooks of shop systems and providers: one adapter per platform. `shops.py` and `providers/all.py` list them."""
