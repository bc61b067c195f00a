"""Tokens of unsubscribe links."""

import string

from hypothesis import given
from hypothesis import strategies as st

from activities.content.unsubscribe_token import sign, verify

SECRET = b"a secret"
KEY = "0123456789abcdef" * 4


def test_a_token_names_its_message_to_us_alone() -> None:
    token = sign(SECRET, KEY)
    assert verify(SECRET, token) == KEY
    assert verify(b"another secret", token) is None
    assert set(token) <= set(string.ascii_letters + string.digits + "-_")
    assert len(token) == 64


def test_a_token_with_any_character_changed_is_not_ours() -> None:
    token = sign(SECRET, KEY)
    for place, character in enumerate(token):
        changed = token[:place] + ("A" if character != "A" else "B") + token[place + 1 :]
        assert verify(SECRET, changed) is None


@given(st.text(max_size=80))
def test_anything_else_is_not_ours(text: str) -> None:
    assert verify(SECRET, text) is None
