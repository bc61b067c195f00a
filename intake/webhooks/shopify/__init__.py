"""Shopify: one file per kind of thing it tells of, put together in `adapter.py`."""
