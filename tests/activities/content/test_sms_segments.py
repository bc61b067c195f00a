"""The number of segments of a text message."""

import pytest

from activities.content.sms_segments import count_segments


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 152, 3),  # an escape sequence is not split between parts
        ("é" * 160, 1),
        ("ê" * 70, 1),
        ("ê" * 71, 2),
        ("👋" * 35, 1),
        ("👋" * 36, 2),
        ("👋" * 67, 3),  # 33 to a part, for a surrogate pair is not split
        ("ê" * 134, 2),
        ("ê" * 135, 3),
    ],
)
def test_segments(text: str, parts: int) -> None:
    assert count_segments(text) == parts
