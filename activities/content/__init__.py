"""Content: from a campaign and a customer to the exact bytes of a message."""
