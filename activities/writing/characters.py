"""Characters that plain text does not need: markup, and invisible ones."""

MARKUP = frozenset("<>{}[]`*_|\\^#~")

INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories of characters that a reader does not see."""
