"""Customers: their profile and ledger, written, rebuilt, imported, exported and erased."""
