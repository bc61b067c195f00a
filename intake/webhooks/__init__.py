"""Shops that speak their own language: one file per shop system, and one line here in `shops.py`."""
