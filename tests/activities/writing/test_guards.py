"""A generated text passes the guards, or no customer gets it."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.writing.characters import MARKUP
from activities.writing.guards import LENGTHS, normalized, rejection_reason
from activities.writing.language_check import matches_language
from activities.writing.language_model import ProductText

NAME = "Cast Iron Skillet"
GERMAN = "Spülen Sie die Pfanne von Hand und trocknen Sie sie gleich ab, denn das Eisen ist nicht mit Lack geschützt."
GUIDE = ProductText(
    heading="Looking after your Cast Iron Skillet",
    paragraphs=(
        "Wash it by hand in warm water while it is still a little warm. A soft brush does most of the work.",
        "Dry it at 180-200 °C for 10 minutes, and rub in a thin film of oil. Don't use more than 1.5 ml, e.g. of nuts.",
    ),
    points=("- Scrub rust away, oil it, and bake it.", "Use 18/10 steel tools (or wooden ones), at most 2x a week!"),
)


def saying(words: str) -> ProductText:
    """The guide with one more point."""
    return GUIDE.model_copy(update={"points": (f"Well, {words}",)})


def judged(text: ProductText, name: str = NAME, language: str = "en-US") -> str | None:
    """As the writer judges."""
    return rejection_reason(normalized(text), name, language)


def test_a_plain_guide_passes() -> None:
    assert judged(GUIDE) is None
    assert normalized(GUIDE).points[0] == "Scrub rust away, oil it, and bake it."


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        *((words, "a web address") for words in ("visit evil.example now", "https://x/y", "WWW evil", "evil dot com")),
        *(
            (words, "a web address")
            for words in ("javascript:alert", "1.2.3.4", "кто.рф", "ev\u200dil.com", "ｅvil．com")
        ),
        *((words, "an e-mail address or a handle") for words in ("a@b", "me (at) home", "follow @evil", "a＠b")),
        *((words, "a phone number") for words in ("+1 415 555 0123", "0800 123 456 7", "555-1234", "(020) 7946 0018")),
        *((words, "a percentage") for words in ("20 % less", "half, 50 percent", "10 Prozent", "１００％")),
        *((words, "a price") for words in ("only $5", "5€ each", "USD 20", "20 dollars", "10,50 EUR", "€５", "£5")),
        *((words, "a promise of money") for words in ("a discount for you", "free shipping", "Gutscheine", "a refund")),
        *(
            (words, "a code")
            for words in ("use SAVE10", "use save10", "use FREESHIP", "10OFF", "X7K-99Q", "ＳＡＶＥ１０")
        ),
        *((words, "a code") for words in ("the code is sunshine", "save-10")),
        *((words, "instructions") for words in ("as an AI I think", "my system prompt says", "previous instructions")),
        *(
            (words, "markup")
            for words in ("<b>look</b>", "[look](here)", "{{ shop }}", "**look**", "a &amp; b", "`rm`")
        ),
        *((words, "invisible") for words in ("a\u202eb", "a\u200bb", "a\x00b", "a\u2066b", "a\ufeffb")),
    ],
)
def test_forbidden_content_is_rejected(words: str, expected: str) -> None:
    reason = judged(saying(words))
    assert reason is not None
    assert expected in reason


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("a few drops of WD-40", "WD-40 Spray"),
        ("the 70% dark one", "Chocolate 70 %"),
        ("your $50 card", "Gift Card $50"),
        ("your gift card", "Gift Card $50"),
        ("this XJ220", "Pan XJ220"),
    ],
)
def test_content_of_the_products_name_is_allowed(words: str, name: str) -> None:
    assert judged(saying(words), name) is None
    assert judged(saying(words)) is not None


def test_an_address_is_rejected_even_if_the_name_contains_it() -> None:
    assert judged(saying("see evil.example"), "evil.example pan") == "it contains a web address"


@pytest.mark.parametrize(
    "words",
    [
        "try 3 or rub 2 drops",
        "it promotes browning",
        "vitamin B12",
        "bake at 350F",
        "5 years, since 1960",
        "1000-3000 grit",
    ],
)
def test_harmless_lookalikes_pass(words: str) -> None:
    assert judged(saying(words)) is None


@pytest.mark.parametrize(("field", "bounds"), LENGTHS.items())
def test_lengths_are_bounded(field: str, bounds: tuple[int, int]) -> None:
    fewest, most = bounds
    for length, fits in ((fewest - 1, False), (fewest, True), (most, True), (most + 1, False)):
        line = ("abc " * most)[:length].strip().ljust(length, "e")
        news = {"heading": line} if field == "heading" else {f"{field}s": (line,)}
        assert (judged(GUIDE.model_copy(update=news)) is None) is fits, (field, length)


@given(st.lists(st.text("abc DE.,1@/:<\u202e\u200d%", min_size=20, max_size=60), min_size=3, max_size=3), st.text())
def test_a_text_that_passes_has_no_address_no_markup_and_no_invisible_characters(lines: list[str], name: str) -> None:
    heading, paragraph, point = lines
    text = normalized(ProductText(heading=heading, paragraphs=(paragraph,), points=(point,)))
    if rejection_reason(text, name, "en-US") is not None:
        return
    for line in text.lines():
        assert MARKUP.isdisjoint(line)
        assert not re.search(r"://|@|www\.|\w\.[a-z]{2,}\b", line, re.IGNORECASE)
        assert not any(unicodedata.category(sign) in {"Cc", "Cs", "Co"} for sign in line)
        assert len(line) <= 900


@given(
    st.sampled_from(
        ["SAVE10", "https://evil.example", "$9.99", "15%", "a discount", "ring 0800 1234567", "me@evil.example"]
    ),
    st.sampled_from(["", " ", "\u200d", "\n", "(", "'", '"', "–"]),
    st.integers(0, len(GUIDE.paragraphs[0])),
)
def test_forbidden_content_is_found_in_any_field(bad: str, beside: str, at: int) -> None:
    first, second = GUIDE.paragraphs
    place = first.rfind(" ", 0, at) + 1
    paragraph = f"{first[:place]}{beside}{bad}{beside} {first[place:]}"
    assert judged(GUIDE.model_copy(update={"paragraphs": (paragraph, second)}))


@pytest.mark.parametrize(
    ("text", "language", "fits"),
    [
        (" ".join(GUIDE.paragraphs), "en-US", True),
        (" ".join(GUIDE.paragraphs), "de", False),
        (" ".join(GUIDE.paragraphs), "sv", False),
        (" ".join(GUIDE.paragraphs), "ru", False),
        (GERMAN, "de-AT", True),
        (GERMAN, "en", False),
        (GERMAN, "fr", False),
        (GERMAN, "da", True),
        ("Мойте сковороду вручную тёплой водой и сразу вытирайте её насухо.", "ru", True),
        ("Мойте сковороду вручную тёплой водой и сразу вытирайте её насухо.", "en", False),
        ("フライパンはぬるま湯で手洗いし、すぐに水気を拭き取ってください。", "ja", True),
        ("フライパンはぬるま湯で手洗いし、すぐに水気を拭き取ってください。", "de", False),
        ("Wash it by hand.", "de", True),
    ],
)
def test_a_text_in_another_language_is_rejected(text: str, language: str, fits: bool) -> None:
    assert matches_language(text, language, NAME) is fits
