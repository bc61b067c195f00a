"""The door: every reported event is validated and committed here before its sender gets an answer."""
