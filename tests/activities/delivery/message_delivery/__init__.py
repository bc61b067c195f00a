"""The activity that delivers one message."""
