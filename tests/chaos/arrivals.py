"""What reached customers: counted by message where it arrives, whatever the senders believe."""

from collections import Counter, defaultdict
from hashlib import sha256
from pathlib import Path

from activities.content.email_bytes import KEY_DIGITS


class Arrivals:
    """Counts messages by the part of their key that a Message-ID shows, and by subject, of which each has its own.

    Each has a file in `directory` too, by which a worker sees how often its provider took the message.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.times: Counter[str] = Counter()
        self._keys: defaultdict[str, list[str]] = defaultdict(list)
        self._wordings: defaultdict[str, set[bytes]] = defaultdict(set)
        directory.mkdir(parents=True, exist_ok=True)

    def add(self, key: str, subject: str, content: bytes) -> None:
        """One more message for a customer."""
        name = key[:KEY_DIGITS]
        self.times[name] += 1
        self._keys[subject].append(name)
        self._wordings[name].add(sha256(content).digest())
        with (self.directory / name).open("ab") as file:
            file.write(b".")

    def of(self, message_key: str) -> int:
        """How often a message arrived."""
        return self.times[message_key[:KEY_DIGITS]]

    def about(self, subject: str | None) -> int:
        """How often a message with this subject arrived, under whatever key."""
        return len(self._keys.get(subject or "", ()))

    def keys_of(self, subject: str | None) -> int:
        """Under how many keys."""
        return len(set(self._keys.get(subject or "", ())))

    def wordings(self, message_key: str) -> int:
        """In how many different wordings it arrived."""
        return len(self._wordings[message_key[:KEY_DIGITS]])


def arrived(directory: Path, message_key: str) -> int:
    """How often the provider that counts in `directory` took a message, as another process sees it."""
    file = directory / message_key[:KEY_DIGITS]
    return file.stat().st_size if file.exists() else 0
