"""A customer's identity. The vectors are frozen: another id would give every customer a second workflow."""

import unicodedata
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention_client.identity import InvalidAddress, customer_id, key_fingerprint, normalise_email, workflow_id

KEY = b"a frozen identity key"

locals_ = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
domains = st.sampled_from(
    ["example.com", "EXAMPLE.com", "BÜCHER.example", "straße.de", "xn--bcher-kva.example", "ⓔxample.com", "mail.x.test"]
)


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("ada@example.com", "35TFX2XHET5C7IRULDIWQHI5MM"),
        ("bücher@xn--mnchen-3ya.example", "JNY2OEKW5NCXNVTDLX4PCARBUK"),
    ],
)
def test_ids_are_those_of_any_other_implementation(email: str, expected: str) -> None:
    """`printf EMAIL | openssl dgst -sha256 -hmac KEY -binary | base32`, the first 26 characters."""
    assert customer_id(KEY, email) == expected
    assert workflow_id(expected) == f"customer/{expected}"


def test_the_fingerprint_of_a_key_is_frozen() -> None:
    """`printf 'identity key fingerprint' | openssl dgst -sha256 -hmac KEY`."""
    assert key_fingerprint(KEY) == "47f519539e8e1f13e167aa8afbae2fe8361c80e5bb9bd27c3505464c274b381b"


def test_a_key_may_be_text_or_bytes() -> None:
    assert customer_id(KEY.decode(), "ada@example.com") == customer_id(KEY, "ada@example.com")
    assert key_fingerprint(KEY.decode()) == key_fingerprint(KEY)


def test_another_key_gives_other_ids_and_another_fingerprint() -> None:
    assert customer_id(b"another identity key", "ada@example.com") != customer_id(KEY, "ada@example.com")
    assert key_fingerprint(b"another identity key") != key_fingerprint(KEY)


@pytest.mark.parametrize(
    ("address", "normalised"),
    [
        ("ada@example.com", "ada@example.com"),
        ("  Ada.Lovelace@EXAMPLE.Com\n", "ada.lovelace@example.com"),
        ("ada+shop@example.com", "ada+shop@example.com"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("a@BÜCHER.example", "a@xn--bcher-kva.example"),
        ("a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
        ("JOSÉ@example.com", "josé@example.com"),
        (unicodedata.normalize("NFD", "josé@example.com"), "josé@example.com"),
        ("ß@straße.de", "ß@xn--strae-oqa.de"),
        ("İ@example.com", "i̇@example.com"),
        ("ﬁona@ﬁrm.example", "ﬁona@firm.example"),
        ("someone@shop.test", "someone@shop.test"),
    ],
)
def test_addresses_are_normalised_as_they_always_were(address: str, normalised: str) -> None:
    assert normalise_email(address) == normalised


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "ada@localhost",
        "a b@example.com",
        "Ada <ada@example.com>",
        "ada@example.com, bob@example.com",
        "ada@[127.0.0.1]",
        "ada@xn--a.com",
        "ada\0@example.com",
        "ada@example.com\r\nBcc: bob@example.com",
        "\ud800@example.com",
        "a" * 300 + "@example.com",
        "a@" + "é" * 63 + ".com",
    ],
)
def test_an_invalid_address_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(InvalidAddress) as refused:
        normalise_email(address)
    assert "example.com" not in str(refused.value)


@given(locals_, domains)
def test_normalising_twice_is_normalising_once(local: str, domain: str) -> None:
    try:
        once = normalise_email(f"{local}@{domain}")
    except InvalidAddress:
        return
    assert normalise_email(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert once == once.strip()
    assert once.rpartition("@")[2].isascii()
    assert len(once) <= 255


@given(st.from_regex(r"[a-zA-Z0-9]{1,10}(\.[a-zA-Z0-9]{1,10}){0,2}", fullmatch=True), domains, st.data())
def test_letters_of_either_case_and_blanks_around_are_one_customer(
    local: str, domain: str, data: st.DataObject
) -> None:
    other = "".join(data.draw(st.sampled_from([letter.upper(), letter.lower()])) for letter in local)
    blank = data.draw(st.sampled_from(["", " ", "\t\n"]))
    assert normalise_email(f"{blank}{other}@{domain}{blank}") == normalise_email(f"{local}@{domain}")


@given(st.text())
def test_whatever_the_text_it_is_normalised_or_refused(text: str) -> None:
    with suppress(InvalidAddress):
        assert "@" in normalise_email(text)


@given(st.binary(min_size=1), st.text(max_size=40))
def test_an_id_has_its_length_and_alphabet(key: bytes, email: str) -> None:
    found = customer_id(key, email)
    assert len(found) == 26
    assert set(found) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
