"""Orchestration: the customer's workflow, the daily check, and how to reach Temporal."""
