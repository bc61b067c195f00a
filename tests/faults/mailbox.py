"""What a customer found in their mailbox."""

from collections import Counter
from email import policy
from email.parser import BytesParser
from pathlib import Path

from localstack.servers.mail_server import MailServer


def mailbox(mail: MailServer, email: str) -> Counter[tuple[str, str]]:
    """How often each letter came to an address: (subject, Message-ID)."""
    letters = [BytesParser(policy=policy.default).parsebytes(Path(file).read_bytes()) for file in mail.messages()]
    return Counter((letter["Subject"], letter["Message-ID"]) for letter in letters if letter["To"] == email)


def subjects(mail: MailServer, email: str) -> Counter[str]:
    """How often each subject came to an address, under whatever Message-ID."""
    found: Counter[str] = Counter()
    for (subject, _), times in mailbox(mail, email).items():
        found[subject] += times
    return found
