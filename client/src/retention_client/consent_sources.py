"""Sources of consent that prove that the owner of the address gave it."""

DOUBLE_OPT_IN = "double opt-in"
PREFERENCE_PAGE = "preference page"
CONFIRMED_ELSEWHERE = "confirmed elsewhere"
"""An import of addresses that had confirmed their consent elsewhere."""

CONFIRMED = frozenset({DOUBLE_OPT_IN, PREFERENCE_PAGE, CONFIRMED_ELSEWHERE})
"""Only the engine itself may name one of these; from a storefront they are invalid."""


def is_reserved(source: str | None) -> bool:
    """Whether only the engine may name this source, in any spelling."""
    return " ".join((source or "").casefold().split()) in CONFIRMED
