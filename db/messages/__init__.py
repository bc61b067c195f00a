"""Messages: claimed, sent, marked, and what became of them."""
