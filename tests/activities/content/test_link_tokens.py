"""Tokens of links: what they name, to whom, and for what."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.content.link_tokens import MOST_LINKS, Kind, LinkTokens, Named

OLD, NEW = b"an old key", b"a new key"
TOKENS = LinkTokens([NEW])
KEY = "0123456789abcdef" * 4
SIGNED = {
    Kind.OPEN: TOKENS.open(KEY),
    Kind.CLICK: TOKENS.click(KEY, 513),
    Kind.UNSUBSCRIBE: TOKENS.unsubscribe(KEY),
    Kind.CONFIRM: TOKENS.confirm(KEY),
}
ALPHABET = string.ascii_letters + string.digits + "-_"

keys = st.binary(min_size=32, max_size=32).map(bytes.hex)


@given(keys, st.integers(0, MOST_LINKS - 1))
def test_a_token_names_its_message_and_link(key: str, link: int) -> None:
    assert TOKENS.read(Kind.OPEN, TOKENS.open(key)) == Named(key)
    assert TOKENS.read(Kind.UNSUBSCRIBE, TOKENS.unsubscribe(key)) == Named(key)
    assert TOKENS.read(Kind.CLICK, TOKENS.click(key, link)) == Named(key, link)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("other", Kind)
def test_a_token_is_good_for_one_thing(kind: Kind, other: Kind) -> None:
    assert (TOKENS.read(other, SIGNED[kind]) is not None) == (kind is other)


@pytest.mark.parametrize("token", SIGNED.values())
def test_a_token_fits_into_an_address(token: str) -> None:
    assert set(token) <= set(ALPHABET)
    assert len(token) <= 74


def test_keys_are_changed_without_breaking_what_was_sent() -> None:
    sent_before = LinkTokens([OLD]).unsubscribe(KEY)
    both = LinkTokens([NEW, OLD])
    assert both.read(Kind.UNSUBSCRIBE, sent_before) == Named(KEY)
    assert both.unsubscribe(KEY) == TOKENS.unsubscribe(KEY)
    assert TOKENS.read(Kind.UNSUBSCRIBE, sent_before) is None


@pytest.mark.parametrize("kind", Kind)
def test_a_token_with_any_character_changed_is_not_ours(kind: Kind) -> None:
    token = SIGNED[kind]
    for place in range(len(token)):
        for character in ALPHABET:
            changed = token[:place] + character + token[place + 1 :]
            assert changed == token or TOKENS.read(kind, changed) is None


@given(st.sampled_from(Kind), st.one_of(st.text(max_size=200), st.text(ALPHABET, min_size=60, max_size=80)))
def test_anything_else_is_not_ours(kind: Kind, text: str) -> None:
    assert TOKENS.read(kind, text) is None


@pytest.mark.parametrize("spelling", ["{}=", "{}==", " {}", "{}\n", "{}A", "{}\0", "{}ä"])
@pytest.mark.parametrize("kind", Kind)
def test_a_token_has_one_spelling(kind: Kind, spelling: str) -> None:
    assert TOKENS.read(kind, spelling.format(SIGNED[kind])) is None
