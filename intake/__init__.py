"""How the shop's world comes in: webhooks, the door, and the signals to workflows."""
