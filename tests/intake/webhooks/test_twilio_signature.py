"""Twilio's signature, by the example of its own documentation and by what must not pass."""

import pytest

from intake.webhooks.twilio_signature import is_signed_by_twilio

URL = "https://example.com/myapp.php?foo=1&bar=2"
TOKEN = "12345"
FIELDS = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675310"),
    ("Digits", "1234"),
    ("From", "+14158675310"),
    ("To", "+18005551212"),
]
SIGNATURE = "L/OH5YylLD5NRKLltdqwSvS0BnU="


def test_the_documented_example() -> None:
    assert is_signed_by_twilio(URL, FIELDS, SIGNATURE, [TOKEN])
    assert is_signed_by_twilio(URL, FIELDS[::-1], SIGNATURE, ["another", TOKEN])
    assert is_signed_by_twilio(URL.replace("com", "com:443"), FIELDS, SIGNATURE, [TOKEN])


@pytest.mark.parametrize(
    ("url", "fields", "signature", "tokens"),
    [
        (URL + "3", FIELDS, SIGNATURE, [TOKEN]),
        (URL.replace("https", "http"), FIELDS, SIGNATURE, [TOKEN]),
        (URL, FIELDS[:-1], SIGNATURE, [TOKEN]),
        (URL, [*FIELDS[:-1], ("To", "+18005551213")], SIGNATURE, [TOKEN]),
        (URL, FIELDS, SIGNATURE.lower(), [TOKEN]),
        (URL, FIELDS, "", [TOKEN]),
        (URL, FIELDS, "é\ud800", [TOKEN]),
        (URL, FIELDS, SIGNATURE, ["another"]),
        (URL, FIELDS, SIGNATURE, []),
    ],
)
def test_anything_else(url: str, fields: list[tuple[str, str]], signature: str, tokens: list[str]) -> None:
    assert not is_signed_by_twilio(url, fields, signature, tokens)
