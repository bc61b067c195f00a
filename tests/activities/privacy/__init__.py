"""Faults: all that a customer's workflow leans on breaks once, with fixed seeds; nothing is lost or doubled."""
