"""Whether mail leaves this machine."""

import pytest

from operations.readiness.local_mail import mail_is_local
from tests.operations.readiness.conftest import real_shop


@pytest.mark.parametrize(
    ("url", "stays"),
    [
        ("smtp://127.0.0.1:1025", True),
        ("smtp://localhost:2525", True),
        ("smtp://[::1]:1025", True),
        ("smtp://mailpit:1025", True),
        ("smtp://127.0.0.1", False),
        ("smtp://127.0.0.1:25", False),
        ("smtp://localhost:587", False),
        ("smtp://user:secret@mailpit:1025", False),
        ("smtp://smtp.ironworks.io:1025", False),
        ("smtps://127.0.0.1:1025", False),
        ("resend://", False),
        ("ses://eu-west-1", False),
        (None, False),
    ],
)
def test_mail_stays_here_when_nothing_could_pass_it_on(url: str | None, stays: bool) -> None:
    assert mail_is_local(real_shop(email_url=url)) is stays
