"""The event inbox: accepted, signalled, applied, and looked at by operators."""
