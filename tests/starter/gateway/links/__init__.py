"""What customers do with the messages they got, over HTTP."""
