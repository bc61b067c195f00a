"""Operations on the inbox: list, replay and discard events."""
