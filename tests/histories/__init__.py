"""Histories recorded from the real server, and how they were recorded: `python -m tests.histories.record`."""
