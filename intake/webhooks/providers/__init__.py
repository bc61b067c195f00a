"""Providers that tell what became of messages: one file each, and one line in `all.py`."""
