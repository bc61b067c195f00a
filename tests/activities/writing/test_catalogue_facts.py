"""Product names and categories, cleaned for a prompt."""

from hypothesis import given
from hypothesis import strategies as st

from activities.writing.catalogue_facts import MAX_CHARACTERS, SuspiciousFact, plain_fact


@given(st.text())
def test_a_fact_is_one_short_line_without_markup(given_name: str) -> None:
    try:
        fact = plain_fact(given_name)
    except SuspiciousFact:
        return
    assert fact is not None
    assert fact == " ".join(fact.split())
    assert len(fact) <= MAX_CHARACTERS
    assert not set("<>{}[]`\n\r\t\x00\u202e\u200b") & set(fact)
