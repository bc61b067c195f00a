"""How many parts a text message is sent, and billed, in (3GPP TS 23.038)."""

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")


def segments(text: str) -> int:
    """Parts of 160 characters, or 153 of several; with any character outside GSM-7, of 70 and 67 in UTF-16."""
    if all(character in BASIC or character in EXTENSION for character in text):
        return _parts([2 if character in EXTENSION else 1 for character in text], alone=160, together=153)
    return _parts([len(character.encode("utf-16-be")) // 2 for character in text], alone=70, together=67)


def _parts(widths: list[int], *, alone: int, together: int) -> int:
    """A character of two units is never split between parts."""
    if sum(widths) <= alone:
        return 1
    parts, used = 1, 0
    for width in widths:
        if used + width > together:
            parts, used = parts + 1, 0
        used += width
    return parts
