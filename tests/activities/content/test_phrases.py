"""The layout's phrases, and their languages."""

import pytest

from activities.content.phrases import BY_LANGUAGE, locale_of, phrases


@pytest.mark.parametrize(
    ("language", "unsubscribe"),
    [
        ("de", "Abmelden"),
        ("de-AT", "Abmelden"),
        ("pt_BR", "Cancelar inscrição"),
        ("sv", "Unsubscribe"),
        (None, "Unsubscribe"),
    ],
)
def test_phrases_are_in_the_language_of_the_message(language: str | None, unsubscribe: str) -> None:
    assert phrases(language).unsubscribe == unsubscribe


@pytest.mark.parametrize("language", BY_LANGUAGE)
def test_every_language_has_all_phrases(language: str) -> None:
    said = phrases(language)
    assert "Cast & Iron" in said.why.format(shop="Cast & Iron")
    assert "7" in said.more.format(count=7)
    assert said.total
    assert locale_of(language).text_direction == ("rtl" if language in {"ar", "he"} else "ltr")


def test_the_first_valid_tag_counts() -> None:
    assert str(locale_of(None, "xx", "en-GB", "de")) == "en_GB"
    assert str(locale_of("x" * 35)) == "en"
