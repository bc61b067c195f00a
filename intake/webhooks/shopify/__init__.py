"""Webhooks of Shopify: one file per group of topics, assembled in `adapter.py`."""
