"""The shop's colour, in shades that are legible on light and dark backgrounds and on buttons."""

from colorsys import hls_to_rgb, rgb_to_hls
from dataclasses import dataclass

WHITE = "#ffffff"
BLACK = "#000000"
DARK_BACKGROUND = "#24221f"
TEXT_CONTRAST = 4.5
"""Minimum contrast of text to its background (WCAG 2.2, AA)."""
SHAPE_CONTRAST = 3.0
"""Minimum contrast of a shape, such as a button, to its background."""
SHADES = 20


@dataclass(frozen=True)
class Palette:
    """The colours of one shop's messages. `dark_…` are used when the mail program is in dark mode."""

    button: str
    on_button: str
    link: str
    dark_button: str
    on_dark_button: str
    dark_link: str


def palette(color: str) -> Palette:
    """The palette of one colour, `#rrggbb`. Buttons keep it; link text is shaded until it is legible."""
    dark_button = shade(color, 1, on=DARK_BACKGROUND, contrast=SHAPE_CONTRAST)
    return Palette(
        button=color,
        on_button=text_color_on(color),
        link=shade(color, 0, on=WHITE, contrast=TEXT_CONTRAST),
        dark_button=dark_button,
        on_dark_button=text_color_on(dark_button),
        dark_link=shade(color, 1, on=DARK_BACKGROUND, contrast=TEXT_CONTRAST),
    )


def text_color_on(color: str) -> str:
    """White or black, whichever has more contrast to `color`."""
    return max(WHITE, BLACK, key=lambda text: contrast_between(text, color))


def shade(color: str, lightness: float, *, on: str, contrast: float) -> str:
    """The colour, moved towards `lightness` (0 black, 1 white) until its contrast to `on` is at least `contrast`."""
    hue, own, saturation = rgb_to_hls(*_channels(color))
    levels = (own + (lightness - own) * step / SHADES for step in range(SHADES + 1))
    shades = [color, *(_color(hls_to_rgb(hue, level, saturation)) for level in levels)]
    return next(shade for shade in shades if contrast_between(shade, on) >= contrast)


def contrast_between(first: str, second: str) -> float:
    """The contrast ratio of two colours as WCAG defines it, from 1 to 21."""
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    red, green, blue = (_linear(channel) for channel in _channels(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _channels(color: str) -> tuple[float, float, float]:
    """Red, green and blue, each from 0 to 1."""
    return int(color[1:3], 16) / 255, int(color[3:5], 16) / 255, int(color[5:7], 16) / 255


def _color(channels: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in channels)
