"""Webhooks of providers: verified, read and recorded."""
