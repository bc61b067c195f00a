"""Whoever carries messages, one adapter per file behind each port."""
