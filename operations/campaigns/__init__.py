"""Operations on campaigns: list, apply, preview, test, start and pause."""
