"""Whether a text seems to be in a language: a simple check that catches a model that answered in another one.

Most letters must belong to the language's usual script. For a language listed in `SMALL_WORDS`, its own small words
must be at least as frequent as those of any other listed language; a text in an unlisted language must only not look
English. The check is coarse: Portuguese passes as Galician, and a short text as any language of its script.
"""

import re
import unicodedata
from collections import Counter

from babel.core import get_global

SCRIPTS = {
    "Latn": ("LATIN",),
    "Cyrl": ("CYRILLIC",),
    "Grek": ("GREEK",),
    "Arab": ("ARABIC",),
    "Hebr": ("HEBREW",),
    "Deva": ("DEVANAGARI",),
    "Thai": ("THAI",),
    "Kore": ("HANGUL", "CJK"),
    "Jpan": ("HIRAGANA", "KATAKANA", "CJK"),
    "Hans": ("CJK",),
    "Hant": ("CJK",),
}
"""How the Unicode names of a script's letters begin."""

SMALL_WORDS = {
    language: frozenset(words.split())
    for language, words in {
        "en": "the and of to is it with your you for not or on that be this are will from when",
        "de": "der die das und ist nicht mit sie ihr ihre ihren für auf ein eine den dem zu es oder wenn von im",
        "fr": "le la les et est de des du un une avec votre vous pour ne pas sur dans que ou au il à",
        "es": "el la los las y es de del un una con su para no en que o se al por tu si más",
        "it": "il la le e è di del della un una con per non su che o si al da in gli tuo alla",
        "nl": "de het een en is van met uw je voor niet op dat of te in zijn als aan door",
        "pt": "o a os as e é de do da um uma com para não em que ou se ao por sua seu no na",
        "pl": "i w na z nie się do jest to że po od lub oraz jak aby dla przez jego",
    }.items()
}

SCRIPT_CODE_LENGTH = 4
MIN_LETTER_SHARE = 0.6
MIN_WORDS = 15
MAX_ENGLISH_SHARE = 0.15


def matches_language(text: str, language: str, product_name: str = "") -> bool:
    """Whether a text may be in the language of a tag such as `de` or `en-US`. Words of `product_name` are ignored."""
    known = {word.casefold() for word in _words(product_name)}
    words = [word for word in _words(text.casefold()) if word not in known]
    return _in_script(" ".join(words), language) and _has_its_small_words(words, language.partition("-")[0])


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text)


def _in_script(text: str, language: str) -> bool:
    expected = SCRIPTS.get(_script(language))
    letters = [sign for sign in text if sign.isalpha()]
    if expected is None or not letters:
        return True
    fitting = sum(unicodedata.name(sign, "").startswith(expected) for sign in letters)
    return fitting >= MIN_LETTER_SHARE * len(letters)


def _script(language: str) -> str:
    """The ISO 15924 code of the script that a language is usually written in; empty if unknown."""
    likely = get_global("likely_subtags")
    tag = language.replace("-", "_")
    parts = (likely.get(tag) or likely.get(tag.partition("_")[0], "")).split("_")
    return next((part for part in parts if len(part) == SCRIPT_CODE_LENGTH), "")


def _has_its_small_words(words: list[str], language: str) -> bool:
    if len(words) < MIN_WORDS:
        return True
    counted = Counter({name: sum(word in small for word in words) for name, small in SMALL_WORDS.items()})
    if language in SMALL_WORDS:
        return 0 < counted[language] == max(counted.values())
    return counted["en"] < MAX_ENGLISH_SHARE * len(words)
