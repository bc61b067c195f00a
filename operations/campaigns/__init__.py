"""Campaigns for marketers: applied, previewed, started, paused."""
