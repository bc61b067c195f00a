"""PostgreSQL: the projection of every customer, the ledger of events, the log of messages."""
