"""Campaigns as they are stored, and the results that they had."""
