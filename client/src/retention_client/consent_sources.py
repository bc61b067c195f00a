"""Where consent was given, as far as the place itself proves that it came from the address it is about."""

DOUBLE_OPT_IN = "double opt-in"
PREFERENCE_PAGE = "preference page"
CONFIRMED_ELSEWHERE = "confirmed elsewhere"
"""An import whose addresses had confirmed their consent before."""

CONFIRMED = frozenset({DOUBLE_OPT_IN, PREFERENCE_PAGE, CONFIRMED_ELSEWHERE})
"""What only we ourselves say of a consent: nobody outside may name one of these as theirs."""


def is_reserved(source: str | None) -> bool:
    """Whether a source is one that only we may name, however it is spelled."""
    return " ".join((source or "").casefold().split()) in CONFIRMED
