"""The schema and what reads and writes it, against a real server."""
