"""The words for one reader: their language, else as first written; and their side of an A/B test."""

from typing import Any

import pytest

from lifecycle.wording import Translation, Variant, Wording, wording_of

GERMAN = Translation("Hallo", "Vorschau", "Guten Tag")
AUSTRIAN = Translation(subject="Servus")
B = Variant("B", subject="Hello!", locales={"de": Translation(subject="Hallo!")})
WORDING = Wording(
    "Good day",
    "Hello",
    "Preview",
    "Write a greeting",
    locales={"de": GERMAN, "de-AT": AUSTRIAN, "pt-BR": Translation(body="Bom dia")},
    variants=(Variant("A"), B, Variant("C", body="Good evening")),
)


def words(locale: str | None = None, variant: str | None = None) -> tuple[str | None, str | None, str]:
    """Subject, preheader and body for one reader."""
    found = WORDING.for_reader(locale, variant)
    assert (found.prompt, found.locales, found.variants) == ("Write a greeting", {}, ())
    return found.subject, found.preheader, found.body


ENGLISH = ("Hello", "Preview", "Good day")


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        (None, ENGLISH),
        ("", ENGLISH),
        ("en-GB", ENGLISH),
        ("fr", ENGLISH),
        ("pt-PT", ENGLISH),
        ("de", ("Hallo", "Vorschau", "Guten Tag")),
        ("de-CH", ("Hallo", "Vorschau", "Guten Tag")),
        ("DE_ch", ("Hallo", "Vorschau", "Guten Tag")),
        ("de-AT", ("Servus", "Preview", "Good day")),
        ("de_at", ("Servus", "Preview", "Good day")),
        ("de-AT-1996", ("Servus", "Preview", "Good day")),
        ("pt-br", ("Hello", "Preview", "Bom dia")),
        ("deu", ENGLISH),
    ],
)
def test_the_nearest_language_is_taken_and_the_rest_is_as_first_written(locale: str | None, expected: Any) -> None:
    assert words(locale) == expected


@pytest.mark.parametrize(
    ("locale", "variant", "expected"),
    [
        (None, "A", ENGLISH),
        (None, "B", ("Hello!", "Preview", "Good day")),
        (None, "C", ("Hello", "Preview", "Good evening")),
        (None, "gone", ENGLISH),
        ("fr", "B", ("Hello!", "Preview", "Good day")),
        ("de", "B", ("Hallo!", "Vorschau", "Guten Tag")),
        ("de", "C", ("Hallo", "Vorschau", "Guten Tag")),
        ("de-AT", "B", ("Hallo!", "Preview", "Good day")),
    ],
)
def test_a_variant_counts_in_the_languages_it_is_written_in(locale: str | None, variant: str, expected: Any) -> None:
    assert words(locale, variant) == expected


def test_a_variant_may_have_a_language_that_its_step_has_not() -> None:
    wording = Wording("Good day", variants=(Variant("A"), Variant("B", locales={"fr": Translation(body="Bonjour")})))
    assert [wording.for_reader("fr-CA", name).body for name in ("A", "B")] == ["Good day", "Bonjour"]


@pytest.mark.parametrize(
    ("locale", "variant", "language"),
    [(None, None, None), ("de-CH", None, "de"), ("DE_at", "B", "de-AT"), ("fr", None, None), ("sv", "B", None)],
)
def test_the_language_of_the_words_is_told(locale: str | None, variant: str | None, language: str | None) -> None:
    assert WORDING.language_for(locale, variant) == language


def test_a_variant_adds_languages() -> None:
    french = {"fr": Translation(body="Bonjour")}
    wording = Wording("Hi", locales={"de": Translation()}, variants=(Variant("A"), Variant("B", locales=french)))
    assert wording.languages() == ("de", "fr")
    assert [wording.language_for("fr", name) for name in ("A", "B")] == [None, "fr"]


def test_empty_words_are_words() -> None:
    wording = Wording("Good day", "Hello", "Preview", locales={"de": Translation(preheader="")})
    assert wording.for_reader("de", None).preheader == ""


def test_are_read_from_a_row() -> None:
    row: dict[str, Any] = {
        "template_body": "Good day",
        "subject": "Hello",
        "preheader": None,
        "prompt": None,
        "locales": {"de": {"subject": "Hallo"}},
        "variants": [{"name": "A", "weight": 3, "body": "Hi", "locales": {"de": {"body": "Tag"}}}],
        "slug": "news",
    }
    assert wording_of(row) == Wording(
        "Good day",
        "Hello",
        locales={"de": Translation("Hallo")},
        variants=(Variant("A", 3, body="Hi", locales={"de": Translation(body="Tag")}),),
    )
    assert wording_of({**row, "template_body": None}).body == ""
