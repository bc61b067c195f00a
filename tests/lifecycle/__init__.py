"""The rules, tested without a server, a database or a clock."""
