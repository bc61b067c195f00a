"""Bearer tokens as text: `rt_<key id>_<secret>`. The database keeps the secret's digest only."""

import hashlib
import secrets
from dataclasses import dataclass, field
from enum import StrEnum

_PREFIX = "rt"
_KEY_ID_BYTES = 6
_SECRET_BYTES = 32


class Scope(StrEnum):
    """What a token is good for."""

    EVENTS = "events"
    CUSTOMERS = "customers"
    OPERATE = "operate"


@dataclass(frozen=True)
class BearerToken:
    """A token whole. `key_id` may be shown to anybody, the secret to nobody."""

    key_id: str
    secret: str = field(repr=False)

    @property
    def text(self) -> str:
        """What goes into the `Authorization` header."""
        return f"{_PREFIX}_{self.key_id}_{self.secret}"

    @property
    def secret_hash(self) -> str:
        """64 hexadecimal digits. The secret is random and long: no salt and no slow hash would add anything."""
        return hashlib.sha256(self.secret.encode()).hexdigest()


def new_token() -> BearerToken:
    """A token that nobody has."""
    return BearerToken(secrets.token_hex(_KEY_ID_BYTES), secrets.token_urlsafe(_SECRET_BYTES))


def read_token(text: str) -> BearerToken | None:
    """The token that a text is; None when it is none."""
    prefix, _, rest = text.partition("_")
    key_id, _, secret = rest.partition("_")
    return BearerToken(key_id, secret) if prefix == _PREFIX and key_id and secret else None
