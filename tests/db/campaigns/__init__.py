"""Campaigns: the file, and what applying it does."""
