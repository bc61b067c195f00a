"""The shop's colour, in shades that can be read on what they lie on: light paper, dark paper, a button."""

from colorsys import hls_to_rgb, rgb_to_hls
from dataclasses import dataclass

WHITE = "#ffffff"
BLACK = "#000000"
DARK_PAPER = "#24221f"
LEGIBLE = 4.5
"""The least contrast of words to what is behind them (WCAG 2.2, AA)."""
VISIBLE = 3.0
"""The least contrast of a shape, such as a button."""
SHADES = 20


@dataclass(frozen=True)
class Palette:
    """The colours of one shop's messages. `dark_…` are for readers whose mail program is dark."""

    button: str
    on_button: str
    link: str
    dark_button: str
    on_dark_button: str
    dark_link: str


def palette(color: str) -> Palette:
    """The palette around one colour, `#rrggbb`. Buttons keep it; words are shaded until they can be read."""
    dark_button = shaded(color, 1, on=DARK_PAPER, contrast=VISIBLE)
    return Palette(
        button=color,
        on_button=words_on(color),
        link=shaded(color, 0, on=WHITE, contrast=LEGIBLE),
        dark_button=dark_button,
        on_dark_button=words_on(dark_button),
        dark_link=shaded(color, 1, on=DARK_PAPER, contrast=LEGIBLE),
    )


def words_on(color: str) -> str:
    """White or black, whichever is easier to read on a colour."""
    return max(WHITE, BLACK, key=lambda words: contrast_between(words, color))


def shaded(color: str, lightness: float, *, on: str, contrast: float) -> str:
    """The colour, taken as far towards a lightness, 0 is black and 1 white, as it takes to stand out."""
    hue, own, saturation = rgb_to_hls(*_channels(color))
    steps = (own + (lightness - own) * share / SHADES for share in range(SHADES + 1))
    shades = [color, *(_color(hls_to_rgb(hue, step, saturation)) for step in steps)]
    return next(shade for shade in shades if contrast_between(shade, on) >= contrast)


def contrast_between(first: str, second: str) -> float:
    """The contrast of two colours as WCAG counts it, from 1 to 21."""
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
