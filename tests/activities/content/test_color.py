"""Shades of a shop's colour that can be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.content.color import DARK_PAPER, LEGIBLE, VISIBLE, WHITE, contrast_between, palette, words_on

COLORS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(COLORS)
def test_whatever_the_color_everything_can_be_read(color: str) -> None:
    found = palette(color)
    assert contrast_between(found.on_button, found.button) >= LEGIBLE
    assert contrast_between(found.link, WHITE) >= LEGIBLE
    assert contrast_between(found.on_dark_button, found.dark_button) >= LEGIBLE
    assert contrast_between(found.dark_button, DARK_PAPER) >= VISIBLE
    assert contrast_between(found.dark_link, DARK_PAPER) >= LEGIBLE


@given(COLORS)
def test_a_button_has_the_shops_own_color(color: str) -> None:
    assert palette(color).button == color


@pytest.mark.parametrize(
    ("color", "link", "dark_link"),
    [("#9a3b1c", "#9a3b1c", "#de6f4b"), ("#ffd400", "#8c7500", "#ffd400"), ("#000000", "#000000", "#8c8c8c")],
)
def test_a_shade_keeps_its_hue(color: str, link: str, dark_link: str) -> None:
    found = palette(color)
    assert (found.link, found.dark_link) == (link, dark_link)


@pytest.mark.parametrize(("color", "words"), [("#9a3b1c", "#ffffff"), ("#ffd400", "#000000"), ("#ffffff", "#000000")])
def test_words_on_a_color(color: str, words: str) -> None:
    assert words_on(color) == words


def test_contrast_is_counted_as_wcag_counts_it() -> None:
    assert contrast_between("#000000", "#ffffff") == pytest.approx(21)
    assert contrast_between("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
