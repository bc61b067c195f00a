"""Delivery: real PostgreSQL, a real mail server, one activity at a time."""
