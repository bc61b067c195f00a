"""Whether a text seems to be in a language: the simplest check that catches a model that answers in another one.

Two things are looked at and no more. Most letters have to be of the language's usual script. And where that is the
Latin one, the commonest small words have to be those of the language: it must have at least as many as any other
language listed here. A language that is not listed is only known not to be English. So Portuguese passes for Galician,
and a text of a few words for anything in its script.
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
"""How Unicode names the letters of a script."""

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

SCRIPT_LENGTH = 4
ENOUGH_LETTERS = 0.6
ENOUGH_WORDS = 15
MUCH_ENGLISH = 0.15


def reads_as(text: str, language: str, supplied: str = "") -> bool:
    """Whether a text may be in the language of a tag such as `de` or `en-US`; words `supplied` in it count as any."""
    known = {word.casefold() for word in _words(supplied)}
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
    return fitting >= ENOUGH_LETTERS * len(letters)


def _script(language: str) -> str:
    """The script that a language is usually written in, as ISO 15924 calls it; empty where nobody knows."""
    likely = get_global("likely_subtags")
    tag = language.replace("-", "_")
    parts = (likely.get(tag) or likely.get(tag.partition("_")[0], "")).split("_")
    return next((part for part in parts if len(part) == SCRIPT_LENGTH), "")


def _has_its_small_words(words: list[str], language: str) -> bool:
    if len(words) < ENOUGH_WORDS:
        return True
    counted = Counter({name: sum(word in small for word in words) for name, small in SMALL_WORDS.items()})
    if language in SMALL_WORDS:
        return 0 < counted[language] == max(counted.values())
    return counted["en"] < MUCH_ENGLISH * len(words)
