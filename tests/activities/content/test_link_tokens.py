"""Link tokens: what they refer to, and for which purpose."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.content.link_tokens import MAX_LINKS, LinkPurpose, LinkReference, LinkTokens

OLD, NEW = b"an old key", b"a new key"
TOKENS = LinkTokens([NEW])
KEY = "0123456789abcdef" * 4
SIGNED = {
    LinkPurpose.OPEN: TOKENS.open(KEY),
    LinkPurpose.CLICK: TOKENS.click(KEY, 513),
    LinkPurpose.UNSUBSCRIBE: TOKENS.unsubscribe(KEY),
    LinkPurpose.CONFIRM: TOKENS.confirm(KEY),
}
ALPHABET = string.ascii_letters + string.digits + "-_"

keys = st.binary(min_size=32, max_size=32).map(bytes.hex)


@given(keys, st.integers(0, MAX_LINKS - 1))
def test_a_token_refers_to_its_message_and_link(key: str, link: int) -> None:
    assert TOKENS.read(LinkPurpose.OPEN, TOKENS.open(key)) == LinkReference(key)
    assert TOKENS.read(LinkPurpose.UNSUBSCRIBE, TOKENS.unsubscribe(key)) == LinkReference(key)
    assert TOKENS.read(LinkPurpose.CLICK, TOKENS.click(key, link)) == LinkReference(key, link)


@pytest.mark.parametrize("kind", LinkPurpose)
@pytest.mark.parametrize("other", LinkPurpose)
def test_a_token_is_valid_for_one_purpose(kind: LinkPurpose, other: LinkPurpose) -> None:
    assert (TOKENS.read(other, SIGNED[kind]) is not None) == (kind is other)


@pytest.mark.parametrize("token", SIGNED.values())
def test_a_token_fits_into_a_url(token: str) -> None:
    assert set(token) <= set(ALPHABET)
    assert len(token) <= 74


def test_keys_are_rotated_without_breaking_sent_links() -> None:
    sent_before = LinkTokens([OLD]).unsubscribe(KEY)
    both = LinkTokens([NEW, OLD])
    assert both.read(LinkPurpose.UNSUBSCRIBE, sent_before) == LinkReference(KEY)
    assert both.unsubscribe(KEY) == TOKENS.unsubscribe(KEY)
    assert TOKENS.read(LinkPurpose.UNSUBSCRIBE, sent_before) is None


@pytest.mark.parametrize("kind", LinkPurpose)
def test_a_changed_token_is_invalid(kind: LinkPurpose) -> None:
    token = SIGNED[kind]
    for place in range(len(token)):
        for character in ALPHABET:
            changed = token[:place] + character + token[place + 1 :]
            assert changed == token or TOKENS.read(kind, changed) is None


@given(st.sampled_from(LinkPurpose), st.one_of(st.text(max_size=200), st.text(ALPHABET, min_size=60, max_size=80)))
def test_any_other_text_is_invalid(kind: LinkPurpose, text: str) -> None:
    assert TOKENS.read(kind, text) is None


@pytest.mark.parametrize("spelling", ["{}=", "{}==", " {}", "{}\n", "{}A", "{}\0", "{}ä"])
@pytest.mark.parametrize("kind", LinkPurpose)
def test_a_token_has_one_encoding(kind: LinkPurpose, spelling: str) -> None:
    assert TOKENS.read(kind, spelling.format(SIGNED[kind])) is None
