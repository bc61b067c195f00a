"""Characters that plain text does without: those of markup, and those that nobody sees."""

MARKUP = frozenset("<>{}[]`*_|\\^#~")

UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of Unicode."""
