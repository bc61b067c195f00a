"""Legible shades of a shop's colour."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.content.color import (
    DARK_BACKGROUND,
    SHAPE_CONTRAST,
    TEXT_CONTRAST,
    WHITE,
    contrast_between,
    palette,
    text_color_on,
)

COLORS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(COLORS)
def test_every_color_is_legible(color: str) -> None:
    found = palette(color)
    assert contrast_between(found.on_button, found.button) >= TEXT_CONTRAST
    assert contrast_between(found.link, WHITE) >= TEXT_CONTRAST
    assert contrast_between(found.on_dark_button, found.dark_button) >= TEXT_CONTRAST
    assert contrast_between(found.dark_button, DARK_BACKGROUND) >= SHAPE_CONTRAST
    assert contrast_between(found.dark_link, DARK_BACKGROUND) >= TEXT_CONTRAST


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


@pytest.mark.parametrize(("color", "text"), [("#9a3b1c", "#ffffff"), ("#ffd400", "#000000"), ("#ffffff", "#000000")])
def test_text_on_a_color_is_black_or_white(color: str, text: str) -> None:
    assert text_color_on(color) == text


def test_contrast_is_that_of_wcag() -> None:
    assert contrast_between("#000000", "#ffffff") == pytest.approx(21)
    assert contrast_between("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
