"""The number of segments in which a text message is sent and billed (3GPP TS 23.038)."""

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")


def count_segments(text: str) -> int:
    """160 characters fit one segment, 153 each of several; with any character outside GSM-7: 70 and 67 UTF-16 units."""
    if all(character in BASIC or character in EXTENSION for character in text):
        return _count([2 if character in EXTENSION else 1 for character in text], single=160, multiple=153)
    return _count([len(character.encode("utf-16-be")) // 2 for character in text], single=70, multiple=67)


def _count(widths: list[int], *, single: int, multiple: int) -> int:
    """A character of two units is never split between segments."""
    if sum(widths) <= single:
        return 1
    count, used = 1, 0
    for width in widths:
        if used + width > multiple:
            count, used = count + 1, 0
        used += width
    return count
