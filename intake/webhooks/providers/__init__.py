"""Webhooks of providers about sent messages: one adapter each, listed in `all.py`."""
